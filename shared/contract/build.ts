import { z } from 'zod'
import {
  buildFindingSchema,
  buildOptionsSchema,
  buildPreviewSchema,
  cloneChangesSchema,
  cloneSourceSchema,
  cloudInitChoicesSchema,
  namePatternSchema,
} from '../model/build.ts'
import { cloudInitSchema } from '../model/cloud-init.ts'
import { hostIdSchema, machineIdSchema, taskIdSchema } from '../model/ids.ts'
import { cpuSpecSchema, machineNameSchema, machineSpecSchema } from '../model/machine-spec.ts'
import { osCatalogueSchema } from '../model/os-catalogue.ts'
import { TEMPLATE_FIELDS } from '../model/template.ts'
import { command, query, secretSchema } from './base.ts'

const MOST_AT_ONCE = 200

const { user } = cloudInitSchema.shape
const cloudInit = cloudInitChoicesSchema.extend({
  user: user
    .unwrap()
    .omit({ passwordHash: true })
    .extend({ password: secretSchema.min(1).optional() })
    .optional(),
  /** A user-data text of one's own, in place of everything but the host name and the network. It may hold passwords. */
  userData: secretSchema.optional(),
})

const many = {
  name: namePatternSchema,
  count: z.number().int().min(1).max(MOST_AT_ONCE).default(1),
  /** The first one's number. */
  first: z.number().int().min(0).max(1_000_000).default(1),
  cloudInit: cloudInit.nullable().default(null),
}
const asked = {
  reason: z.string().max(1_000).optional(),
  /** Chosen by the caller: the same token again within a minute answers with the same task (a double click is one click). */
  token: z.string().max(100).optional(),
}

/** One or many new machines, alike but for what is theirs alone. */
export const buildInput = z.object({ hostId: hostIdSchema, ...many, spec: machineSpecSchema, start: z.boolean().default(true) })
export type BuildInput = z.infer<typeof buildInput>
/** Machines made from one that is there, or from a template. */
export const cloneInput = z.object({
  machineId: machineIdSchema,
  ...many,
  /** `linked`: overlays that need the original's disks, unchanged, for ever; for templates. */
  mode: z.enum(['full', 'linked']).default('full'),
  /** Where the new disks go; null: each beside its original. */
  pool: z.string().min(1).nullable().default(null),
  changes: cloneChangesSchema.default({}),
  start: z.boolean().default(false),
})
export type CloneInput = z.infer<typeof cloneInput>

const findings = z.object({ names: z.array(z.string()), findings: z.array(buildFindingSchema) })
const begun = z.object({ taskId: taskIdSchema, names: z.array(z.string()) })

const size = { vcpus: 2, mode: 'host-passthrough' }
const disk = { source: { kind: 'new', pool: 'default', sizeBytes: 21_474_836_480, format: 'qcow2' } }
const spec = { os: 'debian12', cpu: size, memoryMiB: 2_048, disks: [disk], nics: [{ source: { kind: 'network', network: 'default' } }] }
const example = { hostId: 'c1.h.5d3c', name: 'web-{nn}', count: 3, spec }
const cloneExample = { machineId: 'c1.m.5d3c', name: 'web-04', mode: 'full' }

/** Making machines: from nothing, from images, from each other. */
export const build = {
  catalogue: query('/build/catalogue', { permission: 'inventory.read', summary: 'Operating systems, their needs and images' })
    .input(z.object({}))
    .output(osCatalogueSchema),
  options: query('/build/options', {
    permission: 'inventory.read',
    summary: 'What a host can build, and what it would choose',
    example: { hostId: 'c1.h.5d3c' },
  })
    .input(z.object({ hostId: hostIdSchema }))
    .output(buildOptionsSchema),
  /** The processor that every one of these hosts can give, so that the machine may move among them. */
  commonCpu: query('/build/common-cpu', {
    permission: 'inventory.read',
    summary: 'The common baseline of several hosts’ processors',
    example: { hostIds: ['c1.h.5d3c', 'c2.h.77aa'] },
  })
    .route({ method: 'POST' })
    .input(z.object({ hostIds: z.array(hostIdSchema).min(1).max(100) }))
    .output(z.object({ model: cpuSpecSchema.shape.model, features: cpuSpecSchema.shape.features })),
  checkUserData: query('/build/check-user-data', {
    permission: 'inventory.read',
    summary: 'What cloud-init would make of a user-data text',
    example: { userData: 'correct horse battery staple' },
  })
    .route({ method: 'POST' })
    .input(z.object({ userData: secretSchema }))
    .output(
      z.object({
        kind: z.enum(['cloud-config', 'script', 'mime']).nullable(),
        /** Where it could not be read on; lines and columns count from 1. */
        problem: z.object({ line: z.number(), column: z.number(), reason: z.string(), text: z.string() }).nullable(),
        unknownKeys: z.array(z.object({ key: z.string(), line: z.number(), column: z.number() })),
      }),
    ),
  check: query('/build/check', { permission: 'inventory.read', summary: 'What stands in the way of making these machines', example })
    .route({ method: 'POST' })
    .input(buildInput)
    .output(findings),
  preview: query('/build/preview', { permission: 'inventory.read', summary: 'The definition of the first of these machines', example })
    .route({ method: 'POST' })
    .input(buildInput)
    .output(buildPreviewSchema),
  create: command('/build/create', {
    permission: 'machine.create',
    summary: 'Make machines: one task, with a child for each when there are several',
    example,
  })
    .input(buildInput.extend(asked))
    .output(begun),
  cloneSource: query('/build/clone-source', {
    permission: 'inventory.read',
    summary: 'What a machine is to its clones',
    example: { machineId: 'c1.m.5d3c' },
  })
    .input(z.object({ machineId: machineIdSchema }))
    .output(cloneSourceSchema),
  checkClone: query('/build/check-clone', {
    permission: 'inventory.read',
    summary: 'What stands in the way of making these clones',
    example: cloneExample,
  })
    .route({ method: 'POST' })
    .input(cloneInput)
    .output(findings),
  previewClone: query('/build/preview-clone', {
    permission: 'inventory.read',
    summary: 'The definition of the first of these clones',
    example: cloneExample,
  })
    .route({ method: 'POST' })
    .input(cloneInput)
    .output(buildPreviewSchema),
  clone: command('/build/clone', {
    permission: 'machine.create',
    summary: 'Make machines from one that is there, or from a template',
    example: cloneExample,
  })
    .input(cloneInput.extend(asked))
    .output(begun),
  /** A whole copy, with its own disks, that is never started. The machine must be off. */
  makeTemplate: command('/build/make-template', {
    permission: 'machine.create',
    summary: 'Make the next version of a template from a machine',
    example: { machineId: 'c1.m.5d3c', family: 'web', changeable: ['vcpus', 'memoryMiB', 'cloudInit'] },
  })
    .input(
      z.object({
        machineId: machineIdSchema,
        family: machineNameSchema,
        changeable: z.array(z.enum(TEMPLATE_FIELDS)).default([...TEMPLATE_FIELDS]),
        description: z.string().max(100_000).optional(),
        pool: z.string().min(1).nullable().default(null),
        ...asked,
      }),
    )
    .output(begun.extend({ version: z.number().int() })),
}
