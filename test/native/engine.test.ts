import {
  engineConstant,
  engineConstantNow,
  engineProgram,
  engineRawConstant,
  engineRelease,
  engineRun,
  engineRunNow,
  engineSession,
} from '../../src/native'

const sum = {
  values: [
    { place: 'input', at: 0, bytes: 16, offset: 0 },
    { place: 'constant', at: 0, bytes: 16, offset: 0 },
    { place: 'output', at: 0, bytes: 16, offset: 0 },
  ],
  steps: [{ kernel: 'binary.add', inputs: [0, 1], outputs: [2], parameters: [1, 4, 1, 1] }],
  arenaBytes: 0,
  inputs: 1,
  outputs: 1,
} as const

const refused = { code: 'BAD_ARGUMENT' }

test('a program runs on buffers that each run brings, off the event loop or at once', async () => {
  const session = engineSession(2)
  const constant = await engineConstant('raw', Float32Array.of(1, 2, 3, 4))
  expect(constant.bytes).toBe(16)
  const program = engineProgram(session, { ...sum, constants: [constant] })
  expect(program.isas).toHaveLength(1)
  const y = new Float32Array(4)
  const seconds = new Float64Array(1)
  await engineRun(program, [Float32Array.of(10, 20, 30, 40)], [y], seconds)
  expect(y).toEqual(Float32Array.of(11, 22, 33, 44))
  expect(seconds[0]).toBeGreaterThan(0)
  engineRunNow(program, [new Float32Array(4)], [y])
  expect(y).toEqual(Float32Array.of(1, 2, 3, 4))
  for (const each of [program, constant, session, session]) engineRelease(each)
  await expect(engineRun(program, [y], [y])).rejects.toMatchObject(refused)
})

test('constants are made on the spot, or piece by piece', async () => {
  const session = engineSession(1)
  const bytes = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer)
  async function* pieces() {
    for (const [start, end] of [
      [0, 6],
      [6, 7],
      [7, 16],
    ])
      yield bytes.subarray(start, end)
  }
  const y = new Float32Array(4)
  for (const constant of [engineConstantNow('raw', bytes), await engineRawConstant(16, pieces())]) {
    expect(constant.bytes).toBe(16)
    const program = engineProgram(session, { ...sum, constants: [constant] })
    engineRunNow(program, [new Float32Array(4)], [y])
    expect(y).toEqual(Float32Array.of(1, 2, 3, 4))
  }
  expect(() => engineConstantNow('gemm.left', y, [1])).toThrow(expect.objectContaining(refused))
  for (const size of [15, 17]) await expect(engineRawConstant(size, pieces())).rejects.toMatchObject(refused)
})

test('refuses what does not fit', async () => {
  const session = engineSession(1)
  const constant = await engineConstant('raw', new Float32Array(4))
  const program = engineProgram(session, { ...sum, constants: [constant] })
  expect(() => engineSession(0)).toThrow()
  await expect(engineConstant('gemm.left', new Float32Array(4), [1])).rejects.toMatchObject(refused)
  await expect(engineConstant('raw', [1] as never)).rejects.toMatchObject(refused)
  expect(() => engineProgram(session, { ...sum, constants: [] })).toThrow(expect.objectContaining(refused))
  const wrong = { ...sum, steps: [{ ...sum.steps[0], kernel: 'nothing' }], constants: [constant] }
  expect(() => engineProgram(session, wrong as never)).toThrow(
    expect.objectContaining({ ...refused, message: expect.stringMatching(/nothing/) }),
  )
  await expect(engineRun(program, [], [new Float32Array(4)])).rejects.toMatchObject({ code: 'RUNTIME' })
  await expect(engineRun(program, [new Float32Array(3)], [new Float32Array(4)])).rejects.toMatchObject({
    code: 'RUNTIME',
  })
  await expect(engineRun(program, [{} as never], [new Float32Array(4)])).rejects.toMatchObject(refused)
  const resizable = new Float32Array(
    new (ArrayBuffer as never as new (size: number, options: object) => ArrayBuffer)(16, {
      maxByteLength: 32,
    }),
  )
  await expect(engineRun(program, [resizable], [new Float32Array(4)])).rejects.toMatchObject(refused)
})
