// A model in pieces, in one file: what is between two cuts computes from values that it is given.

import { tensorType } from '../../../dist/index.mjs'

const given = (name) => `${name}/given`

/**
 * A copy of a model that gives all these values, and lets nothing read them: readers take them from inputs instead.
 * @param {Record<string, { type: string, dims: readonly number[] }>} tensors by the names of values
 */
export function cutModel(model, tensors) {
  const cut = model.clone()
  const { graph } = cut
  for (const [name, { type, dims }] of Object.entries(tensors)) {
    const value = graph.own(name)
    if (value.uses.length > 0) {
      const input = graph.declareValue(given(name), tensorType(type, dims))
      graph.replaceUses(value, input)
      graph.addInput(input)
    }
    if (value.isGraphOutput) continue
    value.type = tensorType(type, dims)
    graph.addOutput(value)
  }
  return cut
}

/** What `cutModel(model, tensors)` is to be fed, besides what the model itself is. */
export function feedsOfCuts(cut, tensors) {
  const names = new Set(cut.graph.inputs.map(({ name }) => name))
  return Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => names.has(given(name)))
      .map(([name, tensor]) => [given(name), tensor]),
  )
}
