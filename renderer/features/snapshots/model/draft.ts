import {
  machineNameSchema,
  type Snapshot,
  type SnapshotOperation,
  type SnapshotOperationInput,
  snapshotNameSchema,
} from '../../../../shared/model/index.ts'

/** An operation on its way: names in it may not be what a name can be yet. */
export type Draft = SnapshotOperation

type OperationId = Draft['operation']
export type DraftOf<O extends OperationId> = Extract<Draft, { readonly operation: O }>

/** What a person typed, apart by commas or blanks. */
export function tagsOf(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/).filter((tag) => tag !== ''))]
}

export function isSnapshotName(name: string): boolean {
  return snapshotNameSchema.safeParse(name).success
}

/** The operation as it can be asked for; null: something is missing. */
export function finished(draft: Draft): SnapshotOperationInput | null {
  switch (draft.operation) {
    case 'create':
      return isSnapshotName(draft.name) ? draft : null
    case 'revert':
      return draft.keepAs === null || isSnapshotName(draft.keepAs) ? draft : null
    case 'clone':
      return machineNameSchema.safeParse(draft.as).success ? draft : null
    case 'merge':
      return draft.base === '' ? null : draft
    default:
      return draft
  }
}

/** `before-upgrade` → `before-upgrade-2`: a name that no snapshot has. */
export function freeName(wanted: string, snapshots: readonly Pick<Snapshot, 'name'>[]): string {
  const taken = new Set(snapshots.map(({ name }) => name))
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? wanted : `${wanted}-${number}`
    if (!taken.has(name)) return name
  }
}

/** By the clock of this page: `2026-11-26-1430`. */
export function nameOfNow(nowMs: number): string {
  const at = new Date(nowMs)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}-${two(at.getHours())}${two(at.getMinutes())}`
}
