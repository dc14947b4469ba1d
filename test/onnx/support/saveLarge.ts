/** Saves a model of more than 2 GiB and says what that took. */
import { Model } from '../../../src/model'
import { watchBlocks } from './eventLoopBlocks'

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
  const blocks = await watchBlocks(() => {
    peak = Math.max(peak, process.memoryUsage().rss)
  })
  await model.save(target)
  const longestBlockMs = await blocks.stop()
  const again = await Model.open(target)
  const source = again.graph.own('w0')?.initializer?.byteSource
  let first = ''
  for await (const piece of source?.pieces(11) ?? []) {
    first = Buffer.from(piece).toString()
    break
  }
  console.log(JSON.stringify({ toBytes, inside, first, grownBytes: peak - before, longestBlockMs }))
}

main(process.argv[2] ?? '', process.argv[3] ?? '')
