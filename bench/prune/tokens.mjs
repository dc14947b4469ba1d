// Sentences of random tokens for encoders.

import { Tensor } from 'onnxruntime-node'

const SENTENCES = 16
const LENGTH = 128
const VOCABULARY = 30522n

/** A sentence of a seed; the multiplier is Knuth's for a linear congruential generator. */
function sentence(seed) {
  let state = BigInt(seed + 1)
  const draw = () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn
    return (state >> 33n) % VOCABULARY
  }
  const ids = (valueAt) => new Tensor('int64', BigInt64Array.from({ length: LENGTH }, valueAt), [1, LENGTH])
  return { input_ids: ids(draw), attention_mask: ids(() => 1n), token_type_ids: ids(() => 0n) }
}

export function* samples() {
  for (let seed = 0; seed < SENTENCES; seed++) yield sentence(seed)
}
