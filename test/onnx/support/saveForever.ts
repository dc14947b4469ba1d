/** Saves models over the one at the path given, again and again, until it is killed. */
import { Graph } from '../../../src/ir/graph'
import { Tensor } from '../../../src/ir/tensor'
import { Model } from '../../../src/model'

async function main(path: string): Promise<void> {
  for (let round = 100; ; round += 100) {
    const graph = new Graph('g')
    for (let index = 0; index < 4; index++) {
      const elements = new Float32Array(400_000).fill(round + index)
      graph.addInitializer(Tensor.from('float32', [400_000], elements), `w${index}`)
    }
    await new Model(graph).save(path, { externalData: round % 200 === 0 })
  }
}

main(process.argv[2] ?? '')
