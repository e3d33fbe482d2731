import type { Machine, Pool } from '../../../shared/model/index.ts'
import type { I18n } from '../../lib/i18n/index.ts'

/** "Folder", "Volume group (LVM)"; a type that has no words of its own is shown as libvirt calls it. */
export function poolTypeWord(type: string, i18n: I18n): string {
  return i18n.optional(`storage.type.${type}`) ?? type
}

/** Pools whose volumes are devices: nothing but raw fits. */
const DEVICES: ReadonlySet<string> = new Set(['logical', 'disk', 'iscsi', 'iscsi-direct', 'scsi', 'rbd', 'zfs', 'mpath'])

export function formatsIn({ type }: Pick<Pool, 'type'>): readonly ('qcow2' | 'raw')[] {
  return DEVICES.has(type) ? ['raw'] : ['qcow2', 'raw']
}

const FOLDERS: ReadonlySet<string> = new Set(['dir', 'fs', 'netfs', 'gluster'])

/** Pools in whose place other files may lie as well. */
export function isFolder(type: string): boolean {
  return FOLDERS.has(type)
}

/** How full, in percent; null: nobody tells. */
export function fullness({ capacityBytes, allocationBytes }: Pool): number | null {
  return capacityBytes && allocationBytes !== null ? (allocationBytes / capacityBytes) * 100 : null
}

/** A pool as full as this wants somebody's eye. */
const NEARLY_FULL = 90
/** Their volumes are made elsewhere, and always all there is. */
const GIVEN_WHOLE: ReadonlySet<string> = new Set(['iscsi', 'iscsi-direct', 'scsi', 'mpath'])

export function isNearlyFull(pool: Pool): boolean {
  return (fullness(pool) ?? 0) > NEARLY_FULL && !GIVEN_WHOLE.has(pool.type)
}

/** The pool of this host that a path lies in, and the volume's name there; null: in none that is known. */
export function placeOf(path: string, pools: readonly Pool[]): { readonly pool: Pool; readonly name: string } | null {
  let best: { readonly pool: Pool; readonly name: string; readonly length: number } | null = null
  for (const pool of pools) {
    for (const start of [pool.target, pool.name]) {
      if (start === null || !path.startsWith(`${start}/`) || (best && best.length >= start.length)) continue
      best = { pool, name: path.slice(start.length + 1), length: start.length }
    }
  }
  return best
}

const OFF: ReadonlySet<Machine['state']> = new Set(['stopped', 'crashed'])

/** Those of the machines that run, may, or wait with their memory saved: what they use is not to be touched. */
export function runningAmong(
  owners: readonly { readonly machineId: Machine['id'] | null }[],
  get: (id: string) => Machine | undefined,
): readonly Machine[] {
  return owners.flatMap(({ machineId }) => {
    const machine = machineId === null ? undefined : get(machineId)
    return machine && !OFF.has(machine.state) ? [machine] : []
  })
}
