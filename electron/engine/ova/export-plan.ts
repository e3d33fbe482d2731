import { z } from 'zod'
import {
  connectionIdSchema,
  FIRMWARES,
  machineIdSchema,
  machineNameSchema,
  osEntrySchema,
  volumePlaceSchema,
} from '../../../shared/model/index.ts'
import type { ExportedMachine } from './ovf-write.ts'

const exportedDiskSchema = z.object({
  from: volumePlaceSchema,
  sourceFormat: z.string().nullable(),
  capacityBytes: z.number(),
  allocationBytes: z.number(),
  bus: z.string(),
  /** Where it lies, converted, until the package is taken. */
  place: volumePlaceSchema,
})

/** What the task that exports a machine needs to know to be taken up by another process. */
export const exportPlanSchema = z.object({
  exportId: z.uuid(),
  machineId: machineIdSchema,
  connectionId: connectionIdSchema,
  hostRef: z.string(),
  name: machineNameSchema,
  description: z.string().nullable(),
  os: osEntrySchema,
  vcpus: z.number(),
  memoryMiB: z.number(),
  firmware: z.enum(FIRMWARES),
  nics: z.array(z.object({ network: z.string(), model: z.string() })),
  disks: z.array(exportedDiskSchema),
  /** When it was asked for: the time stamp of the files in the package. */
  askedAtMs: z.number(),
})
export type ExportPlan = z.infer<typeof exportPlanSchema>

export const EXPORT_KIND = 'machine.export'

/** What stands in file names of the package: whatever every system takes. */
export function fileStem(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '')
    .slice(0, 60)
  return plain === '' ? 'machine' : plain
}

/** `sizes`: of the converted disks, in their order. */
export function exportedMachine(plan: ExportPlan, sizes: readonly number[]): ExportedMachine {
  const stem = fileStem(plan.name)
  return {
    ...plan,
    disks: plan.disks.map(({ capacityBytes, bus }, index) => ({
      fileName: `${stem}-disk${index + 1}.vmdk`,
      sizeBytes: sizes[index] ?? 0,
      capacityBytes,
      bus,
    })),
  }
}
