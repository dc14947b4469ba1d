import type { Model } from '../../ir'

/**
 * Before IR version 4 every initializer was also listed as an input, and still a constant. Later versions let the
 * caller override it then, which no runtime folds; so the inputs go when the version is raised.
 */
export function dropOverriddenInputs(model: Model): void {
  if (model.irVersion >= 4) return
  for (const input of [...model.graph.inputs])
    if (input.initializer || input.sparseInitializer) model.graph.removeInput(input)
  model.irVersion = 4
}
