import { Ranges } from '../../../src/passes/quantize/ranges'
import { collect, LayerBuilder, samplesFor } from './support'

test('what the samples showed, within what readers listen to', async () => {
  const b = new LayerBuilder()
  const x = b.input('x', [100])
  b.output(b.node('Clip', [x, b.weight(-0.5), b.weight(1)], {}, 'y'))
  const statistics = await collect(b.model, [{ value: 'x' }], samplesFor(b.model))
  expect(statistics.of('x')?.max).toBeGreaterThan(1.5)
  expect(new Ranges(statistics, { method: 'minMax' }).of(x)).toEqual({ min: -0.5, max: 1 })
})

test('values without statistics are an error that names them', () => {
  const b = new LayerBuilder()
  const x = b.input('x', [2])
  const ranges = new Ranges({ sampleCount: 0, of: () => undefined }, { method: 'minMax' })
  expect(() => ranges.of(x)).toThrow('The samples gave no statistics of "x"')
})
