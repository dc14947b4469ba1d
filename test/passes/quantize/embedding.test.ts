import { attribute } from '../../../src/ir'
import { storeEmbeddings } from '../../../src/passes/quantize/embedding'
import { countOf, LayerBuilder, leftovers, runAll, samplesFor, snrOf } from './support'

const ROWS = 1024

async function store(b: LayerBuilder, keep = () => false) {
  const samples = samplesFor(b.model)
  const reference = await runAll(b.model.clone(), samples)
  const result = await storeEmbeddings(b.model.graph, keep)
  b.model.verify()
  for (const level of ['disabled', 'all'] as const)
    expect(snrOf(reference, await runAll(b.model, samples, level))).toBeGreaterThan(40)
  return result
}

test('rows are looked up in 8 bits and decoded', async () => {
  const b = new LayerBuilder()
  const ids = b.input('ids', ['n', 'words'], 'int64')
  b.output(b.node('Gather', [b.some([ROWS, 16], 3, 'table'), ids], {}, 'y'))
  expect(await store(b)).toEqual({ changed: 1, skipped: [] })
  expect(leftovers(b.model)).toEqual([])
  expect(b.model.graph.outputs[0]?.name).toBe('y')
  expect(b.model.graph.own('table_q')?.constant?.shape).toEqual([ROWS, 16])
  expect(b.model.graph.own('table_scale')?.constant?.shape).toEqual([ROWS, 1])
})

test('each row has a scale of its own; a row of zeros stays so', async () => {
  const b = new LayerBuilder()
  const numbers = Array.from({ length: ROWS * 16 }, (_, index) => {
    const row = Math.floor(index / 16)
    return row === 3 ? 0 : ((index % 16) - 8) * 10 ** (row % 7)
  })
  const ids = b.ints([0, 3, 5, 6])
  const rows = b.node('Gather', [b.weight(numbers, [ROWS, 16]), ids])
  b.output(b.node('Add', [rows, b.input('x', [4, 16])], {}, 'y'))
  await store(b)
  const y = await runAll(b.model, samplesFor(b.model, 1))
  const x = samplesFor(b.model, 1)[0]?.x?.data as Float32Array
  const found = y[0]?.y?.data as Float32Array
  for (let column = 0; column < 16; column++) {
    expect(found[16 + column]).toBe(x[16 + column])
    expect(Math.abs((found[column] as number) - (x[column] as number) - (column - 8))).toBeLessThan(
      8 / 254 + 1e-5,
    )
  }
})

test('two lookups in one table share it; a table with other readers stays too', async () => {
  const b = new LayerBuilder()
  const table = b.some([ROWS, 16], 1, 'table')
  const [p, q] = [b.input('p', [2], 'int64'), b.input('q', [2], 'int64')]
  const sum = b.node('Add', [b.node('Gather', [table, p]), b.node('Gather', [table, q])])
  b.output(b.node('MatMul', [sum, b.node('Transpose', [table])], {}, 'y'))
  expect((await store(b)).changed).toBe(2)
  expect(b.model.graph.initializers.filter((each) => each.constant?.dataType === 'int8')).toHaveLength(1)
  expect(b.model.graph.own('table')?.initializer?.dataType).toBe('float32')
})

test('small tables, other axes and kept nodes stay; reasons are given for what is large', async () => {
  const b = new LayerBuilder()
  const ids = b.input('ids', [2], 'int64')
  b.output(b.node('Gather', [b.some([40, 16]), ids], {}, 'small'))
  b.output(b.node('Gather', [b.some([64, ROWS]), ids], { axis: attribute.int(1) }, 'columns'))
  b.output(b.node('Gather', [b.some([ROWS * 20]), ids], {}, 'vector'))
  const reason = 'it does not look up rows of a matrix'
  expect(await store(b)).toEqual({
    changed: 0,
    skipped: [
      { at: 'Gather(columns)', reason },
      { at: 'Gather(vector)', reason },
    ],
  })
  const c = new LayerBuilder()
  c.output(c.node('Gather', [c.some([ROWS, 16]), c.input('ids', [2], 'int64')], {}, 'y'))
  expect((await store(c, () => true)).skipped).toEqual([{ at: 'Gather(y)', reason: 'kept as asked' }])
  expect(countOf(c.model, 'Cast')).toBe(0)
})
