import { splitByMemory } from '../../src/calibrate/splitByMemory'
import { attribute, Graph, tensorType } from '../../src/ir'
import { closeRuntime, modelInputs, SampleStore } from '../../src/runtime'
import { addOneModel, floats, modelOf } from '../runtime/support'

afterAll(closeRuntime)

const requests = (...names: string[]) => names.map((value) => ({ value }))

describe('splitByMemory', () => {
  test('fills groups in order, by what the largest sample takes', async () => {
    const model = addOneModel()
    const store = await SampleStore.spool(
      [{ x: floats([1]) }, { x: floats(new Float32Array(100)) }],
      modelInputs(model),
    )
    const split = (memoryBytes: number) =>
      splitByMemory(model, requests('x', 'sum', 'y'), store, { memoryBytes })
    expect(await split(1200)).toEqual([requests('x', 'sum', 'y')])
    expect(await split(1199)).toEqual([requests('x', 'sum'), requests('y')])
    expect(await split(1)).toEqual([requests('x'), requests('sum'), requests('y')])
    await store.dispose()
  })

  test('counts in a run where sizes depend on the data', async () => {
    const graph = new Graph('positive')
    const x = graph.createValue('x', tensorType('float32', ['n']))
    graph.addInput(x)
    const positions = graph.createValue('positions')
    graph.add('NonZero', [x], { outputs: [positions] })
    const y = graph.createValue('y')
    graph.add('Cast', [positions], { outputs: [y], attributes: { to: attribute.int(1) } })
    graph.addOutput(y)
    const model = modelOf(graph)
    const store = await SampleStore.spool([{ x: floats([0, 1, 0, 2, 3, 0, 0, 0]) }], modelInputs(model))
    const split = (memoryBytes: number) => splitByMemory(model, requests('y', 'x'), store, { memoryBytes })
    expect(await split(4 * (3 + 8))).toEqual([requests('y', 'x')])
    expect(await split(4 * (3 + 8) - 1)).toEqual([requests('y'), requests('x')])
    await store.dispose()
  })

  test('makes no groups of nothing', async () => {
    const model = addOneModel()
    const store = await SampleStore.spool([{ x: floats([1]) }], modelInputs(model))
    expect(await splitByMemory(model, [], store, {})).toEqual([])
    await store.dispose()
  })
})
