import fc from 'fast-check'
import { prune } from '../../../src/passes/prune'
import { allocate, countWorths } from '../../../src/passes/prune/allocation'
import { LayerBuilder, samplesFor } from '../quantize/support'
import { layersOf, matrixOf, pruneNow, zerosOf } from './support'

/** A layer of these weights, as a matrix product. */
function layerOf(weights: readonly number[], b = new LayerBuilder()) {
  b.node('MatMul', [
    b.input(`x${weights.length}`, [1, weights.length]),
    b.weight(weights, [weights.length, 1]),
  ])
  return layersOf(b.model).at(-1)!
}

/** Shares by sorting all worths. */
function slowly(layers: readonly (readonly number[])[], ratio: number): number[] {
  const worths = layers.flatMap((weights, layer) => {
    const total = weights.reduce((sum, w) => sum + w * w, 0)
    return weights.map((w) => ({ layer, worth: (w * w) / total }))
  })
  const gone = worths.sort((p, q) => p.worth - q.worth).slice(0, Math.round(ratio * worths.length))
  return layers.map((weights, layer) => gone.filter((each) => each.layer === layer).length / weights.length)
}

const normal = (count: number, seed: number, scale: number) =>
  Array.from({ length: count }, (_, at) => scale * Math.sin(seed + at * at * 0.7) * (1 + ((at * seed) % 5)))

test('one threshold on the share of a layer’s output energy', async () => {
  const layers = [normal(400, 1, 10), normal(300, 2, 0.01), normal(50, 3, 1)]
  const counts = await Promise.all(layers.map((weights) => countWorths(layerOf(weights), undefined)))
  for (const ratio of [0.1, 0.5, 0.8]) {
    const found = [
      ...allocate(
        counts.map((each, at) => ({ ...each, key: String(at) })),
        ratio,
      ).values(),
    ]
    const wanted = slowly(layers, ratio)
    // Bins are 0.8% wide: a few weights may fall on the other side.
    found.forEach((share, at) => {
      expect(Math.abs(share - wanted[at]!)).toBeLessThan(0.03)
    })
    const lost = found.reduce((sum, share, at) => sum + share * layers[at]!.length, 0)
    expect(lost / 750).toBeCloseTo(ratio, 3)
  }
})

test('the sum is what was asked for, and no layer is emptied', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 1, maxLength: 40 }), {
        minLength: 1,
        maxLength: 5,
      }),
      fc.double({ min: 0.02, max: 0.99, noNaN: true }),
      async (layers, ratio) => {
        const counts = await Promise.all(layers.map((weights) => countWorths(layerOf(weights), undefined)))
        const shares = [
          ...allocate(
            counts.map((each, at) => ({ ...each, key: String(at) })),
            ratio,
          ).values(),
        ]
        const size = layers.flat().length
        const lost = shares.reduce((sum, share, at) => sum + share * layers[at]!.length, 0)
        expect(lost / size).toBeCloseTo(ratio, 6)
        for (const share of shares) expect(share).toBeLessThanOrEqual(Math.max(0.95, ratio) + 1e-9)
      },
    ),
    { numRuns: 60 },
  )
})

test('inputs that are never there make weights worthless', async () => {
  const layer = layerOf([1, 1, 1, 1])
  const counts = await countWorths(layer, Float64Array.of(4, 0, 1, 0))
  const rest = await countWorths(layerOf([1, 1, 1, 1, 1]), undefined)
  const shares = allocate(
    [
      { ...counts, key: 'a' },
      { ...rest, key: 'b' },
    ],
    2 / 9,
  )
  expect(shares.get('a')).toBeCloseTo(0.5)
  expect(shares.get('b')).toBeCloseTo(0)
})

describe('prune.unstructured over all layers', () => {
  function net(scale: number): LayerBuilder {
    const b = new LayerBuilder()
    const h = b.conv(b.input('x', [1, 4, 6, 6]), [8, 4, 3, 3], { pads: 1 })
    const wide = b.node('Conv', [b.node('Relu', [h]), b.some([32, 8, 1, 1], scale)])
    return b.output(b.conv(b.node('Tanh', [wide]), [2, 32, 1, 1], {}), undefined)
  }
  const sharesOf = async (b: LayerBuilder, options = {}) => {
    const pass = prune.unstructured({ ratio: 0.5, scope: 'global', accuracy: false, ...options })
    const { model, result } = await pruneNow(b, pass, samplesFor(b.model))
    return {
      result,
      shares: layersOf(model).map((layer) => zerosOf(matrixOf(layer)) / matrixOf(layer).length),
    }
  }

  test('differ by layer, and together are what was asked for', async () => {
    const { result, shares } = await sharesOf(net(0.3))
    expect(new Set(shares.map((share) => share.toFixed(2))).size).toBeGreaterThan(1)
    expect((result.details as { zeroRatio: number }).zeroRatio).toBeCloseTo(0.5, 1)
  })

  test('the scale of a layer does not decide', async () => {
    const [one, other] = [await sharesOf(net(0.3)), await sharesOf(net(30))]
    expect(other.shares[1]).toBeCloseTo(one.shares[1]!, 1)
  })

  test('ratios of single layers hold, by name, map or function; 0 leaves one dense', async () => {
    const name = layersOf(net(1).model)[1]!.node.label
    for (const ratios of [
      { [name]: 0.25 },
      new Map([[name, 0.25]]),
      (layer: { name: string }) => (layer.name === name ? 0.25 : undefined),
    ])
      expect((await sharesOf(net(1), { advanced: { ratios } })).shares[1]).toBe(0.25)
    const { result, shares } = await sharesOf(net(1), { advanced: { ratios: { [name]: 0 } } })
    expect(shares[1]).toBe(0)
    expect(result.skipped).toContainEqual({ at: name, reason: 'a ratio of 0 was given for it' })
    expect(result.changed).toBe(2)
  })

  test('a function that gives no ratio is found out', async () => {
    const b = net(1)
    const pass = prune.unstructured({ ratio: 0.5, advanced: { ratios: () => 2 } })
    await expect(pruneNow(b, pass)).rejects.toMatchObject({ code: 'BAD_ARGUMENT' })
  })
})
