import type { SessionOptions } from '../runtime'

/**
 * Sessions that hand out activations. They come in the samples' own shapes, so a memory plan for fixed shapes would only
 * grow; and between two runs the processor belongs to the observers, not to spinning threads.
 */
export const SWEEP: SessionOptions = { arena: false, config: { 'session.intra_op.allow_spinning': '0' } }
