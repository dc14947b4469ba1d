/** What pruning wants of a model first: weights as initializers, and types of its values. */
import { TypeView } from '../../../analysis'
import { rewrite } from '../../../rewrite'
import type { PassContext, Skip } from '../../pass'
import { dropOverriddenInputs } from '../../simplify/overriddenInputs'
import { constantNode } from '../../simplify/rules/constantNode'

/** Says the same in other words; where types cannot be inferred, says why in `skipped`. */
export async function prepare(context: PassContext, skipped: Skip[]): Promise<TypeView> {
  const { model, graph, runtime, signal } = context
  const types = new TypeView()
  dropOverriddenInputs(model)
  const rules = { model, types, keeps: () => false, mayGrow: () => false }
  await rewrite(graph, [constantNode], rules, { signal })
  try {
    types.learn(model, await runtime.inferTypes(model))
  } catch (error) {
    if (signal.aborted) throw error
    const [message] = (error instanceof Error ? error.message : String(error)).split('\n')
    skipped.push({ at: graph.name, reason: `onnxruntime does not infer its shapes: ${message}` })
  }
  return types
}
