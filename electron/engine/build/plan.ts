import { z } from 'zod'
import type { Json } from '../../../shared/errors/index.ts'
import {
  cloneChangesSchema,
  connectionIdSchema,
  hostIdSchema,
  machineIdSchema,
  machineNameSchema,
  machineSpecSchema,
  objectId,
  osEntrySchema,
  templateSchema,
  volumePlaceSchema,
} from '../../../shared/model/index.ts'
import type { TaskRequest } from '../tasks/task-kind.ts'
import type { Blueprint } from './blueprint.ts'
import { seedContentSchema } from './seed-content.ts'

const from = { from: volumePlaceSchema, capacityBytes: z.number().nullable() }
export const diskToMakeSchema = z.object({
  place: volumePlaceSchema,
  request: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('empty'), format: z.string(), capacityBytes: z.number() }),
    z.object({ kind: z.literal('copy'), format: z.string(), ...from }),
    z.object({ kind: z.literal('linked'), ...from }),
  ]),
  /** What is to be copied or written, for the share of the whole; an estimate. */
  bytes: z.number(),
})
export type DiskPlan = z.infer<typeof diskToMakeSchema>

const own = { uuid: z.uuid(), name: machineNameSchema, macs: z.array(z.string()), seed: volumePlaceSchema.nullable() }
const definitionSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('new'), ...own, spec: machineSpecSchema, os: osEntrySchema, disks: z.array(volumePlaceSchema) }),
  z.object({
    kind: z.literal('copy'),
    ...own,
    sourceRef: z.string(),
    mode: z.enum(['full', 'linked']),
    changes: cloneChangesSchema,
    disks: z.record(z.string(), volumePlaceSchema.extend({ format: z.string() })),
    template: templateSchema.nullable(),
  }),
])

/** What the task that makes one machine needs to know to be taken up by another process. Holds no secret. */
export const buildPlanSchema = z.object({
  connectionId: connectionIdSchema,
  hostId: hostIdSchema,
  hostRef: z.string(),
  machineId: machineIdSchema,
  /** When it was asked for: the seed's time stamp, so that it can be made again byte for byte. */
  askedAtMs: z.number(),
  definition: definitionSchema,
  disks: z.array(diskToMakeSchema),
  seed: seedContentSchema.nullable(),
  start: z.boolean(),
  /** Of a copy: the machine whose disks must not change meanwhile. */
  sourceId: machineIdSchema.nullable(),
})
export type BuildPlan = z.infer<typeof buildPlanSchema>

export const BUILD_KINDS = ['machine.create', 'machine.clone', 'machine.makeTemplate'] as const
export type BuildKind = (typeof BUILD_KINDS)[number]

/** Makes a machine too, of a package. */
export const IMPORT_KIND = 'machine.import'

export interface Order {
  readonly kind: BuildKind
  readonly host: { readonly id: BuildPlan['hostId']; readonly ref: string; readonly name: string }
  readonly connectionId: BuildPlan['connectionId']
  readonly askedAtMs: number
  readonly start: boolean
  readonly source: { readonly id: NonNullable<BuildPlan['sourceId']>; readonly name: string } | null
  /** Of a volume that is copied. */
  readonly bytesOf: (place: { readonly pool: string; readonly volume: string }) => number
}

/** Of an empty disk or an overlay, which only gets its first blocks. */
const FEW_BYTES = 1_048_576

export function buildRequest(blueprint: Blueprint, order: Order): TaskRequest {
  const { definition, disks, seed } = blueprint
  const { connectionId, host, source } = order
  const machineId = objectId<BuildPlan['machineId']>(connectionId, 'm', definition.uuid)
  const plan = {
    connectionId,
    hostId: host.id,
    hostRef: host.ref,
    machineId,
    askedAtMs: order.askedAtMs,
    definition,
    disks: disks.map(({ place, request }) => ({
      place,
      request,
      bytes: request.kind === 'copy' ? order.bytesOf(request.from) : FEW_BYTES,
    })),
    seed,
    start: order.start,
    sourceId: source?.id ?? null,
  }
  return {
    kind: order.kind,
    plan: plainJson(plan),
    params: {
      host: host.name,
      ...(source && { from: source.name }),
      ...(definition.kind === 'new' && { os: definition.spec.os }),
      disks: disks.map(({ place }) => `${place.pool}/${place.volume}`),
    },
    target: { entity: 'machine', id: machineId, name: definition.name },
    connectionId,
    hostId: host.id,
  }
}

/** As the journal gives it back: without what is undefined. */
function plainJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json
}
