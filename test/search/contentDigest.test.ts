import { Tensor } from '../../src/ir'
import { modelInputs, SampleStore } from '../../src/runtime'
import { dataDigest, modelDigest, samplesDigest } from '../../src/search/contentDigest'
import { convNet, images } from '../compress/support'

test('a model has the digest of its content', async () => {
  const model = convNet()
  expect(await modelDigest(model)).toBe(await modelDigest(convNet()))
  const other = convNet()
  const weight = other.graph.own('w1')
  if (weight?.initializer)
    weight.initializer = Tensor.from('float32', [8, 3, 3, 3], new Float32Array(216), weight.name)
  expect(await modelDigest(other)).not.toBe(await modelDigest(model))
})

test('samples have the digest of their content, in order', async () => {
  const model = convNet()
  const spool = (feeds: ReturnType<typeof images>) => SampleStore.spool(feeds, modelInputs(model))
  const stores = [
    await spool(images(3)),
    await spool(images(3)),
    await spool(images(3).reverse()),
    await spool(images(2)),
  ]
  const digests = await Promise.all(stores.map(samplesDigest))
  expect(digests[1]).toBe(digests[0])
  expect(new Set(digests).size).toBe(3)
  for (const store of stores) await store.dispose()
})

test('data have the digest of their content, whatever the order of keys', () => {
  expect(dataDigest({ a: 1, b: [{ c: 2, d: 3 }] })).toBe(dataDigest({ b: [{ d: 3, c: 2 }], a: 1 }))
  expect(dataDigest({ a: 1 })).not.toBe(dataDigest({ a: 2 }))
  expect(dataDigest([1, 2])).not.toBe(dataDigest([2, 1]))
})
