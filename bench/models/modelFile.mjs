// Model files, made when first asked for and kept in bench/.models.

import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bertBase } from './bertBase.mjs'
import { decoder } from './decoder.mjs'
import { largeExternal } from './largeExternal.mjs'
import { llama as llamaOf } from './llama.mjs'
import { mobileNetV2 } from './mobileNetV2.mjs'
import { resnet50 } from './resnet50.mjs'

const folder = fileURLToPath(new URL('../.models', import.meta.url))
/** GPT-2's smallest size (Radford et al. 2019). */
const gpt2 = () => decoder('gpt2', { layers: 12, hidden: 768, heads: 12, vocabulary: 50257 }, 5)

/** Half the layers of a Llama-like model with half a billion weights, such as Qwen2's smallest. */
const llama = () =>
  llamaOf(
    'llama',
    { layers: 12, hidden: 896, heads: 14, keyHeads: 2, inner: 4864, vocabulary: 32000, positions: 4096 },
    6,
  )

const builders = { resnet50, mobileNetV2, bertBase, largeExternal, gpt2, llama }

/**
 * The path of a model's file.
 * @param {keyof typeof builders} name
 */
export async function modelFile(name) {
  const path = join(folder, `${name}.onnx`)
  if (existsSync(path)) return path
  await mkdir(folder, { recursive: true })
  await builders[name]().save(path)
  return path
}
