/** Opens a file that stays open for its weights again and again, and prints how many descriptors are left at the end. */
import { readdirSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Model } from '../../../src/model'

async function main(path: string): Promise<void> {
  const count = () => readdirSync('/proc/self/fd').length
  const before = count()
  for (let round = 0; round < 200; round++) {
    const model = await Model.open(path)
    model.graph.initializers[0]?.initializer?.bytes
  }
  const opened = count() - before
  for (let turn = 0; turn < 10; turn++) {
    global.gc?.()
    await nextTurn()
  }
  console.log(JSON.stringify({ opened, left: count() - before }))
}

main(process.argv[2] ?? '')
