import { compress } from '../../src/compress/compress'
import { upgradeOpset } from '../../src/compress/upgradePass'
import { closeRuntime } from '../../src/runtime'
import { convNet, images } from './support'

afterAll(closeRuntime)

test('raises the opset and changes no output', async () => {
  const original = convNet()
  original.opset = 11
  original.irVersion = 6
  const { model, report } = await compress(original, [upgradeOpset()], { samples: images() })
  expect(model.opset).toBe(21)
  expect(original.opset).toBe(11)
  expect(report.passes[0]).toMatchObject({ options: { to: 21 }, details: { from: 11, to: 21 } })
  expect(report.quality?.snrDb).toBe(Number.POSITIVE_INFINITY)
})

test.each([0, 1.5, 1000, Number.NaN])('refuses %p', (to) => {
  expect(() => upgradeOpset({ to })).toThrow(/Expected an opset from 1 to/)
})
