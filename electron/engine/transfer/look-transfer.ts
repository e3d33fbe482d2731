import { randomBytes } from 'node:crypto'
import type { Json } from '../../../shared/errors/index.ts'
import {
  type MigrationFinding,
  type MigrationSpec,
  migrationSpecSchema,
  type TransferSpec,
  type Volume,
} from '../../../shared/model/index.ts'
import { keeperOf } from '../build/disk-step.ts'
import { nvramOf } from '../migration/carriage.ts'
import { type Looked, lookBefore, type PreflightPorts } from '../migration/preflight.ts'
import { linkTo, sidesOf } from '../migration/sides.ts'
import type { TaskRequest } from '../tasks/task-kind.ts'
import { coldFindings, forCold } from './cold-findings.ts'
import { TRANSFER_KIND, type TransferTask } from './transfer-task.ts'

const READ_TIMEOUT_MS = 60_000

export interface LookedCold extends Looked {
  readonly wish: TransferSpec
  readonly findings: readonly MigrationFinding[]
  /** Of the disks that are copied, by target. */
  readonly volumes: ReadonlyMap<string, Volume>
}

/** Looks at both hosts and judges, as for a move of a machine that is off. Only reads. Throws what {@link lookBefore} does. */
export async function lookCold(ports: PreflightPorts, wish: TransferSpec, signal: AbortSignal): Promise<LookedCold> {
  const looked = await lookBefore(ports, await filledCold(ports, wish, signal), signal)
  const { sides, out, into, preflight } = looked
  const { inventory, links } = ports
  const keeper = keeperOf({ link: linkTo(sides.source, inventory, links) })
  const call = { signal, timeoutMs: READ_TIMEOUT_MS }
  const volumes = new Map<string, Volume>()
  for (const { target, how } of preflight.spec.disks) {
    const disk = out.disks.find((each) => each.target === target)
    if (how !== 'copy' || !disk?.pool || !disk.volume) continue
    const volume = await keeper.find(sides.source.nativeRef, { pool: disk.pool, volume: disk.volume }, call)
    if (volume) volumes.set(target, volume)
  }
  const onOthers = new Set([...volumes].flatMap(([target, { backingPath }]) => (backingPath === null ? [] : [target])))
  const { convert } = onOthers.size > 0 ? await keeper.abilities(sides.source.nativeRef, call) : { convert: null }
  const findings = [
    ...forCold(preflight.findings),
    ...coldFindings({
      spec: preflight.spec,
      source: wish.source,
      out,
      into,
      targetName: sides.target.name,
      onOthers,
      noConversion: convert?.text ?? null,
      carriesNvram: looked.carried?.opensFolders === true,
    }),
  ]
  return { ...looked, wish, findings, volumes }
}

/** With the pool and the network that stand for all disks and cards that are not named. */
async function filledCold({ inventory, links }: PreflightPorts, wish: TransferSpec, signal: AbortSignal): Promise<MigrationSpec> {
  const spec = coldSpec(wish)
  const { pool, network } = wish
  if (pool === null && network === null) return spec
  const { machine, from } = sidesOf(wish.machineId, wish.targetHostId, inventory, links)
  const out = await from.outgoing(machine.nativeRef, { signal, timeoutMs: READ_TIMEOUT_MS })
  const goes = ({ device, path, isShareable }: (typeof out.disks)[number]) => device === 'disk' && path !== null && !isShareable
  const disks = out.disks.filter((disk) => goes(disk) && !spec.disks.some(({ target }) => target === disk.target))
  const nics = out.nics.filter(({ mac }) => !spec.nics.some((nic) => nic.mac.toLowerCase() === mac))
  return {
    ...spec,
    disks: [
      ...spec.disks.map((disk) => (disk.how === 'copy' ? { ...disk, pool: disk.pool ?? pool } : disk)),
      ...(pool === null ? [] : disks.map(({ target, volume }) => ({ target, how: 'copy' as const, pool, volume }))),
    ],
    nics: [...spec.nics, ...(network === null ? [] : nics.map(({ mac }) => ({ mac, on: network })))],
  }
}

export function coldSpec({ machineId, targetHostId, disks, nics, rename }: TransferSpec): MigrationSpec {
  return migrationSpecSchema.parse({ machineId, targetHostId, disks, nics, rename, mode: 'cold', control: 'client' })
}

/** The task that does it, from a look that found nothing in the way. */
export function coldRequest({ wish, preflight, sides, out, into, carried, volumes }: LookedCold, acceptsWarnings: boolean): TaskRequest {
  const { machine, source, target } = sides
  const { spec } = preflight
  const task: TransferTask = {
    spec,
    ref: machine.nativeRef,
    name: machine.name,
    connectionId: machine.connectionId,
    sourceHostId: source.id,
    sourceHostRef: source.nativeRef,
    targetHostRef: target.nativeRef,
    source: wish.source,
    acceptsWarnings,
    flattened: [],
    copies: [],
    nvram: carried?.opensFolders ? nvramOf(out, into) : null,
    files: [],
    own: [],
  }
  for (const { target: dev, how, pool, volume: name } of spec.disks) {
    const disk = out.disks.find((each) => each.target === dev)
    const volume = volumes.get(dev)
    if (how !== 'copy' || !disk?.pool || !disk.volume || !volume) continue
    const own = { pool: disk.pool, volume: disk.volume }
    const isWhole = volume.backingPath === null
    const whole = isWhole ? own : { pool: disk.pool, volume: `${machine.name}-${dev}-${randomBytes(3).toString('hex')}.qcow2` }
    const format = isWhole ? (disk.format ?? volume.format ?? 'raw') : 'qcow2'
    const bytes = volume.allocationBytes
    if (!isWhole) task.flattened.push({ from: own, sourceFormat: disk.format ?? 'qcow2', place: whole, bytes })
    const place = { pool: pool ?? disk.pool, volume: name ?? disk.volume }
    task.copies.push({
      target: dev,
      machineId: machine.id,
      from: { connectionId: machine.connectionId, hostRef: source.nativeRef, place: whole },
      to: { connectionId: target.connectionId, hostRef: target.nativeRef, place },
      allocationBytes: bytes,
    })
    const folder = into.pools.find((each) => each.name === place.pool)?.path ?? ''
    task.files.push({ target: dev, path: `${folder.replace(/\/$/, '')}/${place.volume}`, format })
    if (!disk.isShareable) task.own.push(own)
  }
  return {
    kind: TRANSFER_KIND,
    plan: JSON.parse(JSON.stringify(task)) as Json,
    params: {
      from: source.name,
      to: target.name,
      sourceHostId: source.id,
      targetHostId: target.id,
      source: wish.source,
      disks: task.copies.length,
      copied: task.copies.map(({ target: dev, to, allocationBytes: bytes }) => ({
        target: dev,
        to: `${to.place.pool}/${to.place.volume}`,
        bytes,
      })),
      ...(wish.rename !== null && { rename: wish.rename }),
    },
    target: { entity: 'machine', id: machine.id, name: machine.name },
    connectionId: machine.connectionId,
    hostId: source.id,
  }
}
