// Runs test cases in a process of their own, so that a crash of the runtime ends one batch and not the suite.
require('./register')
const { compareCase } = require('./compareCase.ts')

process.on('message', async ({ folders, target }) => {
  for (const folder of folders) {
    const result = await compareCase(folder, target).catch((error) => ({
      name: folder.split('/').slice(-2).join('/'),
      outcome: 'broken',
      detail: String(error?.stack ?? error),
    }))
    process.send(result)
  }
  process.disconnect()
})
