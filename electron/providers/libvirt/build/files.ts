import type { VolumePlace } from '../../../../shared/model/index.ts'
import type { MachineDefinition } from '../../provider.ts'
import type { DiskFile } from './disk-xml.ts'
import { fileOf, futureFileOf } from './places.ts'
import type { Storage } from './storage.ts'

export type NewDefinition = Extract<MachineDefinition, { kind: 'new' }>
export type CopyDefinition = Extract<MachineDefinition, { kind: 'copy' }>

/** `there`: every volume has to be there, and its path is the host's; `future`: one that is missing gets the path that it will have. */
export type Finding = 'there' | 'future'

export interface NewFiles {
  readonly disks: readonly DiskFile[]
  readonly media: readonly DiskFile[]
  readonly seed: DiskFile | null
}

function find(storage: Storage, when: Finding): (place: VolumePlace, format: string | null) => Promise<DiskFile> {
  return (place, format) => (when === 'there' ? fileOf(storage, place, format) : futureFileOf(storage, place, format))
}

export async function filesOfNew({ spec, disks, seed }: NewDefinition, storage: Storage, when: Finding): Promise<NewFiles> {
  const at = find(storage, when)
  const formatOf = (index: number): string | null => {
    const source = spec.disks[index]?.source
    if (!source || source.kind === 'existing') return null
    return source.kind === 'image' && source.mode === 'linked' ? 'qcow2' : source.format
  }
  const [diskFiles, media, seedFile] = await Promise.all([
    Promise.all(disks.map((place, index) => at(place, formatOf(index)))),
    // A CD is its bytes, whatever they look like.
    Promise.all(spec.media.map((place) => at(place, 'raw'))),
    seed ? at(seed, 'raw') : null,
  ])
  return { disks: diskFiles, media, seed: seedFile }
}

export interface CopyFiles {
  readonly disks: ReadonlyMap<string, DiskFile>
  readonly seed: DiskFile | null
}

export async function filesOfCopy({ disks, seed }: CopyDefinition, storage: Storage, when: Finding): Promise<CopyFiles> {
  const at = find(storage, when)
  const entries = Object.entries(disks).map(async ([target, place]) => [target, await at(place, place.format)] as const)
  return { disks: new Map(await Promise.all(entries)), seed: seed ? await at(seed, 'raw') : null }
}
