import { readFileSync } from 'node:fs'
import { Model } from '../../src/model'
import { describeWithTestData, TEST_DATA, testModels } from './support/testData'

describeWithTestData('every model of the ONNX test data', () => {
  const models = testModels()

  test('there are as many as the package has', () => {
    expect(models.length).toBeGreaterThan(1000)
  })

  test.each(['node', 'pytorch-converted', 'pytorch-operator', 'simple', 'real'])(
    '%s: reads, verifies, writes, reads the same',
    (group) => {
      for (const path of models.filter((each) => each.startsWith(`${TEST_DATA}/${group}/`))) {
        const model = Model.fromBytes(readFileSync(path))
        model.verify()
        const written = model.toBytes()
        const again = Model.fromBytes(written)
        again.verify()
        expect([path, again.toText()]).toEqual([path, model.toText()])
        expect([path, Buffer.compare(again.toBytes(), written)]).toEqual([path, 0])
      }
    },
  )

  test('most are the same byte for byte: all whose writer packs weights and fields as onnx does', () => {
    const same = models.filter((path) => {
      const bytes = readFileSync(path)
      return Buffer.compare(Model.fromBytes(bytes).toBytes(), bytes) === 0
    })
    expect(same.length).toBeGreaterThan(800)
  })
})
