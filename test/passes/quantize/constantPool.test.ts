import { ConstantPool } from '../../../src/passes/quantize/constantPool'
import { LayerBuilder } from './support'

test('each number is stored once, in names of its own', () => {
  const b = new LayerBuilder()
  b.weight(7, [], 'scale')
  const pool = new ConstantPool(b.model.graph)
  expect(pool.scale(0.5)).toBe(pool.scale(0.5))
  expect(pool.scale(0.25)).not.toBe(pool.scale(0.5))
  expect(pool.scale(0.5).name).toBe('scale_1')
  expect(pool.zeroPoint('uint8', 3)).toBe(pool.zeroPoint('uint8', 3))
  expect(pool.zeroPoint('int8', 3)).not.toBe(pool.zeroPoint('uint8', 3))
  expect(pool.zeroPoint('int8', -3).constant?.toNumbers()).toEqual([-3])
})

test('what is shared is made once', () => {
  const b = new LayerBuilder()
  const pool = new ConstantPool(b.model.graph)
  let made = 0
  const make = () => {
    made++
    return b.input(`x${made}`, [2])
  }
  expect(pool.share('__proto__', make)).toBe(pool.share('__proto__', make))
  expect(made).toBe(1)
})
