import type { Reason, SnapshotOperation, SnapshotPlan } from '../../../shared/model/index.ts'
import type { Sight } from './sight.ts'

/** A file that is made on top of another one. */
export interface OverlayToMake {
  readonly target: string
  readonly base: string
  readonly path: string
  readonly pool: string
  readonly volume: string
}

/** Files that are written into the one beneath them. */
export interface MergeToDo {
  readonly target: string
  readonly top: string
  readonly base: string
  /** They go when that is done. */
  readonly deletes: readonly string[]
}

/** What a plan comes to, in terms that whoever carries it out follows to the letter. Plain data: it is journalled. */
export type Deed =
  | { readonly do: 'create-internal' }
  | { readonly do: 'create-external'; readonly overlays: readonly OverlayToMake[]; readonly memoryFile: string | null }
  | { readonly do: 'revert-internal'; readonly keep: Keep | null }
  | {
      readonly do: 'revert-external'
      readonly keep: Keep | null
      readonly overlays: readonly OverlayToMake[]
      readonly memoryFile: string | null
    }
  | { readonly do: 'delete-internal' }
  | {
      readonly do: 'delete-external'
      readonly merges: readonly MergeToDo[]
      /** Files, whole, that nothing stands on and nobody needs afterwards. */
      readonly deletes: readonly string[]
    }
  | { readonly do: 'merge'; readonly merge: MergeToDo }
  | { readonly do: 'flatten'; readonly target: string }
  /** The uppermost first. */
  | { readonly do: 'discard'; readonly target: string; readonly deletes: readonly string[] }
  | { readonly do: 'describe' }
  | { readonly do: 'clone' }

/** A snapshot that is taken before the machine goes back. */
export interface Keep {
  readonly name: string
  readonly kind: 'internal' | 'external'
  readonly overlays: readonly OverlayToMake[]
  readonly memoryFile: string | null
  readonly memory: boolean
}

export interface Judged {
  readonly plan: SnapshotPlan
  /** Null: it is refused. */
  readonly deed: Deed | null
}

export type Draft = Partial<Omit<SnapshotPlan, 'reason' | 'instead'>>

const NOTHING: SnapshotPlan = {
  reason: null,
  instead: [],
  steps: [],
  losses: [],
  warnings: [],
  deletes: [],
  freesBytes: null,
  branch: [],
  needs: [],
  interrupts: 'no',
}

export function refused(reason: Reason, instead: readonly SnapshotOperation[] = []): Judged {
  return { plan: { ...NOTHING, reason, instead: [...instead] }, deed: null }
}

export function accepted(draft: Draft, deed: Deed): Judged {
  return { plan: { ...NOTHING, ...draft }, deed }
}

/** What files take; null: of one it is not known. */
export function bytesOf(sight: Sight, paths: readonly string[]): number | null {
  return paths.reduce<number | null>((sum, path) => {
    const bytes = sight.files.get(path)?.allocationBytes ?? null
    return sum === null || bytes === null ? null : sum + bytes
  }, 0)
}

/** Room in pools, summed up; null: there is enough, or nobody knows. */
export class Needs {
  readonly #sight: Sight
  readonly #bytes = new Map<string, number>()

  constructor(sight: Sight) {
    this.#sight = sight
  }

  add(pool: string | null, bytes: number): void {
    if (pool !== null) this.#bytes.set(pool, (this.#bytes.get(pool) ?? 0) + bytes)
  }

  list(): SnapshotPlan['needs'] {
    return [...this.#bytes].map(([pool, bytes]) => ({ pool, bytes, availableBytes: this.#sight.pools.get(pool)?.availableBytes ?? null }))
  }

  shortage(): Reason | null {
    const short = this.list().find(({ bytes, availableBytes }) => availableBytes !== null && availableBytes < bytes)
    if (!short) return null
    const { pool, bytes, availableBytes } = short
    return {
      code: 'snapshot.pool-full',
      text: `The pool ${pool} has ${availableBytes} bytes left, and this may need ${bytes}. Make room there first.`,
      params: { pool, bytes: String(bytes), availableBytes: String(availableBytes) },
    }
  }
}
