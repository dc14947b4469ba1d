/** Thrown while a plan is made, where the engine cannot run a node as it stands: onnxruntime runs it then. */
import type { Node } from '../../ir'

export class Unplannable extends Error {
  /** The node in question; set by the lowering. */
  node: Node | undefined

  /** @param reason in a few words, for `explain()` */
  constructor(readonly reason: string) {
    super(reason)
  }
}

/** Leaves the node to onnxruntime. */
export function decline(reason: string): never {
  throw new Unplannable(reason)
}

/**
 * Thrown where the contents of inputs decide shapes, or which branch of an If is taken: the plan is made again with those
 * contents as a part of what it is made for.
 */
export class ContentsNeeded extends Error {
  constructor(
    readonly inputs: readonly string[],
    /** The If whose branch they decide. */
    readonly choice?: Node,
  ) {
    super('The contents of inputs decide what is computed')
  }
}

/** Kernels would have to be timed for a plan that is made while something else runs. */
export class TimingNeeded extends Error {
  constructor() {
    super('Kernels are not timed while something else runs')
    this.name = 'TimingNeeded'
  }
}
