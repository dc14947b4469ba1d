/** The form of a recipe. */
import { z } from 'zod'

const perChannel = z.union([z.number(), z.array(z.number()).min(1).max(4)])

export const preprocessSchema = z.strictObject({
  resize: z
    .strictObject({
      width: z.int().positive().max(65536).optional(),
      height: z.int().positive().max(65536).optional(),
      fit: z.enum(['fill', 'cover', 'contain', 'inside', 'outside']).optional(),
    })
    .optional(),
  layout: z.enum(['NCHW', 'NHWC']).optional(),
  channels: z.enum(['RGB', 'BGR', 'gray']).optional(),
  scale: z.number().optional(),
  mean: perChannel.optional(),
  std: perChannel.optional(),
  dtype: z.enum(['float32', 'float16', 'float64', 'uint8', 'int8']).optional(),
})

/** A pass by name, or an object with one key, the name, and its options. */
const passSchema = z.union([z.string(), z.record(z.string(), z.unknown())])

export const recipeSchema = z.strictObject({
  passes: z.array(passSchema).min(1).max(100),
  samples: z.string().min(1).optional(),
  preprocess: preprocessSchema.optional(),
  seed: z.int().optional(),
})

export type RecipeData = z.infer<typeof recipeSchema>
