import type { Reason } from '../../../shared/model/index.ts'
import type { OverlayToMake } from './judged.ts'
import { notInFolder } from './reasons.ts'
import { coveredDisks, type SeenFile, type Sight } from './sight.ts'

/** Longest file name of most file systems, less what is put before and behind. */
const MOST = 80

/** What of a name can stand in a file's: letters and digits of any language, `_` and `-`. */
export function slug(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N}_-]+/gu, '-').slice(0, MOST)
}

/** Chooses names for new files: always the same ones on the same host, and none that is taken. */
export class NewFiles {
  readonly #sight: Sight
  readonly #chosen = new Set<string>()

  constructor(sight: Sight) {
    this.#sight = sight
  }

  /** On top of `base`, beside it. Answers a reason when no file can be made there. */
  overlay(target: string, base: SeenFile, purpose: string): OverlayToMake | Reason {
    if (base.pool === null || !base.inFolder) return notInFolder(base.path)
    const volume = this.#free(folderOf(base.path), `${slug(this.#sight.name)}-${target}.${slug(purpose)}`, 'qcow2')
    return { target, base: base.path, path: `${folderOf(base.path)}/${volume}`, pool: base.pool, volume }
  }

  /** On top of what each covered disk writes now. */
  overlaysOnActive(purpose: string): OverlayToMake[] | Reason {
    const overlays: OverlayToMake[] = []
    for (const { target, path } of coveredDisks(this.#sight)) {
      const file = path === null ? undefined : this.#sight.files.get(path)
      if (!file) return notInFolder(path ?? target)
      const overlay = this.overlay(target, file, purpose)
      if ('code' in overlay) return overlay
      overlays.push(overlay)
    }
    return overlays
  }

  /** For the machine's memory, beside its first disk. */
  memory(beside: OverlayToMake, purpose: string): string {
    const folder = folderOf(beside.path)
    return `${folder}/${this.#free(folder, `${slug(this.#sight.name)}.${slug(purpose)}`, 'memory')}`
  }

  #free(folder: string, stem: string, extension: string): string {
    for (let number = 1; ; number += 1) {
      const name = number === 1 ? `${stem}.${extension}` : `${stem}-${number}.${extension}`
      const path = `${folder}/${name}`
      if (this.#sight.taken.has(path) || this.#sight.files.has(path) || this.#chosen.has(path)) continue
      this.#chosen.add(path)
      return name
    }
  }
}

export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'))
}
