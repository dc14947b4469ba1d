/** Progress on stderr: a line that renews itself on a terminal, JSON events with `--json`, else a line a stage. */
import { type ProgressEvent, printable } from '../index'

/** How often a terminal is written to, at most. */
const MILLISECONDS = 80

export interface Progress {
  readonly onProgress: (event: ProgressEvent) => void
  /** Clears the line. */
  readonly done: () => void
}

/** @param isJson whether events are written as JSON, one a line */
export function makeProgress(isJson: boolean, stream: NodeJS.WriteStream = process.stderr): Progress {
  if (isJson) return { onProgress: jsonEvents(stream), done: () => {} }
  return stream.isTTY ? renewedLine(stream) : { onProgress: stageLines(stream), done: () => {} }
}

function jsonEvents(stream: NodeJS.WriteStream): Progress['onProgress'] {
  let last = ''
  return (event) => {
    const ratio = Math.round(event.ratio * 100) / 100
    const line = JSON.stringify({ event: 'progress', ...event, ratio })
    if (line !== last) stream.write(`${line}\n`)
    last = line
  }
}

function stageLines(stream: NodeJS.WriteStream): Progress['onProgress'] {
  let stage: string | undefined
  return (event) => {
    if (event.stage === stage) return
    stage = event.stage
    stream.write(`${printable(stage)} ...\n`)
  }
}

function renewedLine(stream: NodeJS.WriteStream): Progress {
  let written = 0
  const clear = () => stream.write('\r\u001b[K')
  return {
    onProgress({ stage, ratio, what }) {
      const now = Date.now()
      if (now - written < MILLISECONDS && ratio < 1) return
      written = now
      const text = `${stage} ${Math.round(ratio * 100)}%${what ? ` ${what}` : ''}`
      clear()
      stream.write(printable(text).slice(0, Math.max(10, (stream.columns ?? 80) - 1)))
    },
    done: clear,
  }
}
