// Models whose Ifs are decided by what they are fed, as one graph.

import { InferenceSession as Runtime } from 'onnxruntime-node'
import { Tensor } from '../../../dist/index.mjs'
import { inlineIf } from '../../../dist/passes/simplify/rules/inlineIf.js'
import { rewrite } from '../../../dist/rewrite/index.js'
import { withOutputs } from '../../../dist/runtime/withOutputs.js'

/** What the conditions of these nodes are, in order. */
async function conditionsOf(ifs, model, feeds) {
  const asked = withOutputs(model, (graph) => ifs.map((node) => graph.own(node.input(0).name)))
  const session = await Runtime.create(asked.toBytes(), { intraOpNumThreads: 1, logSeverityLevel: 3 })
  try {
    const results = await session.run(feeds)
    return ifs.map((node) => results[node.input(0).name].data[0])
  } finally {
    await session.release()
  }
}

/** A copy of a model in which the branches that these feeds take stand in the place of all Ifs. */
export async function takenBranches(model, feeds) {
  const copy = model.clone()
  const { graph } = copy
  const context = { model: copy, keeps: () => false, mayGrow: () => true }
  for (;;) {
    const ifs = graph.nodes.filter((node) => node.is('If'))
    if (ifs.length === 0) return copy
    for (const [index, isTrue] of (await conditionsOf(ifs, copy, feeds)).entries())
      ifs[index].setInput(0, graph.addInitializer(Tensor.from('bool', [], Uint8Array.of(isTrue))))
    await rewrite(graph, [inlineIf], context)
  }
}
