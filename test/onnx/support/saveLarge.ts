/** Saves a model of 3 GB and says what that took. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Model } from '../../../src/model'

const codeOf = (error: unknown) => (error as { code?: string }).code ?? String(error)

async function main(path: string, target: string): Promise<void> {
  const model = await Model.open(path)
  let toBytes = 'done'
  try {
    model.toBytes()
  } catch (error) {
    toBytes = codeOf(error)
  }
  const inside = await model.save(target, { externalData: false }).then(() => 'done', codeOf)
  const before = process.memoryUsage().rss
  let peak = before
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss)
  }, 20)
  const delay = monitorEventLoopDelay({ resolution: 10 })
  delay.enable()
  await model.save(target)
  clearInterval(timer)
  const again = await Model.open(target)
  const source = again.graph.own('w0')?.initializer?.byteSource
  let first = ''
  for await (const piece of source?.pieces(11) ?? []) {
    first = Buffer.from(piece).toString()
    break
  }
  console.log(
    JSON.stringify({ toBytes, inside, first, grownBytes: peak - before, longestBlockMs: delay.max / 1e6 }),
  )
}

main(process.argv[2] ?? '', process.argv[3] ?? '')
