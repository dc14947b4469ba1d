/** Opens a model with one huge tensor and says what that took. */
import { Model } from '../../../src/model'

async function main(path: string): Promise<void> {
  const before = process.memoryUsage().rss
  const started = process.cpuUsage()
  const model = await Model.open(path)
  const { user, system } = process.cpuUsage(started)
  const processorMs = (user + system) / 1000
  const tensor = model.graph.own('w')?.initializer
  let error = ''
  try {
    tensor?.bytes
  } catch (caught) {
    error = (caught as { code: string }).code
  }
  let pieces = 'none'
  for await (const piece of tensor?.byteSource.pieces(2 ** 22) ?? []) {
    pieces = piece.every((byte) => byte === 0) ? 'zeros' : 'garbage'
    break
  }
  const grownBytes = process.memoryUsage().rss - before
  console.log(JSON.stringify({ shape: tensor?.shape, processorMs, error, pieces, grownBytes }))
}

main(process.argv[2] ?? '')
