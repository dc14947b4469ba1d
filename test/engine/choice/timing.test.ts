/** How often candidates are timed. */
import { RunTimes } from '../../../src/engine/choice/runTimes'
import { time } from '../../../src/engine/choice/timing'
import type { Trial } from '../../../src/engine/choice/trial'

/** A candidate whose runs take these seconds, the last of them from then on. */
function fake(...seconds: number[]): Trial {
  const times = new RunTimes()
  return {
    packed: undefined,
    bytes: 0,
    times,
    async run() {
      times.add(seconds[times.count] ?? seconds.at(-1) ?? 0)
    },
    release() {},
  }
}

async function turnsOf(...all: Trial[]): Promise<number[]> {
  await time([all])
  return all.map(({ times }) => times.count)
}

test('short ones that are near each other are timed five times', async () => {
  expect(await turnsOf(fake(1e-3), fake(1.05e-3))).toEqual([5, 5])
})

test('the first run of a short one decides nothing', async () => {
  expect(await turnsOf(fake(1e-3), fake(3e-3, 0.95e-3))).toEqual([5, 5])
  expect(await turnsOf(fake(1e-3), fake(3e-3, 2e-3))).toEqual([2, 2])
})

test('a long one that is far behind is out at once', async () => {
  expect(await turnsOf(fake(0.1), fake(0.2))).toEqual([1, 1])
  expect(await turnsOf(fake(0.1), fake(0.12), fake(0.3))).toEqual([2, 2, 1])
})

test('long ones are timed twice', async () => {
  expect(await turnsOf(fake(0.1), fake(0.101))).toEqual([2, 2])
})

test('one without a rival is timed once', async () => {
  expect(await turnsOf(fake(1e-3))).toEqual([1])
  expect(await turnsOf()).toEqual([])
})
