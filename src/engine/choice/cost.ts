/** What kernels take, as a share of the dense one's time: as far as it is known without running them. */

import type { Alternative, Step } from '../plan/step'
import { processor } from './processor'

/** What a layer takes besides its products. */
const OVERHEAD = 0.03

/** By form and rows of a block: what a product takes beside one of the dense kernel, measured over many layers. */
const PRODUCTS: Readonly<Record<string, Readonly<Record<number, number>>>> = {
  blockgemm: { 8: 1.15, 4: 1.3 },
  qblockgemm: { 8: 1.2, 4: 1.4 },
}

/** By the tile's outputs along an axis; of many channels. */
const TILES: Readonly<Record<number, number>> = { 4: 0.45, 2: 0.7 }
const MANY_CHANNELS = 64

/** Of a row or few by blocks of 16 outputs: their weights come from memory. */
const FEW_ROWS = 1.45
const DENSE_FEW_ROWS = 0.9

/** Costs of others are off by less than this. */
const LIKELY = 1.3

/** A cost of this much is below the dense kernel's whatever it is off by. */
const SURE = 0.5

/** Undefined where nobody knows. */
export function costOf({ weights: { form, parameters }, density = 1 }: Alternative): number | undefined {
  const [last = 0] = parameters.slice(-1)
  switch (form) {
    case 'blockgemm':
    case 'qblockgemm': {
      const product = isFamiliar(form) ? PRODUCTS[form]?.[last] : undefined
      return product && product * density + OVERHEAD
    }
    case 'gemv.blocks':
    case 'qgemv.blocks':
      return isFamiliar(form) ? FEW_ROWS * density + OVERHEAD : undefined
    case 'winograd':
      return Math.min(...parameters.slice(1)) >= MANY_CHANNELS ? TILES[parameters[0] ?? 0] : undefined
    case 'gemm.right':
    case 'qgemm.right':
      return DENSE_FEW_ROWS
    default:
      return undefined
  }
}

/** Beside dense products of AMX, those of 8-bit blocks cost what nobody knows. */
function isFamiliar(form: string): boolean {
  return !form.startsWith('q') || !processor().available.includes('amx')
}

/** The kernels that may be a step's fastest. */
export interface Promising {
  /** Whether the dense one is kept. */
  readonly isDense: boolean
  /** Whether it is only for the memory that others take: its time need not be known. */
  readonly isBeaten: boolean
  /** None of these is the dense one. */
  readonly others: readonly Alternative[]
}

export function promising({ alternatives = [] }: Step): Promising {
  const costs = new Map(alternatives.map((each) => [each, costOf(each)]))
  const best = Math.min(1, ...[...costs.values()].filter((cost) => cost !== undefined))
  const others = alternatives.filter(
    (each) => (costs.get(each) ?? 0) <= LIKELY * best && !isOutdone(each, alternatives),
  )
  const beaten = others.filter((each) => (costs.get(each) ?? 1) <= SURE)
  const isSure = beaten.some((each) => !isLarger(each))
  return { isDense: !isSure || others.some(isLarger), isBeaten: beaten.length > 0, others }
}

/** Whether its weights take more memory than the dense kernel's, as not every layer's may. */
function isLarger({ weights: { form } }: Alternative): boolean {
  return form === 'winograd'
}

/** A bitmap of weights that others hold in less memory: expanding it takes more time than reading them. */
function isOutdone(each: Alternative, all: readonly Alternative[]): boolean {
  return (
    each.weights.form.endsWith('.bitmap') &&
    all.some((other) => other.weights.form.endsWith('.blocks') && shareOf(other) <= shareOf(each))
  )
}

/** What weights take, as a share of all of them: an index a block of 16 words, or a bit a weight of 1 or 4 bytes. */
function shareOf({ weights: { form }, density = 1 }: Alternative): number {
  if (form.endsWith('.blocks')) return density * (1 + 1 / 16)
  return density + (form.startsWith('q') ? 1 / 8 : 1 / 32)
}
