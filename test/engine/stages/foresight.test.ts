import { Foresight, type Shapes } from '../../../src/engine/stages/foresight'

const shapes = (all: Record<string, readonly number[]>, type = 'float32'): Shapes =>
  new Map(Object.entries(all).map(([name, dims]) => [name, { type, dims } as const]))

const dimsOf = (next: Shapes | undefined) =>
  next && Object.fromEntries([...next].map(([name, { dims }]) => [name, dims]))

/** What is foreseen behind the last of these runs. */
function foreseen(...runs: readonly Shapes[]): Record<string, readonly number[]> | undefined {
  const foresight = new Foresight()
  return dimsOf(runs.map((each) => foresight.next(each)).at(-1))
}

test('axes that have grown alike twice go on growing', () => {
  const run = (past: number) => shapes({ ids: [1, 1], mask: [1, past + 1], keys: [1, 4, past, 8] })
  expect(foreseen(run(3), run(4), run(5))).toEqual({ ids: [1, 1], mask: [1, 7], keys: [1, 4, 6, 8] })
  expect(foreseen(run(9), run(7), run(5))).toEqual({ ids: [1, 1], mask: [1, 4], keys: [1, 4, 3, 8] })
})

test.each([
  ['one run', [[3]]],
  ['two runs', [[3], [4]]],
  ['the same shape', [[3], [3], [3]]],
  ['growth that changes', [[3], [4], [6]]],
  ['an axis shorter than nothing', [[5], [3], [1]]],
  ['another number of axes', [[3], [4], [5, 1]]],
])('nothing is foreseen of %s', (_, runs) => {
  expect(foreseen(...runs.map((dims) => shapes({ x: dims })))).toBeUndefined()
})

test('a run that is different begins anew', () => {
  const run = (size: number) => shapes({ x: [size] })
  expect(foreseen(run(3), run(4), run(5), run(40), run(41))).toBeUndefined()
  expect(foreseen(run(3), run(4), run(5), run(40), run(41), run(42))).toEqual({ x: [43] })
  expect(foreseen(run(3), run(4), shapes({ x: [5] }, 'int64'))).toBeUndefined()
})
