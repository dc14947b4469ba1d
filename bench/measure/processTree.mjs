// Peak memory and processor time of a process and all its descendants, watched from outside: the same yardstick for Node and Python.

import { readdirSync, readFileSync } from 'node:fs'

const EVERY_MS = 20
const KIB = 1024
/** USER_HZ, which Linux fixes at 100 for what /proc tells. */
const TICKS_PER_SECOND = 100

/** The text of a file of a process, or undefined once that process is gone. */
function readProcess(pid, name) {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1')
  } catch {
    return undefined
  }
}

/** A field of /proc/<pid>/status in bytes; 0 where it is left out, as with processes that are ending. */
function bytesOf(status, field) {
  const match = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)
  return match ? Number(match[1]) * KIB : 0
}

/** The fields of /proc/<pid>/stat behind the command's closing parenthesis. */
function statOf(pid) {
  const stat = readProcess(pid, 'stat')
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function parentOf(pid) {
  const stat = statOf(pid)
  return stat && Number(stat[1])
}

/** Seconds of processor time so far, in user code and in the kernel. */
function cpuSecondsOf(pid) {
  const stat = statOf(pid)
  return stat && (Number(stat[11]) + Number(stat[12])) / TICKS_PER_SECOND
}

const sum = (numbers) => [...numbers.values()].reduce((total, each) => total + each, 0)

/** Watches a tree of processes; Linux only, elsewhere its figures are NaN. */
export class ProcessTree {
  #root
  #timer
  /** Parents never change while a tree is alive, so each is read once. */
  #parents = new Map()
  /** The kernel's own high-water mark of each process, as last seen. */
  #peaks = new Map()
  #together = 0
  #cpuSeconds = new Map()

  /** @param {number} pid */
  constructor(pid) {
    this.#root = pid
    this.#timer = process.platform === 'linux' ? setInterval(() => this.#sample(), EVERY_MS) : undefined
  }

  /**
   * Ends the watch.
   * @returns {{ peakBytes: number, togetherBytes: number, cpuSeconds: number, processes: number }} the sum of the
   *   processes' own peaks, as if they fell together; the largest sum seen at one moment; and processor time
   */
  stop() {
    const unknown = Number.NaN
    if (!this.#timer) return { peakBytes: unknown, togetherBytes: unknown, cpuSeconds: unknown, processes: 0 }
    clearInterval(this.#timer)
    return {
      peakBytes: sum(this.#peaks),
      togetherBytes: this.#together,
      cpuSeconds: sum(this.#cpuSeconds),
      processes: this.#peaks.size,
    }
  }

  #sample() {
    let together = 0
    for (const pid of this.#members()) {
      const status = readProcess(pid, 'status')
      const peak = status === undefined ? 0 : bytesOf(status, 'VmHWM')
      if (peak === 0) continue
      this.#peaks.set(pid, peak)
      this.#cpuSeconds.set(pid, cpuSecondsOf(pid) ?? this.#cpuSeconds.get(pid) ?? 0)
      together += bytesOf(status, 'VmRSS')
    }
    this.#together = Math.max(this.#together, together)
  }

  #members() {
    const pids = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
    for (const pid of pids) if (!this.#parents.has(pid)) this.#parents.set(pid, parentOf(pid))
    return pids.filter((pid) => this.#isMember(pid))
  }

  #isMember(pid) {
    for (let at = pid; at !== undefined && at > 1; at = this.#parents.get(at))
      if (at === this.#root) return true
    return false
  }
}
