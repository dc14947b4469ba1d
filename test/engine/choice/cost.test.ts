/** Which kernels are worth a try. */
import { promising } from '../../../src/engine/choice/cost'
import type { Alternative, Step } from '../../../src/engine/plan/step'
import { Tensor } from '../../../src/ir'
import { cpu } from '../../../src/native'

const tensor = Tensor.float32([0])

function alternative(form: string, parameters: readonly number[], density?: number): Alternative {
  const name = `${form} ${parameters.at(-1)}`
  const shared = { kernel: name, weights: { tensor, form, parameters }, note: '' }
  return density === undefined ? shared : { ...shared, density }
}

function stepOf(alternatives: readonly Alternative[]): Step {
  return {
    kernel: 'dense',
    inputs: [],
    outputs: [],
    parameters: [],
    nodes: [],
    note: undefined,
    alternatives,
  }
}

function left(...alternatives: Alternative[]): string[] {
  const { isDense, others } = promising(stepOf(alternatives))
  return [...(isDense ? ['dense'] : []), ...others.map(({ kernel }) => kernel)]
}

const blocks = (rows: number, density: number) => alternative('blockgemm', [rows], density)
const tiles = (tile: number, channels: number) => alternative('winograd', [tile, channels, channels])

test('few blocks need no comparison', () => {
  expect(left(blocks(8, 0.36), blocks(4, 0.2))).toEqual(['blockgemm 4'])
  expect(left(blocks(8, 0.1), blocks(4, 0.09))).toEqual(['blockgemm 8', 'blockgemm 4'])
})

test('many blocks are compared with the dense kernel', () => {
  expect(left(blocks(8, 0.7), blocks(4, 0.6))).toEqual(['dense', 'blockgemm 8', 'blockgemm 4'])
})

test('tiles stay where they may win, and the dense kernel beside them, whose weights take less', () => {
  expect(left(tiles(2, 128))).toEqual(['dense', 'winograd 128'])
  expect(left(blocks(4, 0.35), tiles(4, 128))).toEqual(['dense', 'blockgemm 4', 'winograd 128'])
  expect(left(blocks(4, 0.2), tiles(4, 128))).toEqual(['blockgemm 4'])
  expect(left(blocks(4, 0.2), tiles(4, 32))).toEqual(['dense', 'blockgemm 4', 'winograd 32'])
})

test('a dense kernel that is surely slower need not be timed', () => {
  const isBeaten = (...all: Alternative[]) => promising(stepOf(all)).isBeaten
  expect(isBeaten(tiles(4, 128))).toBe(true)
  expect(isBeaten(tiles(2, 128))).toBe(false)
  expect(isBeaten(blocks(8, 0.7))).toBe(false)
  expect(isBeaten()).toBe(false)
})

test('what nobody knows the cost of is compared', () => {
  expect(left(blocks(1, 0.2))).toEqual(['dense', 'blockgemm 1'])
  const integers = [alternative('qblockgemm', [8], 0.36), alternative('qblockgemm', [4], 0.2)]
  const hasAmx = cpu().available.includes('amx')
  expect(left(...integers)).toEqual(hasAmx ? ['dense', 'qblockgemm 8', 'qblockgemm 4'] : ['qblockgemm 4'])
})

test('a bitmap stays where it holds more weights in less memory than blocks', () => {
  const fewRows = alternative('gemm.right', [0])
  const bitmap = (density: number) => alternative('gemv.bitmap', [0], density)
  const of16 = (density: number) => alternative('gemv.blocks', [0], density)
  expect(left(fewRows, of16(0.1), bitmap(0.1))).toEqual(['gemv.blocks 0'])
  expect(left(fewRows, of16(0.6), bitmap(0.2))).toEqual([
    'dense',
    'gemm.right 0',
    'gemv.blocks 0',
    'gemv.bitmap 0',
  ])
  expect(left(fewRows, bitmap(0.2))).toEqual(['dense', 'gemm.right 0', 'gemv.bitmap 0'])
})
