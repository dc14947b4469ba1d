import { shareRows } from '../../src/report/passShares'
import { Report } from '../../src/report/report'
import type { PassReport, ReportData } from '../../src/report/reportData'

const facts = { bytes: 10_000, nodes: 20, parameters: 2000, opset: 9, operations: { Conv: 20 } }
const pass = (name: string, after?: PassReport['after']): PassReport => ({
  name,
  changed: after ? 1 : 0,
  skipped: [],
  seconds: 1,
  ...(after && { after }),
})
const half = { bytes: 5000, nodes: 20, parameters: 1000 }
const measured = { snrDb: 31.25, agreement: 0.999, metric: undefined }

function reportOf(passes: PassReport[]): ReportData {
  const quality = { snrDb: 20, agreement: 0.5, metric: undefined, originalMetric: undefined, sampleCount: 3 }
  return { original: facts, result: facts, passes, warnings: [], quality, seconds: 1 }
}

test('a row for the original and one after each pass that changed something; the last has the final quality', () => {
  const passes = [pass('cut', { ...half, measured }), pass('idle'), pass('round', { ...half, bytes: 1250 })]
  expect(shareRows(reportOf(passes))).toEqual([
    ['(original)', '10.00 kB', '2,000', '20', '', ''],
    ['cut', '5.00 kB', '1,000', '20', '31.3 dB', '99.90%'],
    ['round', '1.25 kB', '1,000', '20', '20.0 dB', '50.00%'],
  ])
})

test('a single pass is the result, which is told of already', () => {
  expect(shareRows(reportOf([pass('cut', half), pass('idle')]))).toEqual([])
})

test('shares are in the text and on the page', () => {
  const report = new Report(reportOf([pass('<cut>', { ...half, measured }), pass('round', half)]))
  expect(`${report}`).toMatch(/<cut> +5\.00 kB +1,000 +20 +31\.3 dB +99\.90%/)
  expect(report.toHtml()).toContain('&lt;cut&gt;')
})
