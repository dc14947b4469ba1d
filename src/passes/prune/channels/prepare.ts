/** What pruning wants of a model first: weights as initializers, and types of its values. */
import { TypeView } from '../../../analysis'
import type { Model, ValueType } from '../../../ir'
import { rewrite } from '../../../rewrite'
import type { PassContext, Skip } from '../../pass'
import { dropOverriddenInputs } from '../../simplify/overriddenInputs'
import { constantNode } from '../../simplify/rules/constantNode'

/** The types of the values of the model, or of a copy of it. */
export type TypesOf = (model: Model) => TypeView

/** Says the same in other words; where types cannot be inferred, says why in `skipped`. */
export async function prepare(context: PassContext, skipped: Skip[]): Promise<TypesOf> {
  const { model, graph, runtime, signal } = context
  dropOverriddenInputs(model)
  const rules = { model, types: new TypeView(), keeps: () => false, mayGrow: () => false }
  await rewrite(graph, [constantNode], rules, { signal })
  const inferred = await runtime.inferTypes(model).catch((error: unknown): Map<string, ValueType> => {
    if (signal.aborted) throw error
    const [message] = (error instanceof Error ? error.message : String(error)).split('\n')
    skipped.push({ at: graph.name, reason: `onnxruntime does not infer its shapes: ${message}` })
    return new Map()
  })
  return (of) => {
    const types = new TypeView()
    types.learn(of, inferred)
    return types
  }
}
