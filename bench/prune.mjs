// Pruned models: how much smaller and faster they are, and what they keep: node bench/prune.mjs [--only sections]

import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { machine, writeResults } from './measure/results.mjs'
import { channelsRows, printChannels } from './prune/channels.mjs'

/** By name: what measures a section's rows, and what prints them. */
const sections = {
  channels: { measure: channelsRows, print: printChannels },
}

const usage = `node bench/prune.mjs [options]
  --only a,b     some of ${Object.keys(sections).join(', ')} (all)`

async function main() {
  const { values } = parseArgs({
    options: { only: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  })
  const only = values.only?.split(',') ?? Object.keys(sections)
  const isWrong = only.some((name) => !Object.hasOwn(sections, name))
  if (values.help || isWrong) {
    console.log(usage)
    process.exitCode = isWrong ? 2 : 0
    return
  }
  await mkdir(fileURLToPath(new URL('.work', import.meta.url)), { recursive: true })
  const results = { machine: machine() }
  for (const name of only) {
    results[name] = await sections[name].measure()
    sections[name].print(results[name])
  }
  console.log(`results in ${await writeResults('prune', results)}`)
}

await main()
