import type { BuildFinding, DiskSpec, VolumePlace } from '../../../../shared/model/index.ts'
import { otherDisks } from '../disks.ts'
import type { BuildContext } from './build-context.ts'
import { checkPools, type Need } from './check-space.ts'
import type { NewDefinition } from './files.ts'
import { blocks, gibibytes, warns } from './finding.ts'
import { isIso } from './iso.ts'
import type { Storage, VolumeRead } from './storage.ts'

/** What a seed takes, with what a file system adds. */
export const SEED_BYTES = 2 ** 20

/** Disks, their images, and CDs of a new machine. */
export async function checkNewVolumes(
  context: BuildContext,
  { spec, disks, seed }: NewDefinition,
  count: number,
  storage: Storage,
): Promise<readonly BuildFinding[]> {
  const needs: Need[] = []
  const findings: BuildFinding[] = []
  for (const [index, disk] of spec.disks.entries()) {
    const field = `spec.disks.${index}.source`
    const { source } = disk
    const base = source.kind === 'image' ? await storage.volume(source.base) : null
    needs.push({ pool: source.pool, field: `${field}.pool`, format: formatOf(disk), ...bytesOf(disk, base) })
    const place = disks[index]
    if (source.kind === 'existing') {
      findings.push(...(await missing(storage, { pool: source.pool, volume: source.volume }, `${field}.volume`)))
    } else if (place) findings.push(...(await taken(storage, place)))
    if (source.kind === 'image') {
      findings.push(...(base ? await checkBase(context, source, base, field) : await missing(storage, source.base, `${field}.base`)))
    }
  }
  if (seed) needs.push({ pool: seed.pool, field: 'spec.disks.0.source.pool', format: 'raw', nowBytes: SEED_BYTES, fullBytes: SEED_BYTES })
  const media = await Promise.all(spec.media.map((place, index) => checkMedia(context, storage, place, `spec.media.${index}`)))
  return [...(await checkPools(needs, count, storage)), ...findings, ...media.flat()]
}

function bytesOf({ source }: DiskSpec, base: VolumeRead | null): Pick<Need, 'nowBytes' | 'fullBytes'> {
  switch (source.kind) {
    case 'existing':
      return { nowBytes: 0, fullBytes: 0 }
    case 'new':
      return { nowBytes: 0, fullBytes: source.sizeBytes }
    case 'image': {
      const fullBytes = Math.max(source.sizeBytes ?? 0, base?.capacityBytes ?? 0)
      return { nowBytes: source.mode === 'copy' ? (base?.allocationBytes ?? 0) : 0, fullBytes }
    }
    default:
      return source satisfies never
  }
}

function formatOf({ source }: DiskSpec): string | null {
  if (source.kind === 'existing') return null
  return source.kind === 'image' && source.mode === 'linked' ? 'qcow2' : source.format
}

/** Volumes are named after their machine. */
export async function taken(storage: Storage, place: VolumePlace): Promise<readonly BuildFinding[]> {
  if (!(await storage.volume(place))) return []
  const text = `The pool ${place.pool} has a volume named ${place.volume} already. Choose another name for the machine.`
  return [blocks({ code: 'build.volume-taken', field: 'name', text, params: { ...place } })]
}

/** A volume that is used and not there, or whose pool is not. */
async function missing(storage: Storage, place: VolumePlace, field: string): Promise<readonly BuildFinding[]> {
  if (await storage.volume(place)) return []
  const pool = await storage.pool(place.pool)
  const params = { ...place }
  if (!pool) return [blocks({ code: 'build.pool-missing', field, text: `The host has no pool named ${place.pool}.`, params })]
  if (!pool.active)
    return [blocks({ code: 'build.pool-off', field, text: `The pool ${place.pool} is off. Start it, or choose another.`, params })]
  const text = `The pool ${place.pool} has no volume named ${place.volume}.`
  return [blocks({ code: 'build.volume-missing', field, text, params })]
}

type ImageSource = Extract<DiskSpec['source'], { kind: 'image' }>

async function checkBase(context: BuildContext, source: ImageSource, base: VolumeRead, field: string): Promise<readonly BuildFinding[]> {
  const params = { ...source.base }
  const findings: BuildFinding[] = []
  if (source.sizeBytes !== null && source.sizeBytes < base.capacityBytes) {
    const size = gibibytes(base.capacityBytes)
    const at = `${field}.sizeBytes`
    const mend = { code: 'build.grow-disk', field: at, value: base.capacityBytes }
    const text = `The image is ${size} large: a disk made from it cannot be smaller.`
    findings.push(blocks({ code: 'build.disk-smaller-than-image', field: at, text, params: { ...params, size }, mend }))
  }
  const writers = await machinesOn(context, source.base, base)
  if (writers.length > 0) {
    const machines = writers.join(', ')
    const text =
      source.mode === 'linked'
        ? `${machines} may write to the image: that would destroy what is built on it.`
        : `${machines} uses the image as its disk: copied while it runs, the copy may be torn.`
    const code = source.mode === 'linked' ? 'build.base-is-a-disk' : 'build.base-may-change'
    findings.push(warns({ code, field: `${field}.base`, text, params: { ...params, machines } }))
  }
  return findings
}

/** Machines whose definitions name it. */
async function machinesOn(context: BuildContext, { pool, volume }: VolumePlace, { path }: VolumeRead): Promise<readonly string[]> {
  const names = [path, `${pool}/${volume}`]
  return [...(await otherDisks(context)).values()].filter(({ keys }) => keys.some((key) => names.includes(key))).map(({ name }) => name)
}

async function checkMedia(context: BuildContext, storage: Storage, place: VolumePlace, field: string): Promise<readonly BuildFinding[]> {
  const volume = await storage.volume(place)
  if (!volume) return missing(storage, place, field)
  if (await isIso(context, volume.ref)) return []
  const text = `${place.volume} is no CD image: nothing can start from it.`
  return [blocks({ code: 'build.not-a-cd', field, text, params: { volume: place.volume } })]
}
