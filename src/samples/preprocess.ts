/** How images become tensors. */

export interface Preprocess {
  /** Size in pixels; one of both keeps the proportions. Left out, images keep their size. */
  readonly resize?:
    | {
        readonly width?: number | undefined
        readonly height?: number | undefined
        /** How proportions are kept: `'fill'` (the default) stretches; the others as in sharp. */
        readonly fit?: 'fill' | 'cover' | 'contain' | 'inside' | 'outside' | undefined
      }
    | undefined
  /** Order of the axes; `'NCHW'` if left out. */
  readonly layout?: 'NCHW' | 'NHWC' | undefined
  /** Order of the colors; `'RGB'` if left out. */
  readonly channels?: 'RGB' | 'BGR' | 'gray' | undefined
  /** What 0 to 255 is multiplied by first; 1/255 for floats and 1 for integers if left out. */
  readonly scale?: number | undefined
  /** Taken off after `scale`, one number or one a channel in the order of `channels`; 0 if left out. */
  readonly mean?: number | readonly number[] | undefined
  /** Divided by after `mean`; 1 if left out. */
  readonly std?: number | readonly number[] | undefined
  /** Element type; the input's own if left out. */
  readonly dtype?: 'float32' | 'float16' | 'float64' | 'uint8' | 'int8' | undefined
}
