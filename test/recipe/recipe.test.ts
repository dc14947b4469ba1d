import { join } from 'node:path'
import { loadRecipe } from '../../src/recipe/loadRecipe'
import { folderOf } from '../samples/support'

async function load(text: string, name = 'recipe.yaml') {
  const folder = folderOf({ [name]: text })
  return { ...(await loadRecipe(join(folder, name))), folder }
}

describe('loadRecipe', () => {
  test('reads YAML', async () => {
    const { passes, samples, preprocess, seed, folder } = await load(`
passes:
  - upgradeOpset: { to: 19 }
  - simplify
  - quantize.static:
      range: mse
      keep: [/head/i, exact]
samples: ./calibration
preprocess: { resize: { height: 48 }, mean: 0.5, std: [0.5, 0.5, 0.5] }
seed: 7
`)
    expect(passes.map((pass) => pass.name)).toEqual(['upgradeOpset', 'simplify', 'quantize.static'])
    expect(passes[0]?.options).toEqual({ to: 19 })
    expect(passes[2]?.options).toMatchObject({ range: 'mse', keep: '/head/i,exact' })
    expect(samples).toBe(join(folder, 'calibration'))
    expect(preprocess).toEqual({ resize: { height: 48 }, mean: 0.5, std: [0.5, 0.5, 0.5] })
    expect(seed).toBe(7)
  })

  test('reads JSON', async () => {
    const { passes } = await load(
      '{"passes": ["simplify", {"quantize.dynamic": {"reduceRange": true}}]}',
      'r.json',
    )
    expect(passes[1]?.options).toMatchObject({ reduceRange: true })
  })

  test('a pass may be named with empty options', async () => {
    expect((await load('passes: [{ simplify: }]')).passes[0]?.name).toBe('simplify')
  })

  test.each([
    ['passes: [simplifi]', /passes\.0: there is no pass "simplifi" \(did you mean "simplify"\?\); there are/],
    ['passes: [quantise.static]', /did you mean "quantize\.static"/],
    ['passes: [frobnicate]', /there is no pass "frobnicate"; there are/],
    ['passes: [quantize.static: { range: best }]', /passes\.0: Expected range to be one of/],
    [
      'passes: [{ simplify: {}, upgradeOpset: {} }]',
      /one name with its options, found the keys simplify, upgradeOpset/,
    ],
    ['passes: [{ simplify: 3 }]', /expected options of "simplify" to be an object, found 3/],
    ['passes: [{ simplify: { keep: "/(/" } }]', /passes\.0: Invalid regular expression/],
    ['passes: []', /passes: /],
    ['{}', /passes: /],
    ['passes: [simplify]\nsample: x', /no such setting: "sample" \(did you mean "samples"\?\)/],
    ['passes: [simplify]\npreprocess: { layout: NWHC }', /preprocess\.layout: /],
    ['passes: [simplify]\npreprocess: { resize: { width: -1 } }', /preprocess\.resize\.width: /],
    ['passes: [simplify]\nseed: 1.5', /seed: /],
    ['passes: [simplify', /recipe\.yaml: /],
    ['passes: [simplify]\npasses: [simplify]', /unique/],
    ['just text', /recipe: /],
    ['', /recipe: /],
  ])('refuses %j', async (text, message) => {
    await expect(load(text)).rejects.toMatchObject({
      code: 'BAD_RECIPE',
      message: expect.stringMatching(message),
      place: { path: expect.stringContaining('recipe.yaml') },
    })
  })

  test('few aliases are fine, a laughter of billions is not', async () => {
    expect((await load('passes: [&p simplify, *p]')).passes).toHaveLength(2)
    const lines = ['a: &a [x, x, x, x, x, x, x, x, x]']
    for (const [index, name] of ['b', 'c', 'd', 'e', 'f', 'g', 'h'].entries())
      lines.push(`${name}: &${name} [${new Array(9).fill(`*${'abcdefg'[index]}`).join(', ')}]`)
    const started = performance.now()
    await expect(load(lines.join('\n'))).rejects.toMatchObject({ code: 'BAD_RECIPE' })
    expect(performance.now() - started).toBeLessThan(1000)
  })

  test('refuses files beyond a megabyte', async () => {
    await expect(load(`# ${'x'.repeat(2 ** 20)}`)).rejects.toThrow(/expected at most 1048576 bytes/)
  })

  test('says when there is no such file, or a folder', async () => {
    await expect(loadRecipe('/nowhere/recipe.yaml')).rejects.toMatchObject({ code: 'BAD_RECIPE' })
    await expect(loadRecipe(folderOf({}))).rejects.toMatchObject({ code: 'BAD_RECIPE' })
  })

  test('names such as __proto__ are names like any other', async () => {
    await expect(load('passes: [__proto__]')).rejects.toThrow(/there is no pass "__proto__"/)
    await expect(load('{"passes": ["simplify"], "__proto__": {"polluted": 1}}', 'r.json')).rejects.toThrow(
      /BAD|setting|r\.json/,
    )
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })
})
