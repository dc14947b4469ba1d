/** Multiply-accumulates, with shapes as onnxruntime infers them. */
import { multiplyAccumulates, TypeView } from '../analysis'
import { badArgument, describe, OnnxpressError } from '../errors'
import { type Dimension, formatType, type Model, type Node } from '../ir'
import { inferTypes } from '../runtime'

export interface Macs {
  /** Of one run; undefined where a size that counts is not known. */
  readonly total: number | undefined
  readonly ofNode: ReadonlyMap<Node, number | undefined>
}

/** Sizes of inputs, by name. */
export type InputShapes = Readonly<Record<string, readonly number[]>>

/**
 * Counts the nodes of the main graph.
 * @param shapes of inputs that the model leaves open
 * @throws OnnxpressError `BAD_ARGUMENT` for shapes that contradict the model.
 */
export async function countMacs(model: Model, shapes: InputShapes): Promise<Macs> {
  for (const [name, sizes] of Object.entries(shapes)) checkShape(model, name, sizes)
  const types = new TypeView()
  types.learn(model, await inferTypes(model, { shapes }).catch(nothing))
  const ofNode = new Map(model.graph.nodes.map((node) => [node, multiplyAccumulates(node, types)]))
  let total: number | undefined = 0
  for (const count of ofNode.values())
    total = total === undefined || count === undefined ? undefined : total + count
  return { total, ofNode }
}

function checkShape({ graph }: Model, name: string, sizes: readonly number[]): void {
  const input = graph.inputs.find((each) => each.name === name)
  if (!input) {
    const names = graph.inputs.map((each) => describe(each.name)).join(', ')
    throw badArgument(`an input of the model (${names})`, 'shapes of inspect', name)
  }
  const declared = input.tensorType?.shape
  const fits =
    sizes.every((size) => Number.isSafeInteger(size) && size >= 0) &&
    (!declared ||
      (declared.length === sizes.length &&
        declared.every((size, axis) => !(isFixed(size) && size !== sizes[axis]))))
  if (!fits) throw badArgument(`sizes that fit ${formatType(input.type)}`, `input ${describe(name)}`, sizes)
}

function isFixed(size: Dimension): boolean {
  return typeof size === 'number'
}

/** A model that does not run here can still be looked at. */
function nothing(error: unknown): Awaited<ReturnType<typeof inferTypes>> {
  const isOurs = error instanceof OnnxpressError
  if (isOurs && ['RUNTIME', 'UNSUPPORTED', 'NOT_AVAILABLE'].includes(error.code)) return new Map()
  throw error
}
