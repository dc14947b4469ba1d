import { host, type RequestOptions } from './host'
import type { About } from './protocol'

/**
 * Which onnxruntime runs, and what its process takes.
 * @throws OnnxpressError `NOT_AVAILABLE` when onnxruntime-node is not installed or cannot be loaded.
 */
export async function about(request: RequestOptions = {}): Promise<About> {
  return (await host.request({ kind: 'about' }, request)) as About
}
