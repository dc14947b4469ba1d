// BERT-base: 12 layers of 768, 110 million random parameters, 438 MB.

import { encoder } from './encoder.mjs'

const SIZE = { layers: 12, hidden: 768, heads: 12, inner: 3072, vocabulary: 30522 }

/** @param {{ seed?: number }} [options] */
export const bertBase = ({ seed = 12 } = {}) => encoder('bert-base', SIZE, seed)
