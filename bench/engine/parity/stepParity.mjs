// A model's values in the engine beside onnxruntime's, each computed from what onnxruntime has before it.

import { InferenceSession as Runtime } from 'onnxruntime-node'
import { withOutputs } from '../../../dist/runtime/withOutputs.js'
import { EXACT_PRODUCTS } from '../exactProducts.mjs'
import { cutModel, feedsOfCuts } from './cutModel.mjs'
import { difference } from './difference.mjs'
import { runPlanned } from './plannedSteps.mjs'

/** Rounds of taking cuts back. */
const MOST_ROUNDS = 4

async function runtimeResults(model, feeds) {
  const session = await Runtime.create(model.toBytes(), {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
    extra: EXACT_PRODUCTS,
  })
  try {
    return await session.run(feeds)
  } finally {
    await session.release()
  }
}

const differences = (expected, actual) =>
  Object.entries(expected).map(([name, tensor]) => ({ name, ...difference(tensor, actual[name]) }))

/** The model in pieces, each of which is given onnxruntime's values. */
async function runPieces(model, feeds, names, threads) {
  const known = await runtimeResults(
    withOutputs(model, (graph) => names.map((name) => graph.own(name))),
    feeds,
  )
  const cut = cutModel(model, known)
  const run = await runPlanned(cut, { ...feeds, ...feedsOfCuts(cut, known) }, threads)
  return { steps: run.steps, values: differences(known, run.results) }
}

/**
 * Pieces that end where the engine's steps do. A cut that keeps the engine from computing a step as it does in the whole
 * model is taken back.
 */
async function eachStep(model, feeds, planned, threads) {
  let names = [...new Set(planned.flatMap(({ ends }) => ends))]
  for (let round = 1; ; round++) {
    const { steps, values } = await runPieces(model, feeds, names, threads)
    const kept = new Set(steps.map(({ key }) => key))
    const others = planned.filter(({ key }) => !kept.has(key))
    if (others.length === 0 || round === MOST_ROUNDS)
      return { steps: planned.length, alike: planned.length - others.length, atSteps: values }
    const outputs = model.graph.outputs.map(({ name }) => name)
    const around = new Set(others.flatMap(({ ends, reads }) => [...ends, ...reads]))
    names = names.filter((name) => !around.has(name) || outputs.includes(name))
  }
}

/** Where steps end, and all 8-bit values, those inside of steps too. */
function allNames(model, planned) {
  const quantized = model.graph.nodes
    .filter(({ opType, inputs }) => opType === 'QuantizeLinear' && !inputs[0]?.constant)
    .map((node) => node.output().name)
  return [...new Set([...planned.flatMap(({ ends }) => ends), ...quantized])]
}

/**
 * Differences of a model's outputs; of values where it is cut into the engine's `steps`, of which `alike` are computed as
 * in the whole; and of all `values`, each by itself, unless the steps give all of them.
 * @param {number} threads of the engine
 */
export async function stepParity(model, feeds, threads = 1) {
  const whole = await runPlanned(model, feeds, threads)
  const names = allNames(model, whole.steps)
  const pieces = await eachStep(model, feeds, whole.steps, threads)
  return {
    declined: whole.declined.length,
    outputs: differences(await runtimeResults(model, feeds), whole.results),
    ...pieces,
    values:
      names.length > pieces.atSteps.length
        ? (await runPieces(model, feeds, names, threads)).values
        : undefined,
  }
}
