import { z } from 'zod'
import { cloudInitSchema } from '../../../shared/model/index.ts'

/** What a seed image is made of, as far as anybody may read it. */
export const seedContentSchema = z.object({
  description: cloudInitSchema.omit({ userData: true }),
  /** Their values are in the secret store until the seed is made. */
  withPassword: z.boolean(),
  withUserData: z.boolean(),
})
export type SeedContent = z.infer<typeof seedContentSchema>
