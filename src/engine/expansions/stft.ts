/** A short-time Fourier transform is a convolution of the signal by waves. */
import { numbersOf } from '../../analysis'
import { attribute, Tensor } from '../../ir'
import type { Rule } from '../../rewrite'
import { type Expansion, float32Expansion } from './expansion'

/** With longer frames a fast transform is faster, and waves take many megabytes. */
const LONGEST_FRAME = 1024

function shortTimeFourier(site: Expansion): string | undefined {
  const { node } = site
  const [signal, step, window, length] = node.inputs
  const [hop] = numbersOf(step) ?? []
  const [given] = numbersOf(length) ?? []
  const frame = window?.constant?.size ?? given
  if (!hop || !frame || (window && !window.constant) || (given ?? frame) !== frame)
    return 'its frames are not known'
  if (frame > LONGEST_FRAME) return `frames of ${frame}`
  if (!isReal(site)) return 'its signal may be complex'
  const bins = node.int('onesided', 1) !== 0 ? Math.floor(frame / 2) + 1 : frame
  const waves = site.constant(wavesOf(bins, frame, window?.constant?.toNumbers()))
  const row = site.add('Reshape', [signal, site.constant(Tensor.int64([0, 1, -1]))])
  const sums = site.add('Conv', [row, waves], {
    strides: attribute.ints([hop]),
    kernel_shape: attribute.ints([frame]),
  })
  const frames = site.add('Transpose', [sums], { perm: attribute.ints([0, 2, 1]) })
  site.finish('Reshape', [frames, site.constant(Tensor.int64([0, 0, bins, 2]))])
  return undefined
}

/** [batch, length] or [batch, length, 1]. */
function isReal(site: Expansion): boolean {
  const signal = site.node.input(0)
  const rank = site.rankOf(signal)
  return rank === 2 || (rank === 3 && signal?.tensorType?.shape?.[2] === 1)
}

/** Real and imaginary part of each frequency, one after the other: [2 · bins, 1, frame]. */
function wavesOf(bins: number, frame: number, window: readonly number[] | undefined): Tensor {
  const turn = Array.from({ length: frame }, (_, at) => (2 * Math.PI * at) / frame)
  const [cosines, sines] = [turn.map(Math.cos), turn.map(Math.sin)]
  const waves = new Float32Array(2 * bins * frame)
  for (let bin = 0, to = 0; bin < bins; bin++, to += 2 * frame) {
    for (let at = 0; at < frame; at++) {
      const angle = (bin * at) % frame
      const weight = window?.[at] ?? 1
      waves[to + at] = weight * (cosines[angle] ?? 0)
      waves[to + frame + at] = -weight * (sines[angle] ?? 0)
    }
  }
  return Tensor.from('float32', [2 * bins, 1, frame], waves)
}

export const stftExpansions: readonly Rule[] = [float32Expansion(['STFT'], shortTimeFourier)]
