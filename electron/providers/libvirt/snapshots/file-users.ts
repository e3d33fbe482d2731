import type { Reason } from '../../../../shared/model/index.ts'
import type { StorageVolRef } from '../../../libvirt/index.ts'
import { warn } from '../../snapshots/index.ts'
import type { Backings } from '../backing-files.ts'
import type { Elsewhere, Unseen } from '../images-elsewhere.ts'
import type { DiskUsers } from '../volumes/volume-list.ts'

/** What stands on what, be it in a pool that is on or not. */
export function withElsewhere(inPools: Backings, { overlays: others, blind }: Elsewhere): Backings {
  const overlays = new Map(inPools.overlays)
  for (const [below, images] of others) overlays.set(below, [...new Set([...(overlays.get(below) ?? []), ...images])])
  return { overlays, paths: inPools.paths, blind: inPools.blind ?? blind }
}

export function unseenReasons({ pools, images }: Unseen): readonly Reason[] {
  return [...(pools.length > 0 ? [warn.poolsUnseen(pools)] : []), ...(images.length > 0 ? [warn.imagesUnseen(images)] : [])]
}

/** Who else has to do with a file, by itself or by what stands on it. */
export class FileUsers {
  readonly #direct: DiskUsers
  readonly #backings: Backings

  constructor(direct: DiskUsers, backings: Backings) {
    this.#direct = direct
    this.#backings = backings
  }

  of(vol: StorageVolRef | null, path: string): string[] {
    const names = new Set<string>()
    const seen = new Set<string>()
    const waiting = [path]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (seen.has(next)) continue
      seen.add(next)
      const volume = next === path && vol ? vol : { key: next, pool: '', name: next }
      for (const name of this.#direct.of(volume, next)) names.add(name)
      waiting.push(...(this.#backings.overlays.get(next) ?? []))
    }
    return [...names]
  }
}
