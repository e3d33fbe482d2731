import { type MachineId, objectId } from '../../../shared/model/index.ts'
import type { TaskRequest } from '../tasks/task-kind.ts'
import { anotherFile, type Carriage } from './carriage.ts'
import { type MovePlan, requestOf } from './move-plan.ts'

/**
 * The same wish the other way round. A disk that was copied goes into a new file if its old one was kept. Null: a disk lay in no pool, so that
 * there is no place for it to go back to.
 */
export function moveBack(plan: MovePlan, nowMs: number): TaskRequest | null {
  const { spec, source, target, name, ref } = plan
  const isKept = spec.sourceDisks === 'keep'
  const volumes = plan.volumes.flatMap((volume, index) => {
    const { from, pool, volume: over, folder, ...rest } = volume
    if (!from || folder === null) return []
    const file = isKept ? anotherName(from.volume, nowMs + index) : from.volume
    return [{ ...rest, pool: from.pool, volume: file, folder: from.folder, from: { pool, volume: over, folder } }]
  })
  if (volumes.length < plan.volumes.length) return null
  return requestOf({
    ...plan,
    spec: {
      ...spec,
      machineId: objectId<MachineId>(target.connectionId, 'm', ref),
      targetHostId: source.hostId,
      rename: spec.rename === null ? null : name,
      nics: plan.nicsBefore,
      disks: spec.disks.map((disk) => {
        const back = volumes.find((volume) => volume.target === disk.target)
        return back ? { ...disk, pool: back.pool, volume: back.volume } : disk
      }),
    },
    name: spec.rename ?? name,
    nicsBefore: spec.nics,
    source: target,
    target: source,
    volumes,
    carriage: plan.carriage && carriageBack(plan, plan.carriage, volumes),
    slot: null,
    // somebody asks for it now, and the warnings of the way there are none of the way back
    acceptsWarnings: Array.isArray(plan.acceptsWarnings) ? true : plan.acceptsWarnings,
    planned: null,
    // into which pools it goes is another matter over there
    takes: plan.takes.filter(({ what }) => what !== 'pool'),
  })
}

/** Over there each stands alone, and its file is not known before. */
function carriageBack({ spec, source, target, ref }: MovePlan, { copies, nvram }: Carriage, volumes: MovePlan['volumes']): Carriage {
  const machineId = objectId<MachineId>(target.connectionId, 'm', ref)
  return {
    whole: [],
    nvram: nvram && {
      from: nvram.to,
      to: spec.sourceDisks === 'keep' ? { ...nvram.from, file: anotherFile(nvram.from.file) } : nvram.from,
    },
    versions: [],
    copies: copies.flatMap((copy) => {
      const back = volumes.find((volume) => volume.target === copy.target)
      if (!back) return []
      const to = { connectionId: source.connectionId, hostRef: source.hostRef, place: { pool: back.pool, volume: back.volume } }
      return [{ ...copy, machineId, from: copy.to, to }]
    }),
  }
}

/** What pools take everywhere. */
const NAME_MAX = 200

/** `web.qcow2` → `web-mi3k2a71.qcow2`. Another moment, another name: no two disks of one machine have the same. */
function anotherName(volume: string, atMs: number): string {
  const [, stem = volume, ending = ''] = /^(.+?)(?:-(?=[a-z]*\d)[a-z0-9]{8})?(\.[^.]+)?$/.exec(volume) ?? []
  const rest = `-${atMs.toString(36).slice(-8).padStart(8, '0')}${ending}`
  return `${stem.slice(0, Math.max(1, NAME_MAX - rest.length))}${rest}`
}
