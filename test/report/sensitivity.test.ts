import { Sensitivity, type SensitivityData } from '../../src/report/sensitivity'

const data: SensitivityData = {
  pass: 'prune.unstructured',
  ratios: [0.25, 0.5],
  sampleCount: 4,
  isSynthetic: false,
  cachedPoints: 0,
  layers: [
    {
      key: 'a',
      name: '<frail>\u001b[31m',
      opType: 'Conv',
      parameters: 1200,
      points: [
        { ratio: 0.25, snrDb: 20.04, agreement: 1 },
        { ratio: 0.5, snrDb: 3 },
      ],
    },
    { key: 'b', name: 'idle', opType: 'MatMul', parameters: 7, points: [{ ratio: 0.25, snrDb: Infinity }] },
    { key: 'c', name: 'left', opType: 'MatMul', parameters: 9, points: [], reason: 'it is <shared>' },
  ],
}

test('as text: a row a layer, a column a ratio, names escaped', () => {
  const text = new Sensitivity(data).toString()
  const [, frail, idle, left] = text.split('\n').filter((line) => /Conv|MatMul|operation/.test(line))
  expect(frail).toMatch(/<frail>.*Conv\s+1,200\s+20\.0\s+3\.0/)
  expect(idle).toMatch(/no loss/)
  expect(left).toMatch(/left alone\s+left alone/)
  expect(text).not.toContain('\u001b')
})

test('as a page: a plot for each layer with points, nothing of the model as markup', () => {
  const html = new Sensitivity(data).toHtml()
  expect(html.match(/<svg/g)).toHaveLength(1)
  expect(html).toContain('&lt;frail&gt;')
  expect(html).toContain('left alone: it is &lt;shared&gt;')
  expect(html).not.toMatch(/<frail>|<shared>|<script/)
})

test('as JSON: infinities survive', () => {
  const again = JSON.parse(JSON.stringify(new Sensitivity(data)))
  expect(again.layers[1].points).toEqual([{ ratio: 0.25, snrDb: 'Infinity' }])
})

test('says loudly when the samples were made up', () => {
  const made = new Sensitivity({ ...data, isSynthetic: true })
  expect(made.toString()).toMatch(/^The samples were made up/)
  expect(made.toHtml()).toMatch(/class="warning">The samples were made up/)
})
