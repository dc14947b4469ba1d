import { attribute, Graph, type Model, tensorType, type Value } from '../../../../src/ir'
import { canUpgrade } from '../../../../src/onnx/upgrade/upgradeOpset'
import { expectSame, modelAt, opTypes, wave } from '../support/runBoth'

/** Running sums over the sequences of a batch; the body also reads a value from around it. */
const runningSum = (directions?: number[], withLengths = false): Model =>
  modelAt(
    8,
    {
      start: ['float32', [2, 3]],
      x: ['float32', [2, 4, 3]],
      step: ['float32', [3]],
      ...(withLengths ? { lengths: ['int64', [2]] as const } : {}),
    },
    (graph, [start, x, step, lengths]) => {
      const attributes = {
        body: attribute.graph(sumBody(graph, step as Value)),
        num_scan_inputs: attribute.int(1),
        ...(directions ? { directions: attribute.ints(directions) } : {}),
      }
      return graph.add('Scan', [lengths, start, x], { outputs: 2, attributes }).outputs
    },
  )

function sumBody(outer: Graph, step: Value): Graph {
  const body = new Graph('body', outer)
  const [total, item] = ['total', 'item'].map((name) => body.createValue(name, tensorType('float32', [3])))
  for (const each of [total, item]) if (each) body.addInput(each)
  const sum = body.add('Add', [body.add('Add', [total, item]).outputs[0], step])
  const copy = body.add('Identity', [sum.outputs[0]])
  for (const node of [sum, copy]) {
    const output = node.outputs[0] as Value
    output.type = tensorType('float32', [3])
    body.addOutput(output)
  }
  return body
}

const feeds = { start: wave([2, 3]), x: wave([2, 4, 3], 2), step: wave([3], 0.1) }

test.each([[undefined], [[1]]])('a batch of sequences, directions %p', async (directions) => {
  const upgraded = await expectSame(runningSum(directions), 21, feeds)
  expect(opTypes(upgraded)).toEqual(['Scan'])
  const outer = upgraded.graph.nodes[0]?.subgraphs[0]
  expect(outer?.nodes.map((node) => node.opType)).toEqual(['Scan'])
  expect(outer?.nodes[0]?.subgraphs[0]?.outer).toBe(outer)
})

test('sequences of different lengths are refused', () => {
  expect(canUpgrade(runningSum(undefined, true), 21)[0]?.reason).toMatch(/lengths of their own/)
})
