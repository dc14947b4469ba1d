import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defaultCacheFolder, ResultCache } from '../../src/search/resultCache'
import { temporaryFolder } from '../onnx/support/temporaryFolder'
import { rejected } from '../onnx/support/thrown'

const root = temporaryFolder()

test('gives what was stored, also to another that looks into the folder', async () => {
  const folder = join(root, 'made', 'deep')
  await new ResultCache(folder).set('abc', { snrDb: 3, list: [1, 2] })
  expect(await new ResultCache(folder).get('abc')).toEqual({ snrDb: 3, list: [1, 2] })
  expect(readdirSync(folder)).toEqual(['abc.json'])
})

test('what was never stored, or is torn, is not there', async () => {
  const folder = join(root, 'torn')
  mkdirSync(folder)
  writeFileSync(join(folder, 'half.json'), '{"snrDb": 3')
  const cache = new ResultCache(folder)
  expect(await cache.get('none')).toBeUndefined()
  expect(await cache.get('half')).toBeUndefined()
  await cache.set('half', 7)
  expect(await cache.get('half')).toBe(7)
})

test('a folder that cannot be written is an error that says what to do', async () => {
  const file = join(root, 'file')
  writeFileSync(file, '')
  const error = await rejected(new ResultCache(join(file, 'inside')).set('a', 1))
  expect(error).toMatchObject({ code: 'IO' })
  expect(error.message).toMatch(/Name another folder as cache, or false/)
})

test('the default is in the user’s cache', () => {
  const before = process.env.XDG_CACHE_HOME
  process.env.XDG_CACHE_HOME = join(root, 'xdg')
  expect(defaultCacheFolder()).toBe(join(root, 'xdg', 'onnxpress'))
  delete process.env.XDG_CACHE_HOME
  expect(defaultCacheFolder()).toMatch(/\.cache[\\/]onnxpress$/)
  if (before !== undefined) process.env.XDG_CACHE_HOME = before
})
