// Removes build output folders named on the command line, so that no file of a deleted source stays behind.
import { rmSync } from 'node:fs'

for (const folder of process.argv.slice(2)) rmSync(folder, { recursive: true, force: true })
