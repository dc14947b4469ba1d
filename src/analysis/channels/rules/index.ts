/** What is known of each operator of ONNX's own set; an operator that is not listed keeps all channels. */
import { convolution } from './convolution'
import { elementwise } from './elementwise'
import { gathering } from './gather'
import { layout } from './layout'
import { matrix } from './matrix'
import { normalization } from './normalization'
import { parts } from './parts'
import { reduction } from './reduction'
import { reshaping } from './reshape'
import type { Rule } from './rule'

export const rules: ReadonlyMap<string, Rule> = new Map([
  ...convolution,
  ...elementwise,
  ...gathering,
  ...layout,
  ...matrix,
  ...normalization,
  ...parts,
  ...reduction,
  ...reshaping,
])
