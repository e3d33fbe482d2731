import { z } from 'zod'
import { machineNameSchema } from './machine-spec.ts'

/** What may be changed when a machine is made from a template. */
export const TEMPLATE_FIELDS = ['vcpus', 'memoryMiB', 'diskSizes', 'networks', 'cloudInit', 'tags', 'description'] as const
export const templateSchema = z.object({
  /** What its versions share. */
  family: machineNameSchema,
  version: z.number().int().min(1),
  changeable: z.array(z.enum(TEMPLATE_FIELDS)),
})
export type Template = z.infer<typeof templateSchema>
