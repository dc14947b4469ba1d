// An encoder of 3 GB, which only external data can hold: 3 layers of 4096 and a vocabulary of 32000. Single tensors take
// up to 524 MB, as in language models.

import { encoder } from './encoder.mjs'

const SIZE = { layers: 3, hidden: 4096, heads: 32, inner: 16384, vocabulary: 32000 }

/** @param {{ seed?: number }} [options] */
export const largeExternal = ({ seed = 3 } = {}) => encoder('large', SIZE, seed)
