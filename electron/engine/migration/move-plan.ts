import { z } from 'zod'
import type { Json } from '../../../shared/errors/index.ts'
import {
  connectionIdSchema,
  type Host,
  hostIdSchema,
  type MachineId,
  type MigrationSpec,
  type MoveParams,
  migrationPredictionSchema,
  migrationSpecSchema,
  moveParamsSchema,
  moveTakeSchema,
  nicMoveSchema,
  objectId,
} from '../../../shared/model/index.ts'
import { type EndFacts, type MoveOrder, type OutgoingDisk, reachedAt } from '../../providers/provider.ts'
import type { TaskRequest } from '../tasks/task-kind.ts'
import { type Accepts, acceptsSchema } from './accepts.ts'
import { carriageOf, carriageSchema, pathOf, WHOLE_FORMAT } from './carriage.ts'
import { withComing } from './coming.ts'
import { markOf } from './definition-mark.ts'
import { filledWish } from './fill-wish.ts'
import type { Journey } from './journey.ts'
import type { Looked } from './preflight.ts'
import { snapshotCount } from './snapshot-count.ts'

export const MIGRATE_KIND = 'machine.migrate'

const endSchema = z.object({
  hostId: hostIdSchema,
  hostRef: z.string(),
  hostName: z.string(),
  connectionId: connectionIdSchema,
  /** By which the other one reaches it. */
  address: z.string(),
})

const placeSchema = z.object({ pool: z.string(), volume: z.string(), folder: z.string() })

/** What a move needs to be taken up by another process. Holds no definition and no secret. */
export const movePlanSchema = z.object({
  spec: migrationSpecSchema,
  ref: z.string(),
  /** As it is called before the move. */
  name: z.string(),
  source: endSchema,
  target: endSchema,
  acceptsWarnings: acceptsSchema,
  /** Volumes that are made at the target, in the order of `spec.disks` that are copied. */
  volumes: z.array(
    z.object({
      target: z.string(),
      pool: z.string(),
      volume: z.string(),
      /** Of the pool at the target; null: it has none, and the path is the hypervisor's to choose. */
      folder: z.string().nullable(),
      format: z.string(),
      capacityBytes: z.number(),
      /** What lies at the source, to be deleted at the end if that is wished; null: it is in no pool. */
      from: placeSchema.nullable(),
    }),
  ),
  /** Null: the hypervisor itself copies what is copied. Else this console carries it, as the machine is off. */
  carriage: carriageSchema.nullable().default(null),
  /** It has snapshots, which its host forgets and the target is told of. */
  snapshots: z.boolean().default(false),
  /** On what its cards hang before the move. */
  nicsBefore: z.array(nicMoveSchema),
  /** How it was, and is to be again. */
  before: z.object({
    isPaused: z.boolean(),
    isPersistent: z.boolean(),
    autostart: z.boolean(),
    agentAnswers: z.boolean(),
    /** Fingerprint of what people have written about it; null: not known. */
    mark: z.string().nullable(),
  }),
  /** Of several at once: those of one group wait for each other. */
  slot: z.object({ group: z.string(), atOnce: z.number() }).nullable(),
  /** By the clock: of which plan, and when it must have begun; null: whenever its turn comes. */
  planned: z.object({ id: z.string(), beginsUntilMs: z.number().nullable() }).nullable().default(null),
  prediction: migrationPredictionSchema.nullable(),
  /** What it takes at the target. */
  takes: z.array(moveTakeSchema).default([]),
})
export type MovePlan = z.infer<typeof movePlanSchema>

/** What a look has found, as a task. `slot`: of several at once. `planned`: by the clock. */
export function moveRequest(
  looked: Looked,
  accepts: Accepts,
  slot: MovePlan['slot'] = null,
  planned: MovePlan['planned'] = null,
): TaskRequest {
  const { preflight, sides, out, into, carried } = looked
  const { machine, source, target } = sides
  const { spec, prediction } = preflight
  const copied = spec.disks.filter(({ how }) => how === 'copy')
  return requestOf({
    spec,
    ref: machine.nativeRef,
    name: machine.name,
    source: endOf(source, out.host, into.host),
    target: endOf(target, into.host, out.host),
    acceptsWarnings: typeof accepts === 'boolean' ? accepts : [...accepts],
    volumes: copied.map(({ target: dev, pool, volume }) => {
      const disk = out.disks.find((each) => each.target === dev)
      const place = pool ?? disk?.pool ?? ''
      return {
        target: dev,
        pool: place,
        volume: volume ?? disk?.volume ?? '',
        folder: into.pools.find(({ name }) => name === place)?.path?.replace(/\/$/, '') ?? null,
        format: carried && disk && disk.backing.length > 0 ? WHOLE_FORMAT : (disk?.format ?? 'raw'),
        capacityBytes: disk?.capacityBytes ?? 0,
        from: disk ? placeOf(disk) : null,
      }
    }),
    carriage: carriageOf(looked),
    snapshots: snapshotCount(out) > 0,
    nicsBefore: filledWish({ ...spec, nics: [] }, out, into).nics,
    before: {
      isPaused: out.isPaused,
      isPersistent: out.isPersistent,
      autostart: out.autostart ?? machine.autostart === true,
      // one that stands still answers nobody
      agentAnswers: out.isRunning && !out.isPaused && out.agentAnswers === true,
      mark: markOf(out.xml),
    },
    slot,
    planned,
    prediction,
    takes: withComing(preflight.takes, []),
  })
}

export function requestOf(plan: MovePlan): TaskRequest {
  const { spec, name, source } = plan
  const there = arrivesAs(plan)
  return {
    kind: MIGRATE_KIND,
    plan: JSON.parse(JSON.stringify(plan)) as Json,
    params: shownOf(plan),
    target: { entity: 'machine', id: spec.machineId, name },
    holds: there === null ? [] : [{ entity: 'machine', id: there, name: spec.rename ?? name }],
    connectionId: source.connectionId,
    hostId: source.hostId,
  }
}

/** What pages show of it, with what was foretold. */
function shownOf(plan: MovePlan): TaskRequest['params'] {
  const { spec, source, target, planned, prediction, takes } = plan
  const there = arrivesAs(plan)
  const { mode, control, targetHostId, disks, rename, bandwidthBytesPerS, maxDowntimeMs } = spec
  const shown: MoveParams = {
    mode,
    control,
    sourceHostId: source.hostId,
    targetHostId,
    from: source.hostName,
    to: target.hostName,
    copied: disks.filter(({ how }) => how === 'copy').length,
    ...(rename !== null && { rename }),
    ...(planned !== null && { planId: planned.id }),
    ...(there !== null && { arrivesAs: there }),
    bandwidthBytesPerS,
    maxDowntimeMs,
    prediction,
    takes,
  }
  return JSON.parse(JSON.stringify(moveParamsSchema.parse(shown))) as TaskRequest['params']
}

/** Its id at the target, where it is seen before it has come; null: it keeps its own. */
function arrivesAs({ spec, target, ref }: MovePlan): MachineId | null {
  const there = objectId<MachineId>(target.connectionId, 'm', ref)
  return there === spec.machineId ? null : there
}

export function journeyOf({ ref, name, source, spec }: MovePlan): Journey {
  return { ref, name, sourceHostId: source.hostId, targetHostId: spec.targetHostId, isCold: spec.mode === 'cold' }
}

export function orderOf(plan: MovePlan): MoveOrder {
  const { spec, volumes, target } = plan
  return {
    spec,
    files: filesOf(plan),
    copies: plan.carriage ? [] : volumes.map((volume) => volume.target),
    ...(plan.carriage?.nvram && { nvram: pathOf(plan.carriage.nvram.to) }),
    targetAddress: target.address,
    targetUri: targetUriOf(plan),
  }
}

/** Where the copied disks lie at the target, as far as that is this console's to say. */
export function filesOf({ volumes }: MovePlan): Array<{ readonly target: string; readonly path: string; readonly format: string }> {
  return volumes.flatMap(({ target, folder, volume, format }) => (folder === null ? [] : [{ target, path: `${folder}/${volume}`, format }]))
}

/** `qemu+ssh://…` of the target, for a move that the source's own daemon leads. */
export function targetUriOf({ spec, target }: { readonly spec: MigrationSpec; readonly target: MovePlan['target'] }): string | null {
  const host = target.address.includes(':') ? `[${target.address}]` : target.address
  return spec.control === 'peer' ? `qemu+ssh://${host}/system` : null
}

function endOf(host: Host, facts: EndFacts, other: EndFacts): MovePlan['source'] {
  return {
    hostId: host.id,
    hostRef: host.nativeRef,
    hostName: host.name,
    connectionId: host.connectionId,
    address: reachedAt(facts, other),
  }
}

function placeOf({ pool, volume, path }: OutgoingDisk): { pool: string; volume: string; folder: string } | null {
  if (pool === null || volume === null || !path?.startsWith('/')) return null
  return { pool, volume, folder: path.slice(0, path.lastIndexOf('/')) }
}
