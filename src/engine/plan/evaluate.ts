/** Computes a node of constants while a plan is made: the same steps, run at once, with the constants as inputs. */
import { countElements, type Node, Tensor } from '../../ir'
import { type EngineSession, engineProgram, engineRelease, engineRunNow, engineSession } from '../../native'
import { elementArray } from '../elements'
import { Fact } from './fact'
import { Lowering } from './lowering'
import { describeProgram, finishedSteps } from './program'
import { Slot } from './slot'
import { Unplannable } from './unplannable'

/** Made once: its thread would cost more than most of what it is for. */
let session: EngineSession | undefined

/** The tensors that a node of constants makes; undefined where they cannot be computed so, or are too large. */
export function evaluate(
  node: Node,
  inputs: readonly (Fact | undefined)[],
  mostBytes: number,
): (Tensor | undefined)[] | undefined {
  const plan = new Lowering([], true)
  const tensors: Tensor[] = []
  for (const [index, fact] of inputs.entries()) {
    const value = node.input(index)
    if (fact?.constant && value) plan.define(value, asInput(fact.constant, tensors))
  }
  try {
    plan.lower({ nodes: [node] })
    return run(node, plan, tensors, mostBytes)
  } catch (error) {
    if (error instanceof Unplannable) return undefined
    throw error
  }
}

function sharedSession(): EngineSession {
  session ??= engineSession(1)
  return session
}

/** A constant as an input of the little program, its elements known all the same. */
function asInput(tensor: Tensor, tensors: Tensor[]): Fact {
  const fact = Fact.constant(tensor)
  fact.slot = Slot.input(tensors.length, tensor.byteLength)
  tensors.push(tensor)
  return fact
}

function run(
  node: Node,
  plan: Lowering,
  tensors: readonly Tensor[],
  mostBytes: number,
): (Tensor | undefined)[] | undefined {
  const facts = node.outputs.map((value) => value && plan.fact(value))
  if (facts.some((fact) => fact && fact.bytes > mostBytes)) return undefined
  const wanted = facts.map((fact) => (fact && !fact.constant ? fact : undefined))
  const arrays = wanted.map((fact) => fact && elementArray(fact.dataType, countElements(fact.shape)))
  const outputs = wanted.filter((fact) => fact !== undefined)
  const buffers: ArrayBufferView[] = tensors.map(({ elements }) => elements)
  const { description } = describeProgram(finishedSteps(plan, outputs), outputs.length, buffers)
  const program = engineProgram(sharedSession(), { ...description, constants: [] })
  engineRunNow(
    program,
    buffers,
    arrays.filter((array) => array !== undefined),
  )
  engineRelease(program)
  return facts.map((fact, index) => {
    const array = arrays[index]
    return fact?.constant ?? (fact && array && Tensor.from(fact.dataType, fact.shape, array))
  })
}
