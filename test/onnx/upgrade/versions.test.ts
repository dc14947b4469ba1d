import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { allNodes } from '../../../src/ir'
import { decodeModel } from '../../../src/onnx/decodeModel'
import { adapterNames } from '../../../src/onnx/upgrade/adapters/adapters'
import { canUpgrade } from '../../../src/onnx/upgrade/upgradeOpset'
import { knownOps, NEWEST_OPSET, REMOVED_AT, versionsOf } from '../../../src/onnx/upgrade/versions'
import { testModels } from './support/testModels'

const rows = knownOps().flatMap((opType) => (versionsOf(opType) ?? []).map((each) => ({ opType, ...each })))

test('versions rise, from 1 to the newest', () => {
  for (const opType of knownOps()) {
    const numbers = versionsOf(opType)?.map(({ since }) => since) ?? []
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(1)
    expect(Math.max(...numbers)).toBeLessThanOrEqual(NEWEST_OPSET)
    expect(versionsOf(opType)?.[0]?.adapt).toBe(false)
  }
})

test('every change that needs an adapter has one, and no adapter is out of use', () => {
  const needed = rows.filter(({ adapt }) => adapt).map(({ opType, since }) => `${opType} ${since}`)
  expect(needed.sort()).toEqual(adapterNames().sort())
  for (const [opType, version] of Object.entries(REMOVED_AT)) expect(needed).toContain(`${opType} ${version}`)
})

// Without Debian's libonnx-testdata there is nothing to look through.
const testWithData = testModels().length > 0 ? test : test.skip

testWithData('knows every operator of the test data at the opset that its model imports', () => {
  const folders = testModels()
  expect(folders.length).toBeGreaterThan(900)
  const seen = new Set<string>()
  const unknown: string[] = []
  for (const folder of folders) {
    const model = decodeModel(readFileSync(join(folder, 'model.onnx')))
    for (const node of allNodes(model.graph)) if (node.domain === '') seen.add(node.opType)
    for (const { at, reason } of canUpgrade(model, NEWEST_OPSET))
      if (/no operator|came with|left ONNX|cannot follow/.test(reason)) unknown.push(`${at}: ${reason}`)
  }
  expect(unknown).toEqual([])
  expect([...seen].filter((opType) => !versionsOf(opType))).toEqual([])
  expect(seen.size).toBeGreaterThan(150)
})
