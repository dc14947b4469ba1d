/**
 * Zeros around an image become the padding of the convolution that reads it:
 *
 *     Conv(Pad(x, p, 0)) {pads=q}   ->   Conv(x) {pads=p+q}
 *
 * for pads of spatial axes alone, which only such convolutions read.
 */
import { numbersOf, scalarOf } from '../../../analysis'
import { attribute, type Node, type Value } from '../../../ir'
import { defineRule, removeUnused } from '../../../rewrite'

interface Found {
  readonly nodes: readonly Node[]
  readonly pads: readonly number[]
}

export const padBeforeConv = defineRule<Found>({
  name: 'Pad into Conv',
  opTypes: ['Conv'],
  match(node) {
    const [x] = node.inputs
    const pad = x?.producer
    const more = pad?.is('Pad') && pad.graph === node.graph ? zerosAround(pad) : undefined
    const own = more && padsOf(node, more.length)
    if (!x || !pad || !more || !own || !isForConvs(x, more.length)) return undefined
    return { nodes: [node, pad], pads: own.map((each, index) => each + (more[index] as number)) }
  },
  rewrite({ nodes: [node, pad], pads }) {
    if (!node || !pad) return
    node.setInput(0, pad.input(0))
    node.removeAttribute('auto_pad')
    node.setAttribute('pads', attribute.ints(pads))
    removeUnused([pad])
  },
})

/** Whether all readers can pad themselves, and none is left to the Pad. */
function isForConvs(x: Value, length: number): boolean {
  const isConv = ({ node, index }: Value['uses'][number]) =>
    node.is('Conv') && index === 0 && padsOf(node, length) !== undefined
  return !x.isGraphOutput && x.uses.every(isConv)
}

/** Zeros that a Pad adds around the spatial axes, begins and then ends; undefined where it does anything else. */
function zerosAround(pad: Node): readonly number[] | undefined {
  const value = pad.input(2) ? scalarOf(pad.input(2)) : pad.float('value', 0)
  const pads = pad.ints('pads', undefined) ?? numbersOf(pad.input(1))
  if (!pads || pad.input(3) || value !== 0 || pad.string('mode', 'constant') !== 'constant') return undefined
  const rank = pads.length / 2
  const spatial = (_: number, index: number) => index % rank >= 2
  const isInside = pads.every((each, index) => each >= 0 && (spatial(each, index) || each === 0))
  return isInside ? pads.filter(spatial) : undefined
}

/** What the convolution itself pads; undefined where that depends on the size of its input. */
function padsOf(conv: Node, length: number): readonly number[] | undefined {
  const automatic = conv.string('auto_pad', 'NOTSET')
  const none = new Array<number>(length).fill(0)
  if (automatic === 'VALID') return none
  const pads = conv.ints('pads', none)
  return automatic === 'NOTSET' && pads.length === length ? pads : undefined
}
