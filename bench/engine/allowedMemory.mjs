// What a session may hold: 1.2 times its weights as they are stored and its two largest activations.

import { InferenceSession } from 'onnxruntime-node'
import { Model } from '../../dist/index.mjs'
import { withSubgraphs } from '../../dist/ir/index.js'
import { withOutputs } from '../../dist/runtime/withOutputs.js'

const SHARE = 1.2

const stored = ({ initializer, producer }) =>
  initializer ?? (producer?.is('Constant') ? producer.tensor('value') : undefined)

/** Floats that a fused graph does not have: on their way to 8 bits, or from there. */
const isPassing = ({ producer, consumers, isGraphOutput }) =>
  producer.is('DequantizeLinear') || (!isGraphOutput && consumers.every((node) => node.is('QuantizeLinear')))

/**
 * @returns {Promise<number>} bytes
 */
export async function allowedMemory(path, feeds) {
  const model = await Model.open(path)
  const { graph } = model
  const values = [...withSubgraphs(graph)].flatMap((each) => [...each.values])
  const weights = values.reduce((sum, value) => sum + (stored(value)?.byteLength ?? 0), 0)
  const computed = ({ nodes }) =>
    nodes.flatMap(({ outputs }) =>
      outputs.filter((value) => value && !value.isUnused && !stored(value) && !isPassing(value)),
    )
  const session = await InferenceSession.create(withOutputs(model, computed).toBytes(), {
    logSeverityLevel: 3,
  })
  const results = await session.run(feeds)
  await session.release()
  const [first = 0, second = 0] = [...Object.values(results), ...Object.values(feeds)]
    .map(({ data }) => data.byteLength)
    .sort((a, b) => b - a)
  return SHARE * (weights + first + second)
}
