/** First opsets that came with a newer file format: ONNX's releases 1.4 to 1.20. */
const RELEASES: readonly (readonly [opset: number, irVersion: number])[] = [
  [25, 13],
  [24, 12],
  [23, 11],
  [21, 10],
  [19, 9],
  [15, 8],
  [12, 7],
  [11, 6],
  [10, 5],
]

/**
 * The file format (`IR_VERSION`) of the ONNX release that brought an opset; at least 4, since before it every
 * initializer had to be a graph input as well.
 */
export function irVersionFor(opset: number): number {
  return RELEASES.find(([since]) => opset >= since)?.[1] ?? 4
}
