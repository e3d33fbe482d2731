import { z } from 'zod'
import { volumePlaceSchema } from '../../../shared/model/index.ts'
import { buildPlanSchema, IMPORT_KIND } from '../build/plan.ts'
import type { TaskRequest } from '../tasks/task-kind.ts'
import { DIGESTS } from './manifest.ts'

/** What a disk is read from: bytes of the package. */
const partSchema = z.object({ name: z.string(), offset: z.number(), sizeBytes: z.number(), format: z.string() })
export type PartPlan = z.infer<typeof partSchema>

/** A machine that is built, some of its disks out of a package. */
export const importPlanSchema = z.object({
  build: buildPlanSchema,
  package: volumePlaceSchema,
  /** One for each of the build's disks; null: it is made empty. */
  parts: z.array(partSchema.nullable()),
  /** Members whose bytes are compared first; empty: none are. */
  verify: z.array(
    z.object({
      name: z.string(),
      offset: z.number(),
      sizeBytes: z.number(),
      digest: z.object({ algorithm: z.enum(DIGESTS), hex: z.string() }),
    }),
  ),
  removePackage: z.boolean(),
})
export type ImportPlan = z.infer<typeof importPlanSchema>

/** `built`: what would make the same machine with empty disks. */
export function importRequest(built: TaskRequest, plan: Omit<ImportPlan, 'build'>): TaskRequest {
  return {
    ...built,
    kind: IMPORT_KIND,
    plan: { build: built.plan, package: plan.package, parts: plan.parts, verify: plan.verify, removePackage: plan.removePackage },
    params: { ...built.params, from: `${plan.package.pool}/${plan.package.volume}` },
  }
}
