// Layers of real models as files: weights and the covariance of their inputs, which both sides then solve with.

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { compress, loadSamples, Model, simplify } from '../../dist/index.mjs'
import { centeredGram } from '../../dist/native/index.js'
import { gramRequest } from '../../dist/passes/layer/gramRequest.js'
import { findLayers } from '../../dist/passes/layer/layer.js'
import { matrixShape, toMatrix } from '../../dist/passes/layer/weightMatrix.js'

const bytesOf = (array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength)

/**
 * Writes `weights.f32` [rows, columns] and `gram.f64` [columns, columns] of each layer to a folder of its own.
 * @param {{ model: string, samples: string, layers: readonly string[], folder: string }} options layers by the names of
 * their outputs once the model is simplified
 * @returns {Promise<{ layer: string, folder: string, rows: number, columns: number }[]>}
 */
export async function writeLayers({ model, samples, layers, folder }) {
  const original = await Model.open(model)
  const written = []
  const capture = {
    name: 'capture',
    async apply({ model: simplified, graph, runtime }) {
      const found = findLayers(graph, () => false).layers.filter(({ key }) => layers.includes(key))
      const grams = await runtime.collectGrams(simplified, found.map(gramRequest))
      for (const layer of found) {
        const { rows, columns } = matrixShape(layer)
        const to = join(folder, layer.key.replace(/\W/g, '_'))
        await mkdir(to, { recursive: true })
        await writeFile(join(to, 'weights.f32'), bytesOf(toMatrix(layer, await layer.weight.constant.load())))
        await writeFile(join(to, 'gram.f64'), bytesOf(centeredGram(await grams.read(layer.key))))
        written.push({ layer: layer.key, folder: to, rows, columns })
      }
      await grams.dispose()
      return { changed: 0, skipped: [] }
    },
  }
  const loaded = await loadSamples(samples, original)
  await compress(original, [simplify(), capture], { samples: loaded.samples, verify: false })
  return written
}
