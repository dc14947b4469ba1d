/**
 * Images whose halves lie apart. Two cores that write to neighboring lines take these from each other over and over, since
 * caches fetch ahead: so each core's half of the rows has memory of its own, the same in all steps.
 */
import { Slot } from './slot'
import type { Step } from './step'

/** Smaller results are shared by channels. */
const FEWEST_PIXELS = 128

/** What halves_step in cpp/engine/steps/blockconv.cc asks for. */
interface Convolution {
  readonly step: Step
  readonly residual: Slot | undefined
  readonly canHalveX: boolean
  readonly canHalveY: boolean
}

function convolutionOf(step: Step): Convolution | undefined {
  const [images = 0, groups = 0, m = 0] = step.parameters
  const [height = 0, , ...others] = step.parameters.slice(4)
  const [kernelHeight = 0, kernelWidth = 0, strideHeight = 0, strideWidth = 0] = others
  const [outHeight = 0, outWidth = 0] = others.slice(8)
  const [hasBias = 0, hasResidual = 0] = step.parameters.slice(16)
  const blockRows = step.inputs[1]?.root.constant?.parameters.at(-1) ?? 0
  if (step.kernel !== 'blockconv' || images * groups !== 1 || m % blockRows !== 0) return undefined
  const isLarge = outHeight * outWidth >= FEWEST_PIXELS
  const isPointwise = kernelHeight * kernelWidth * strideHeight * strideWidth === 1
  return {
    step,
    residual: hasResidual ? step.inputs[2 + hasBias] : undefined,
    canHalveX: height % 2 === 0 && (isLarge || !isPointwise),
    canHalveY: outHeight % 2 === 0 && isLarge,
  }
}

/** The steps, with halves in the place of values that none but convolutions by blocks read and write. */
export function halvedSteps(steps: readonly Step[]): Step[] {
  const convolutions = new Map(steps.map((step) => [step, convolutionOf(step)]))
  const halves = new Map([...halvedSlots(steps, convolutions)].map((slot) => [slot, halvesOf(slot)]))
  return steps.map((step) => {
    const convolution = convolutions.get(step)
    return convolution ? halvedStep(convolution, halves) : step
  })
}

function halvesOf(slot: Slot): [Slot, Slot] {
  return [Slot.arena(slot.bytes / 2, 'upper'), Slot.arena(slot.bytes / 2, 'lower')]
}

function halvedSlots(
  steps: readonly Step[],
  convolutions: ReadonlyMap<Step, Convolution | undefined>,
): Set<Slot> {
  const found = new Set<Slot>()
  for (const convolution of convolutions.values())
    if (convolution?.canHalveY) for (const slot of convolution.step.outputs) found.add(slot)
  for (const slot of found) if (slot.place !== 'arena' || slot !== slot.root) found.delete(slot)
  for (const step of steps) {
    const convolution = convolutions.get(step)
    const halvable = new Set(convolution ? [convolution.residual] : [])
    if (convolution?.canHalveX) halvable.add(step.inputs[0])
    for (const slot of step.inputs) if (!halvable.has(slot)) found.delete(slot.root)
    for (const slot of step.outputs) if (!convolution) found.delete(slot.root)
  }
  while (dropUnequal(convolutions.values(), found));
  return found
}

/** A residual lies as the result does. */
function dropUnequal(convolutions: Iterable<Convolution | undefined>, found: Set<Slot>): boolean {
  const before = found.size
  for (const convolution of convolutions) {
    if (!convolution?.residual) continue
    const y = convolution.step.outputs[0] as Slot
    if (found.has(y) === found.has(convolution.residual)) continue
    found.delete(y)
    found.delete(convolution.residual)
  }
  return found.size < before
}

function halvedStep(convolution: Convolution, halves: ReadonlyMap<Slot, [Slot, Slot]>): Step {
  const { step, residual } = convolution
  const x = halves.get(step.inputs[0] as Slot)
  const y = halves.get(step.outputs[0] as Slot)
  if (!x && !y) return step
  const upper = (slot: Slot) => halves.get(slot)?.[0] ?? slot
  const lower = [x, residual && halves.get(residual)].flatMap((pair) => pair?.[1] ?? [])
  return {
    ...step,
    kernel: 'blockconv.halves',
    parameters: [x ? 1 : 0, y ? 1 : 0, ...step.parameters],
    inputs: [...step.inputs.map(upper), ...lower],
    outputs: [...step.outputs.map(upper), ...(y ? [y[1]] : [])],
  }
}
