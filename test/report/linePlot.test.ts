import { linePlot } from '../../src/report/linePlot'

const curve = [
  { x: 0.25, y: 30 },
  { x: 0.5, y: 10 },
]
const places = (svg: string) =>
  [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [Number(x), Number(y)])

test('larger is further up, later is further right', () => {
  const [[x1, y1], [x2, y2]] = places(linePlot(curve, [curve], { x: 'ratio', y: 'dB' })) as [
    number[],
    number[],
  ]
  expect(x2).toBeGreaterThan(x1 as number)
  expect(y2).toBeGreaterThan(y1 as number)
})

test('a curve lies where others’ axes put it', () => {
  const tall = [{ x: 0.5, y: 300 }]
  const alone = places(linePlot(curve, [curve], { x: 'ratio', y: 'dB' }))
  const beside = places(linePlot(curve, [curve, tall], { x: 'ratio', y: 'dB' }))
  expect(beside[0]?.[1]).toBeGreaterThan(alone[0]?.[1] as number)
})

test('everything stays inside the picture, negative numbers too', () => {
  const low = [
    { x: 0, y: -20 },
    { x: 1, y: 5 },
  ]
  const svg = linePlot(low, [low], { x: 'ratio', y: 'dB' })
  const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg) ?? []
  for (const [x, y] of places(svg)) {
    expect(x).toBeLessThanOrEqual(Number(width))
    expect(y).toBeLessThanOrEqual(Number(height))
    expect(Math.min(x as number, y as number)).toBeGreaterThanOrEqual(0)
  }
})
