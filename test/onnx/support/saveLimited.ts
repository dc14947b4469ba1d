/** Saves 8 MB where files may have 1 MB, and prints the error's code. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { OnnxpressError } from '../../../src/errors'
import { Graph } from '../../../src/ir/graph'
import { Tensor } from '../../../src/ir/tensor'
import { Model } from '../../../src/model'

async function main(path: string, isLimited: boolean): Promise<void> {
  if (!isLimited) return limited(path)
  process.on('SIGXFSZ', () => undefined)
  const graph = new Graph('g')
  graph.addInitializer(Tensor.from('float32', [2_000_000], new Float32Array(2_000_000)), 'w')
  try {
    await new Model(graph).save(path)
    console.log('saved')
  } catch (error) {
    console.log(error instanceof OnnxpressError ? error.code : String(error))
  }
}

function limited(path: string): void {
  const node = `exec "${process.execPath}" --require "${join(__dirname, 'register.js')}" "${__filename}" "${path}" limited`
  const { stdout, stderr } = spawnSync('bash', ['-c', `ulimit -f 1024; ${node}`], { encoding: 'utf8' })
  process.stdout.write(stdout)
  process.stderr.write(stderr)
}

main(process.argv[2] ?? '', process.argv[3] === 'limited')
