// Adds to package-lock.json the optional packages of other platforms that `npm install` left out because the registry in
// use does not carry them. Without their entries `npm ci` refuses the lock as out of date; with them it skips those that
// are for another platform. Run it after every `npm install`: node scripts/complete-lock.mjs [folder]

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const SYSTEMS = ['darwin', 'win32', 'linux', 'android', 'freebsd', 'openharmony']
const PROCESSORS = ['arm64', 'x64', 'ia32', 'arm', 'loong64', 'ppc64', 'riscv64', 's390x', 'wasm32']

/** What a platform package's name says about where it runs. */
function platformOf(name) {
  const words = name.split('/').at(-1).split('-')
  const os = SYSTEMS.find((each) => words.includes(each))
  const cpu = PROCESSORS.find((each) => words.includes(each))
  const libc = words.some((word) => word.startsWith('musl')) ? 'musl' : 'glibc'
  return {
    ...(cpu && { cpu: [cpu] }),
    ...(os === 'linux' && words.some((word) => /^(musl|gnu)/.test(word)) && { libc: [libc] }),
    ...(os && { os: [os] }),
  }
}

const file = join(process.argv[2] ?? '.', 'package-lock.json')
const lock = JSON.parse(readFileSync(file, 'utf8'))
let added = 0
for (const owner of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(owner.optionalDependencies ?? {})) {
    const isThere = Object.keys(lock.packages).some((path) => path.endsWith(`node_modules/${name}`))
    if (isThere || !/^\d+\.\d+\.\d+/.test(version)) continue
    const flags = { ...(owner.dev && { dev: true }), ...(owner.peer && { peer: true }), optional: true }
    lock.packages[`node_modules/${name}`] = { version, ...flags, ...platformOf(name) }
    added++
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
console.log(`${added} packages of other platforms added to ${file}`)
