/** Models of float16, made of such of float32. */
import { attribute, dataTypeCode, type Model, Tensor, tensorType } from '../../src/ir'
import { fromFloat32 } from '../../src/native'

const cast = (type: 'float16' | 'float32') => ({ to: attribute.int(dataTypeCode(type)) })

/** The model with float16 weights and values, but for its inputs and outputs, which stay float32. */
export async function halved<M extends Model>(model: M): Promise<M> {
  const copy = model.clone()
  const { graph } = copy
  for (const value of graph.values) if (value.tensorType && !value.isGraphInput) value.type = undefined
  for (const value of graph.initializers) {
    const { initializer } = value
    if (initializer?.dataType !== 'float32') continue
    const bits = await fromFloat32(initializer.elements as Float32Array, 'float16')
    value.initializer = Tensor.from('float16', initializer.shape, bits, value.name)
    value.type = tensorType('float16', initializer.shape)
  }
  for (const input of graph.inputs) {
    const half = graph.createValue(`${input.name}_half`)
    graph.replaceUses(input, half)
    graph.add('Cast', [input], { outputs: [half], attributes: cast('float16'), before: graph.first })
  }
  for (const [index, output] of graph.outputs.entries()) {
    const { name } = output
    graph.rename(output, graph.uniqueName(`${name}_half`))
    const float = graph.declareValue(name, tensorType('float32'))
    graph.setOutput(index, float)
    graph.add('Cast', [output], { outputs: [float], attributes: cast('float32') })
  }
  return copy
}
