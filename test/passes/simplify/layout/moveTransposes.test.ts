import { attribute, Tensor, type Value } from '../../../../src/ir'
import { closeRuntime } from '../../../../src/runtime'
import { Builder, check, count, randomNumbers } from '../support'

afterAll(closeRuntime)

const LAST = attribute.ints([0, 2, 3, 1])
const FIRST = attribute.ints([0, 3, 1, 2])
const { int, ints } = attribute

/** Channels last, and back. */
const last = (b: Builder, x: Value) => b.node('Transpose', [x], { perm: LAST })
const first = (b: Builder, x: Value) => b.node('Transpose', [x], { perm: FIRST })
const conv = (b: Builder, x: Value, channels = 4, outputs = 4) =>
  b.node('Conv', [x, b.random([outputs, channels, 1, 1])])

/** What a body makes of channels last, between two convolutions with channels first. */
async function between(body: (b: Builder, x: Value) => Value, opset = 21) {
  const b = new Builder(opset)
  const x = last(b, conv(b, b.input('x', ['n', 4, 5, 6])))
  b.output(conv(b, first(b, body(b, x))))
  return check(b, { shapes: [[2, 4, 5, 6]] })
}

describe('between two Transposes', () => {
  test.each<[string, (b: Builder, x: Value) => Value]>([
    ['a function of elements', (b, x) => b.node('Relu', [x])],
    ['bounds', (b, x) => b.node('Clip', [x, b.weight(-0.5), b.weight(0.5)])],
    ['a number', (b, x) => b.node('Add', [b.weight(2), b.node('Mul', [x, b.weight([3])])])],
    ['a number a channel', (b, x) => b.node('Relu', [b.node('Mul', [x, b.random([4])])])],
    ['a number a row', (b, x) => b.node('Sub', [b.random([5, 1, 1]), b.node('Tanh', [x])])],
    ['constants of several axes', (b, x) => b.node('Mul', [b.node('Tanh', [x]), b.random([1, 5, 1, 4])])],
    ['a gate of its own', (b, x) => b.node('Mul', [x, b.node('Sigmoid', [x])])],
    ['a choice', (b, x) => b.node('Where', [b.node('Greater', [x, b.weight(0)]), x, b.node('Neg', [x])])],
    ['a softmax', (b, x) => b.node('Softmax', [x], { axis: int(-1) })],
    [
      'squeeze and excitation',
      (b, x) => {
        const mean = b.node('ReduceMean', [x, b.ints([1, 2])], { keepdims: int(1) })
        return b.node('Mul', [x, last(b, conv(b, first(b, mean)))])
      },
    ],
    [
      'zeros around it',
      (b, x) =>
        b.node('Slice', [
          b.node('Pad', [x, b.ints([0, 1, 2, 0, 0, 0, 1, 0])]),
          b.ints([1]),
          b.ints([5]),
          b.ints([2]),
        ]),
    ],
    [
      'parts',
      (b, x) => {
        const [p, q] = b.model.graph.add('Split', [b.node('Tanh', [x]), b.ints([1, 3])], {
          outputs: 2,
          attributes: { axis: int(3) },
        }).outputs
        return b.node('Concat', [q, b.node('Relu', [p as Value])], { axis: int(-1) })
      },
    ],
    [
      'quantized values',
      (b, x) => {
        const by = [b.weight(0.05), b.model.graph.addInitializer(Tensor.from('uint8', [], Uint8Array.of(7)))]
        return b.node('DequantizeLinear', [b.node('QuantizeLinear', [x, ...by]), ...by])
      },
    ],
  ])('%s', async (_, body) => {
    const { model } = await between(body)
    expect(count(model, 'Transpose')).toBe(0)
  })

  test('a residual that two branches add to', async () => {
    const b = new Builder()
    const x = last(b, conv(b, b.input('x', ['n', 4, 5, 6])))
    const sum = b.node('Add', [x, last(b, conv(b, first(b, b.node('Relu', [x]))))])
    b.output(conv(b, first(b, b.node('Add', [sum, last(b, conv(b, first(b, sum)))]))))
    const { model, result } = await check(b, { shapes: [[2, 4, 5, 6]] })
    expect(count(model, 'Transpose')).toBe(0)
    expect(result.details?.rules).toMatchObject({ 'move Transposes': 1 })
  })

  test('a constant moves into the layer before it', async () => {
    const { nodes } = await between((b, x) => b.node('Relu', [b.node('Mul', [x, b.random([4])])]))
    expect(nodes.split('\n').map((line) => / = (\w+)\(/.exec(line)?.[1])).toEqual(['Conv', 'Relu', 'Conv'])
  })
})

describe('at the end', () => {
  test.each<[string, (b: Builder, x: Value) => Value, number]>([
    ['a mean that drops axes', (b, x) => b.node('ReduceMean', [x, b.ints([1, 2])], { keepdims: int(0) }), 0],
    [
      'a mean whose axes are dropped',
      (b, x) => b.node('Squeeze', [b.node('ReduceMean', [x, b.ints([1, 2])]), b.ints([1, 2])]),
      0,
    ],
    [
      'a mean that leaves axes in another order',
      (b, x) => b.node('ReduceMean', [x, b.ints([0])], { keepdims: int(0) }),
      1,
    ],
  ])('%s', async (_, end, left) => {
    const b = new Builder()
    b.output(end(b, b.node('Relu', [last(b, conv(b, b.input('x', ['n', 4, 5, 6])))])))
    const { model } = await check(b, { shapes: [[2, 4, 5, 6]], fewer: left === 0 })
    expect(count(model, 'Transpose')).toBe(left)
  })

  test('the largest channel', async () => {
    const b = new Builder()
    const x = last(b, conv(b, b.input('x', ['n', 4, 5, 6])))
    const place = b.node('ArgMax', [x], { axis: int(3), keepdims: int(1) })
    b.output(first(b, b.node('Cast', [place], { to: int(1) })))
    const { model } = await check(b, { shapes: [[2, 4, 5, 6]] })
    expect(count(model, 'Transpose')).toBe(0)
  })
})

describe('outputs of the model', () => {
  test('keep their names and axes, others read what they are made of', async () => {
    const b = new Builder()
    const x = last(b, conv(b, b.input('x', ['n', 4, 5, 6])))
    const y = b.node('Relu', [x], {}, 'y')
    b.output(y)
      .output(conv(b, first(b, y)))
      .output(conv(b, first(b, b.node('Neg', [y]))))
    const { model } = await check(b, { shapes: [[2, 4, 5, 6]] })
    expect(count(model, 'Transpose')).toBe(1)
    expect(model.graph.outputs[0]?.name).toBe('y')
    expect(model.graph.outputs[0]?.producer?.opType).toBe('Transpose')
  })

  test('that Transposes make are made by Transposes still', async () => {
    const b = new Builder()
    const x = last(b, conv(b, b.input('x', ['n', 4, 5, 6])))
    const y = b.node('Relu', [x])
    b.output(b.node('Transpose', [y], { perm: FIRST }, 'y')).output(conv(b, first(b, b.node('Neg', [y]))))
    await check(b, { shapes: [[2, 4, 5, 6]] })
  })
})

describe('nothing is moved', () => {
  test.each<[string, (b: Builder, x: Value) => Value]>([
    ['where as many Transposes would be left', (b, x) => b.node('Relu', [last(b, x)])],
    [
      'past what sees axes as one',
      (b, x) => b.node('Reshape', [b.node('Relu', [last(b, x)]), b.ints([0, -1])]),
    ],
    [
      'where other axes are read beside it',
      (b, x) => first(b, b.node('Add', [last(b, x), b.node('Reshape', [x, b.ints([2, 5, 6, -1])])])),
    ],
  ])('%s', async (_, body) => {
    const b = new Builder()
    b.output(body(b, conv(b, b.input('x', [2, 4, 5, 6]))))
    const { result } = await check(b, { fewer: false })
    expect(Object.keys(result.details?.rules ?? {})).not.toContain('move Transposes')
  })

  test('that is to be kept', async () => {
    const b = new Builder()
    const x = last(b, conv(b, b.input('x', [2, 4, 5, 6])))
    const y = b.model.graph.add('Relu', [x], { name: 'kept' }).output() as Value
    b.output(conv(b, first(b, y)))
    const { model } = await check(b, { keep: ['kept'], fewer: false })
    expect(count(model, 'Transpose')).toBe(2)
  })

  test('past a softmax that sees axes as one', async () => {
    const { model } = await between((b, x) => b.node('Softmax', [x], { axis: int(3) }), 11)
    expect(count(model, 'Transpose')).toBe(2)
  })
})

/** Values of four axes, each of its own size. */
interface Made {
  readonly value: Value
  readonly shape: readonly number[]
}

type Step = (b: Builder, x: Made, roll: (below: number) => number, all: readonly Made[]) => Made

const same =
  (make: (b: Builder, x: Value) => Value): Step =>
  (b, { value, shape }) => ({ value: make(b, value), shape })

const PERMS = [
  [0, 2, 3, 1],
  [0, 3, 1, 2],
  [0, 1, 3, 2],
  [3, 1, 2, 0],
]

const turned: Step = (b, { value, shape }, roll) => {
  const perm = PERMS[roll(PERMS.length)] as number[]
  return {
    value: b.node('Transpose', [value], { perm: ints(perm) }),
    shape: perm.map((axis) => shape[axis] as number),
  }
}

/** Seeds of graphs in which a Transpose reads and feeds what is moved. */
const WITHIN = [561, 603, 779, 1282]

const STEPS: readonly Step[] = [
  turned,
  turned,
  turned,
  same((b, x) => b.node('Tanh', [x])),
  same((b, x) => b.node('Mul', [x, b.node('Sigmoid', [x])])),
  (b, { value, shape }, roll) => {
    const axes = shape.map((size) => (roll(2) ? size : 1)).slice(roll(4))
    return { value: b.node('Add', [value, b.random(axes)]), shape }
  },
  (b, { value, shape }, roll) => ({ value: b.node('Softmax', [value], { axis: int(roll(8) - 4) }), shape }),
  (b, { value, shape }, roll) => {
    const axis = roll(4)
    const mean = b.node('ReduceMean', [value, b.ints([axis - (roll(2) ? 4 : 0)])], { keepdims: int(1) })
    return { value: b.node('Sub', [value, mean]), shape }
  },
  (b, { value, shape }, roll) => {
    const pads = Array.from({ length: 8 }, () => roll(2))
    const padded = shape.map((size, axis) => size + (pads[axis] as number) + (pads[axis + 4] as number))
    return { value: b.node('Pad', [value, b.ints(pads)]), shape: padded }
  },
  (b, x, _, all) => {
    const other = all.findLast(({ value, shape }) => value !== x.value && `${shape}` === `${x.shape}`)
    return { value: b.node('Add', [x.value, (other ?? x).value]), shape: x.shape }
  },
  (b, x, roll, all) => {
    const other = all.findLast(({ shape }) => `${shape}` === `${x.shape}`) ?? x
    const axis = roll(4)
    const shape = x.shape.map((size, each) => (each === axis ? 2 * size : size))
    return { value: b.node('Concat', [x.value, other.value], { axis: int(axis) }), shape }
  },
]

test.each([...Array.from({ length: 60 }, (_, seed) => seed), ...WITHIN])(
  'a graph of such nodes at random computes the same, seed %d',
  async (seed) => {
    const numbers = randomNumbers(400, seed + 1)
    let at = 0
    const roll = (below: number) =>
      Math.floor((((numbers[at++ % numbers.length] ?? 0) + 1) / 2) * below) % below
    const b = new Builder()
    const all: Made[] = [{ value: b.input('x', [1, 2, 3, 4]), shape: [1, 2, 3, 4] }]
    for (let step = 0; step < 14; step++) {
      const x = all[Math.max(all.length - 1 - roll(3), 0)] as Made
      const made = (STEPS[roll(STEPS.length)] as Step)(b, x, roll, all)
      if (made.shape.every((size) => size < 24)) all.push(made)
    }
    const outputs = new Set([all.at(-1), all[roll(all.length - 1) + 1]])
    for (const made of outputs) if (made && made !== all[0]) b.output(made.value)
    await check(b, { fewer: false, tolerance: 2 ** -16 })
  },
)
