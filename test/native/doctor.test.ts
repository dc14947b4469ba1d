import { cpu, kernels } from '../../src/native'
import { runChild } from './child'

const families = ['minmax', 'histogram', 'quantize', 'errorsums', 'channelsum', 'convert']

/** Each family's output on fixed inputs, digested. */
const digest = `
  const hash = require('node:crypto').createHash('sha256')
  const x = Float32Array.from({ length: 300007 }, (_, i) => Math.sin(i) * (1 + (i % 13)))
  const y = x.map((v) => v * 1.001)
  const short = { outer: 300007, channels: 1, inner: 1 }
  const long = { outer: 1, channels: 1, inner: 300007 }
  const scale = Float32Array.of(0.05)
  const params = { scale, zeroPoint: 3, dataType: 'int8', layout: long }
  ;(async () => {
    const counts = new Float64Array(512)
    await native.histogram(x, counts, -7, 9)
    const results = [await native.minMax(x), counts, await native.quantize(x, params), await native.errorSums(x, y),
      await native.quantizationError(x, params), await native.channelSums(x, long), await native.channelSums(x, short),
      await native.fromFloat32(x, 'float16'), await native.fromFloat32(x, 'bfloat16')]
    for (const result of results) hash.update(JSON.stringify(ArrayBuffer.isView(result) ? [...result] : result))
    const chosen = native.kernels().flatMap(({ family, variants }) => variants.filter((v) => v.chosen).map(({ isa }) => [family, isa]))
    console.log(JSON.stringify({ digest: hash.digest('hex'), cpu: native.cpu(), chosen }))
  })()`

function digestUnder(environment: Record<string, string>) {
  const { stdout, stderr, code } = runChild(digest, environment)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout) as {
    digest: string
    cpu: ReturnType<typeof cpu>
    chosen: [family: string, isa: string][]
  }
}

describe('what doctor shows', () => {
  test('the best set is the last of those available', () => {
    const { isa, available, threads } = cpu()
    expect(available[0]).toBe('scalar')
    expect(available.at(-1)).toBe(isa)
    expect(threads).toBeGreaterThanOrEqual(1)
  })

  test('every family has a scalar variant and exactly one is chosen', () => {
    expect(kernels().map(({ family }) => family)).toEqual(expect.arrayContaining(families))
    for (const { variants } of kernels()) {
      expect(variants.at(-1)?.isa).toBe('scalar')
      const chosen = variants.filter((variant) => variant.chosen)
      expect(chosen).toHaveLength(1)
      expect(cpu().available).toContain(chosen[0]?.isa)
    }
  })
})

describe('environment variables', () => {
  const { available } = cpu()
  const withFiles = available.filter((isa) => kernels()[0]?.variants.some((variant) => variant.isa === isa))

  test('ONNXPRESS_ISA caps every family, and all sets give the same bits', () => {
    const free = digestUnder({})
    expect(free.cpu.forced).toBe(process.env.ONNXPRESS_ISA || undefined)
    for (const isa of withFiles) {
      const forced = digestUnder({ ONNXPRESS_ISA: isa })
      expect(forced.cpu).toMatchObject({ forced: isa, isa })
      expect(forced.chosen).toEqual(expect.arrayContaining(families.map((family) => [family, isa])))
      expect(forced.digest).toBe(free.digest)
    }
  })

  test('the number of threads changes nothing but the speed', () => {
    const one = digestUnder({ ONNXPRESS_THREADS: '1' })
    expect(one.cpu.threads).toBe(1)
    expect(one.digest).toBe(digestUnder({}).digest)
  })

  test.each([
    [
      'ONNXPRESS_ISA',
      'sse9',
      'Expected one of scalar, neon, neondot, avx2, avxvnni, avx512, avx512vnni, avx512vbmi2, amx for ONNXPRESS_ISA',
    ],
    ['ONNXPRESS_THREADS', '0', 'Expected an integer from 1 to 1024 for ONNXPRESS_THREADS'],
    ['ONNXPRESS_THREADS', 'many', 'Expected an integer from 1 to 1024 for ONNXPRESS_THREADS'],
  ])('%s=%s is refused', (name, text, message) => {
    const tryIt =
      'try { native.cpu() } catch ({ code, message }) { console.log(JSON.stringify({ code, message })) }'
    const { stdout } = runChild(tryIt, { [name]: text })
    expect(JSON.parse(stdout)).toEqual({ code: 'BAD_ARGUMENT', message: `${message}, received "${text}"` })
  })
})
