import { z } from 'zod'
import { buildFindingSchema } from '../model/build.ts'
import { machineIdSchema, poolIdSchema, taskIdSchema } from '../model/ids.ts'
import { machineNameSchema, machineSpecSchema, volumeNameSchema } from '../model/machine-spec.ts'
import { ovaContentsSchema } from '../model/ova.ts'
import { command, query } from './base.ts'

/** The package: a volume of a pool. The machine is made on the pool's host. */
const place = { poolId: poolIdSchema, name: volumeNameSchema }
const asked = {
  reason: z.string().max(1_000).optional(),
  /** Chosen by the caller: the same token again within a minute answers with the same task (a double click is one click). */
  token: z.string().max(100).optional(),
}

export const ovaImportInput = z.object({
  ...place,
  machine: machineNameSchema,
  /** As `inspect` proposed it, changed at will; the package's disks are its first. */
  spec: machineSpecSchema,
  /** Reads all of the package first and compares it with its manifest. */
  verify: z.boolean().default(true),
  start: z.boolean().default(false),
  /** Deletes the package once the machine is made: that needs `volume.write` as well. */
  removePackage: z.boolean().default(false),
})
export type OvaImportInput = z.infer<typeof ovaImportInput>

const example = { poolId: 'c1.p.77aa', name: 'appliance.ova' }
const disk = { source: { kind: 'new', pool: 'default', sizeBytes: 21_474_836_480, format: 'qcow2' }, bus: 'sata' }
const spec = {
  os: 'debian12',
  cpu: { vcpus: 2, mode: 'host-passthrough' },
  memoryMiB: 2_048,
  disks: [disk],
  nics: [{ source: { kind: 'network', network: 'default' }, model: 'e1000' }],
}
const importExample = { ...example, machine: 'appliance', spec }

/** Machines as packages of the Open Virtualization Format (DMTF DSP0243). */
export const ova = {
  inspect: query('/ova/inspect', {
    permission: 'volume.read',
    summary: 'What a package holds, and the machine that would be made of it',
    example,
  })
    .input(z.object({ ...place, pool: z.string().min(1).optional() }))
    .output(ovaContentsSchema),
  check: query('/ova/check', {
    permission: 'volume.read',
    summary: 'What stands in the way of importing a package',
    example: importExample,
  })
    .route({ method: 'POST' })
    .input(ovaImportInput)
    .output(z.object({ findings: z.array(buildFindingSchema) })),
  import: command('/ova/import', { permission: 'machine.create', summary: 'Make a machine of a package', example: importExample })
    .input(ovaImportInput.extend(asked))
    .output(z.object({ taskId: taskIdSchema })),
  /** The machine must be off. Its disks are converted beside themselves; then the task waits, half an hour, for the package to be taken. */
  export: command('/ova/export', { permission: 'volume.read', summary: 'Make a package of a machine', example: { machineId: 'c1.m.5d3c' } })
    .input(
      z.object({
        machineId: machineIdSchema,
        /** Where the converted disks lie meanwhile; null: each beside its original. */
        pool: z.string().min(1).nullable().default(null),
        ...asked,
      }),
    )
    .output(
      z.object({
        taskId: taskIdSchema,
        /** For `download`. */
        exportId: z.string(),
        /** Disks that do not come along: shared with other machines, or read-only. */
        leftOut: z.array(z.string()),
      }),
    ),
  /** Its bytes go over a channel of their own, once, within 30 seconds; whoever did not get them all may ask again. */
  download: command('/ova/download', {
    permission: 'volume.read',
    summary: 'Take a package that waits',
    example: { exportId: '0f8fad5b-d9cb-469f-a165-70867728950e' },
  })
    .input(z.object({ exportId: z.string().min(1).max(100) }))
    .output(z.object({ token: z.string(), sizeBytes: z.number(), fileName: z.string() })),
}
