import { planStages, type Stage } from '../../../src/calibrate/sequence/stages'
import { Tensor } from '../../../src/ir'
import { branches, Net } from './support'

function inWords(stages: readonly Stage[]) {
  return stages.map(({ nodes, reads, makes, requests, ends }) => ({
    runs: [...nodes].map((node) => node.outputs[0]?.name).sort(),
    reads,
    makes,
    looksAt: requests.map(({ key }) => key),
    ends,
  }))
}

test('levels count the barriers; what is not needed is not run', () => {
  const { model, requests } = branches()
  const stages = planStages(model.graph, requests, () => true)
  expect(stages.map(({ readsInputs }) => readsInputs)).toEqual([true, true, false, false])
  expect(inWords(stages)).toEqual([
    { runs: [], reads: [], makes: [], looksAt: ['a', 'c'], ends: [] },
    { runs: ['a', 'c', 'ra'], reads: [], makes: ['ra', 'c'], looksAt: ['b'], ends: [] },
    { runs: ['b', 'sb', 'sum'], reads: ['ra', 'c'], makes: ['sum'], looksAt: ['d'], ends: ['ra', 'c'] },
    { runs: ['d', 'pooled', 'tanh'], reads: ['sum'], makes: [], looksAt: ['e'], ends: ['sum'] },
  ])
})

test('what cannot be handed over is made anew, and what that reads is kept for it', () => {
  const { model, requests } = branches()
  const stages = inWords(planStages(model.graph, requests, (value) => value.name !== 'c'))
  expect(stages[1]).toMatchObject({ makes: ['ra'] })
  expect(stages[2]).toMatchObject({ runs: ['b', 'c', 'sb', 'sum'], reads: ['ra'] })
  const none = inWords(planStages(model.graph, requests, () => false))
  expect(planStages(model.graph, requests, () => false).every(({ readsInputs }) => readsInputs)).toBe(true)
  expect(none[3]?.runs).toEqual(['a', 'b', 'c', 'd', 'pooled', 'ra', 'sb', 'sum', 'tanh'])
  expect(none.every(({ makes }) => makes.length === 0)).toBe(true)
})

test('what no input bears on is made where it is read, and never kept', () => {
  const net = new Net()
  const x = net.input('x', [2, 3])
  const scale = net.node('Exp', [net.graph.addInitializer(Tensor.float32([1, 2, 3], [3]), 'c')], 'scale')
  const first = net.matmul(net.node('Mul', [x, scale], 'm'), 3, 3, 'a')
  const last = net.matmul(net.node('Add', [first, scale], 'p'), 3, 3, 'b')
  const model = net.model(last)
  expect(inWords(planStages(model.graph, net.requests, () => true))).toEqual([
    { runs: ['m', 'scale'], reads: [], makes: ['m'], looksAt: ['a'], ends: [] },
    { runs: ['a', 'p', 'scale'], reads: ['m'], makes: [], looksAt: ['b'], ends: ['m'] },
  ])
})

test('of no requests there are none', () => {
  expect(planStages(branches().model.graph, [], () => true)).toEqual([])
})
