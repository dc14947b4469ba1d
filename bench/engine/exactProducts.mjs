/**
 * Extra options of onnxruntime's sessions with which 8-bit products are the same on every processor. Without VNNI its sums
 * of two products saturate in 16 bits otherwise, which is faster and what is timed.
 */
export const EXACT_PRODUCTS = { session: { x64quantprecision: '1' } }
