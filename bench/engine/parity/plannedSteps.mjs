// What the engine computes step by step, in the names of the model's values.

import { InferenceSession } from '../../../dist/engine/index.mjs'
import { prepare } from '../../../dist/engine/prepare.js'

/** Results of a model, and its steps: `{ kernel, key, ends, reads }`, where `key` tells which nodes a step computes. */
export async function runPlanned(model, feeds, threads) {
  const session = await InferenceSession.create(model, { intraOpNumThreads: threads })
  try {
    const results = await session.run(feeds)
    const { steps, declined } = await session.explain()
    const nodes = new Map((await prepare(model)).graph.nodes.map((node) => [node.label, node]))
    return { results, declined, steps: steps.map((step) => described(step, nodes)) }
  } finally {
    await session.release()
  }
}

function described({ kernel, nodes: labels }, byLabel) {
  const nodes = labels.map((label) => byLabel.get(label))
  return { kernel, key: labels.join(' + '), ends: endsOf(nodes.at(-1)), reads: readsOf(nodes) }
}

/** Cut behind a DequantizeLinear, a layer would compute in floats. */
const isEnd = (value) => value && !value.isUnused && value.producer?.opType !== 'DequantizeLinear'

const endsOf = (node) => node.outputs.filter(isEnd).map(({ name }) => name)

/** Values that come into a step; of one that is made by a DequantizeLinear, its integers. */
function readsOf(nodes) {
  const inside = new Set(nodes)
  return nodes.flatMap(({ inputs }) =>
    inputs.flatMap((value) => {
      const { producer } = value ?? {}
      if (!producer || inside.has(producer)) return []
      return isEnd(value) ? [value.name] : producer.inputs.slice(0, 1).map(({ name }) => name)
    }),
  )
}
