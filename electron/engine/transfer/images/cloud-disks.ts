import type { Machine } from '../../../../shared/model/index.ts'

/** A disk of the machine as its cloud knows it. */
export interface CloudDisk {
  readonly id: string
  readonly target: string
  readonly sizeBytes: number
}

/** The one it boots from first. One whose size is not told counts as nothing: its size is known when it stands still. */
export function cloudDisks({ cloud }: Pick<Machine, 'cloud'>): CloudDisk[] {
  const disks = cloud?.disks ?? []
  return [...disks.filter(({ boot }) => boot), ...disks.filter(({ boot }) => !boot)].map(({ id, name, sizeBytes }) => ({
    id,
    target: (name || id).slice(0, 64),
    sizeBytes: sizeBytes ?? 0,
  }))
}
