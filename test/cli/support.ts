/** Shared by the tests of this room: runs the built command as a user would. */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeModel } from '../../src/onnx'
import { convNet, images } from '../compress/support'
import { bytesOf, npyBytes } from '../samples/support'

const main = join(__dirname, '..', '..', 'dist', 'cli', 'main.js')

/** A folder of its own for one test file, and for the temporary files of the commands that it runs. */
export const folder = mkdtempSync(join(tmpdir(), 'onnxpress-cli-'))
const temporary = join(folder, 'tmp')

afterAll(() => rmSync(folder, { recursive: true, force: true }))

export const paths = {
  model: join(folder, 'model.onnx'),
  samples: join(folder, 'samples'),
  in: (name: string) => join(folder, name),
}

beforeAll(() => {
  mkdirSync(temporary)
  mkdirSync(paths.samples)
  writeFileSync(paths.model, encodeModel(convNet()))
  for (const [index, { x }] of images(4).entries())
    writeFileSync(
      join(paths.samples, `${index}.npy`),
      npyBytes('<f4', x?.dims ?? [], bytesOf(x?.data as Float32Array)),
    )
})

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  /** Called with what was written to stderr so far; may stop the command. */
  readonly watch?: (stderr: string, stop: () => void) => void
  readonly env?: Record<string, string>
}

/** Runs `onnxpress` with these arguments. */
export function onnxpress(args: readonly string[], { watch, env }: RunOptions = {}): Promise<Outcome> {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: folder,
    env: { ...process.env, TMPDIR: temporary, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const text = { stdout: '', stderr: '' }
  const stop = () => void child.kill('SIGINT')
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (piece: string) => {
      text[stream] += piece
      if (stream === 'stderr') watch?.(text.stderr, stop)
    })
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve({ code, ...text }))
  })
}

/** What commands have left behind in the folder for temporary files; onnxruntime writes logs of its own there. */
export function leftovers(): string[] {
  return readdirSync(temporary).filter((name) => name.startsWith('onnxpress'))
}
