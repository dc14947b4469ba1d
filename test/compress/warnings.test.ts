import { warningsOf } from '../../src/compress/warnings'
import type { PassReport } from '../../src/report/reportData'

const facts = { bytes: 100, nodes: 1, parameters: 1, opset: 21, operations: {} }
const data = { original: facts, result: { ...facts, bytes: 50 }, passes: [] }
const execution = (ratio: number) => ({
  operations: {},
  int8Operations: {},
  layers: [],
  latency: { originalSeconds: 0.01, resultSeconds: 0.01 * ratio, ratio },
})
const pass = (withinBudget: boolean): PassReport => ({
  name: 'quantize.static',
  changed: 1,
  skipped: [],
  details: { withinBudget },
  seconds: 1,
})

const CALM = { isSynthetic: false, saturates: false }

test('nothing to warn of', () => {
  expect(warningsOf({ ...data, execution: execution(0.8), passes: [pass(true)] }, CALM)).toEqual([])
})

test('slower comes first, but the noise of a machine is no news', () => {
  const result = { ...facts, bytes: 200 }
  expect(
    warningsOf({ ...data, result, execution: execution(1.5) }, { ...CALM, isSynthetic: true }).map((each) =>
      each.slice(0, 20),
    ),
  ).toEqual(['THE RESULT IS SLOWER', 'THE RESULT IS LARGER', 'CALIBRATED ON MADE-U'])
  expect(warningsOf({ ...data, execution: execution(1.01) }, CALM)).toEqual([])
})

test('a budget that could not be kept is said', () => {
  expect(warningsOf({ ...data, passes: [pass(false)] }, CALM)).toEqual([
    expect.stringContaining('quantize.static LOSES MORE THAN ITS BUDGET'),
  ])
})

test('layers that stay whole, and shares that were not reached, are said', () => {
  const lowRank = (details: object) =>
    warningsOf(
      { ...data, passes: [{ ...pass(true), name: 'lowRank', details: { withinBudget: true, ...details } }] },
      CALM,
    )
  expect(lowRank({ sparedLayers: 2, factorizedLayers: 3 })).toEqual([
    expect.stringContaining('lowRank LEFT 2 OF 5 LAYERS WHOLE'),
  ])
  expect(lowRank({ sparedLayers: 0, factorizedLayers: 3, askedRatio: 0.5, reachedRatio: 0.31 })).toEqual([
    expect.stringContaining('lowRank TOOK 31.0% AWAY, 50.0% were asked for'),
  ])
  expect(lowRank({ sparedLayers: 0, askedRatio: 0.5, reachedRatio: 0.49 })).toEqual([])
  expect(lowRank({ takenShare: 0.25, askedRatio: 0.4, reachedRatio: 0.1 })).toEqual([
    expect.stringContaining('lowRank TOOK 25.0% OF WHAT WAS ASKED FOR to keep within its budget'),
  ])
})

test('outputs that are no numbers are said', () => {
  const quality = {
    snrDb: Number.NaN,
    agreement: 0,
    metric: undefined,
    originalMetric: undefined,
    sampleCount: 1,
  }
  expect(warningsOf({ ...data, quality }, CALM)).toEqual([expect.stringContaining('NaN')])
})

test('where onnxruntime saturates 8-bit products, models that have any in all 8 bits say so', () => {
  const saturating = { ...CALM, saturates: true }
  const bytes = { ...execution(0.8), int8Operations: { QLinearConv: 3 } }
  const reduced = { ...pass(true), options: { reduceRange: true } }
  expect(warningsOf({ ...data, execution: bytes }, saturating)).toEqual([
    expect.stringContaining('SATURATES 8-BIT PRODUCTS'),
  ])
  expect(warningsOf({ ...data, execution: bytes }, CALM)).toEqual([])
  expect(warningsOf({ ...data, execution: bytes, passes: [reduced] }, saturating)).toEqual([])
  expect(warningsOf({ ...data, execution: execution(0.8) }, saturating)).toEqual([])
})
