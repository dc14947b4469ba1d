/** The stages of one division of a graph, alive as long as runs go through them. */
import type { FeedTensor } from '../../runtime'
import { NativeStage } from './nativeStage'
import type { Tensors } from './plan'
import type { RuntimeStage } from './runtimeStage'

export type Stage = NativeStage | RuntimeStage

export class StageSet {
  private users = 0
  private isRetired = false
  private readonly waiting: (() => void)[] = []

  private readonly isAlone = () => this.users === 1

  constructor(readonly stages: readonly Stage[]) {}

  /** Runs stage after stage; returns all values by name. */
  async run(given: Tensors, isProfiled: boolean): Promise<Map<string, FeedTensor>> {
    this.users++
    try {
      const values = new Map(given)
      for (const stage of this.stages) {
        const results =
          stage instanceof NativeStage
            ? await stage.run(values, isProfiled, this.isAlone)
            : await stage.run(values)
        for (const [name, tensor] of results) values.set(name, tensor)
      }
      return values
    } finally {
      this.users--
      if (this.isRetired && this.users === 0) await this.free()
    }
  }

  /** Frees the stages once the runs under way are done; no run may begin any more. */
  async retire(): Promise<void> {
    this.isRetired = true
    if (this.users === 0) return this.free()
    return new Promise((resolve) => {
      this.waiting.push(resolve)
    })
  }

  private async free(): Promise<void> {
    for (const stage of this.stages) await stage.release()
    for (const resolve of this.waiting) resolve()
  }
}
