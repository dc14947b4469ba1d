/** The bench's ResNet-50 by the default options: an acceptance line of the project, so it is held here. */
import { runModule } from '../support/benchModule'

describe('the ResNet-50 of the bench', () => {
  test('has 53 convolutions, whose equal biases are stored once and read through Identity', () => {
    const facts = runModule(`
      import { resnet50 } from './models/resnet50.mjs'
      const { graph } = resnet50()
      const convolutions = graph.nodes.filter((node) => node.opType === 'Conv')
      const biases = convolutions.map((node) => node.input(2))
      const through = biases.filter((bias) => bias.producer?.opType === 'Identity')
      give({
        convolutions: convolutions.length,
        throughIdentity: through.length,
        stored: new Set(biases.map((bias) => (bias.producer ? bias.producer.input(0) : bias).name)).size,
        parameters: graph.initializers.reduce((sum, { initializer }) => sum + initializer.size, 0),
      })
    `)
    // ResNet-50's kernels, its last layer, and one bias of each length.
    const parameters = 23_454_912 + 2048 * 1000 + 1000 + (64 + 128 + 256 + 512 + 1024 + 2048)
    expect(facts).toEqual({ convolutions: 53, throughIdentity: 47, stored: 6, parameters })
  })

  test('has all 53 convolutions in int8 after the defaults', () => {
    const result = runModule(`
      import { Tensor } from 'onnxruntime-node'
      import { compress, quantize, simplify, upgradeOpset } from '../dist/index.mjs'
      import { resnet50 } from './models/resnet50.mjs'
      import { picture } from './samples.mjs'
      const samples = [1, 2].map((seed) => {
        const { data, dims } = picture(seed)
        return { input: new Tensor('float32', data, dims) }
      })
      const { report } = await compress(resnet50(), [upgradeOpset(), simplify(), quantize.static()], { samples })
      const convolutions = report.execution.layers.filter(({ opType }) => opType === 'Conv')
      give({
        convolutions: convolutions.length,
        float: convolutions.filter(({ runsIn }) => runsIn !== 'int8'),
        fused: Object.entries(report.execution.int8Operations)
          .filter(([opType]) => opType.endsWith('QLinearConv'))
          .reduce((sum, [, count]) => sum + count, 0),
        ratio: report.result.bytes / report.original.bytes,
      })
    `)
    expect(result).toMatchObject({ convolutions: 53, float: [], fused: 53 })
    expect((result as { ratio: number }).ratio).toBeLessThan(0.26)
  })
})
