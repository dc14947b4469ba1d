// Model files, made when first asked for and kept in bench/.models.

import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bertBase } from './bertBase.mjs'
import { largeExternal } from './largeExternal.mjs'
import { mobileNetV2 } from './mobileNetV2.mjs'
import { resnet50 } from './resnet50.mjs'

const folder = fileURLToPath(new URL('../.models', import.meta.url))
const builders = { resnet50, mobileNetV2, bertBase, largeExternal }

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
