import type { PoolSource } from '../../../../shared/model/index.ts'
import type { PoolFacts } from '../../provider.ts'
import type { Site } from '../data/sites.ts'
import { sharedSource } from './shared-source.ts'

/** What somebody has unmounted behind libvirt's back. */
const UNMOUNTED = '/mnt/nas/backup'
/** Where a night's copies of the machines' disks lie, each built on the one before: ten thousand of them. */
export const RESTORE_POINTS = '/srv/restore-points'

interface ExtraPool {
  readonly name: string
  readonly type: string
  readonly target: string
  readonly capacityGB: number
  readonly used: number
  readonly off?: boolean
}

/** Pools that only some hosts of the largest site have, by the hosts' number. */
const EXTRA: ReadonlyMap<number, readonly ExtraPool[]> = new Map([
  [1, [{ name: 'restore-points', type: 'dir', target: RESTORE_POINTS, capacityGB: 24_000, used: 0.57 }]],
  [
    2,
    [
      { name: 'backup', type: 'dir', target: UNMOUNTED, capacityGB: 8_000, used: 0.41 },
      { name: 'scratch', type: 'dir', target: '/srv/scratch', capacityGB: 960, used: 0.986 },
    ],
  ],
  [
    3,
    [
      { name: 'lun-db', type: 'iscsi', target: '/dev/disk/by-path', capacityGB: 2_200, used: 1 },
      { name: 'tank', type: 'zfs', target: '/dev/zvol/tank', capacityGB: 15_360, used: 0.37 },
    ],
  ],
  [
    4,
    [
      { name: 'old-images', type: 'dir', target: '/srv/old-images', capacityGB: 1_920, used: 0.63, off: true },
      { name: 'disk-b', type: 'disk', target: '/dev', capacityGB: 3_840, used: 0.25 },
      { name: 'hba', type: 'scsi', target: '/dev/disk/by-id', capacityGB: 7_680, used: 1 },
    ],
  ],
])

/** Only the largest site has them, and what nobody remembers. */
export function isOvergrown(site: Site): boolean {
  return site.hostShare >= 40
}

/** What a pool can hold, and how much of that it does. */
export function amountsOf(capacityGB: number, used: number): Pick<PoolFacts, 'capacityBytes' | 'allocationBytes' | 'availableBytes'> {
  const capacityBytes = capacityGB * 1e9
  const allocationBytes = Math.round(capacityBytes * used)
  return { capacityBytes, allocationBytes, availableBytes: capacityBytes - allocationBytes }
}

/** Of a pool that is off nobody knows more. */
export const NO_AMOUNTS = { capacityBytes: null, allocationBytes: null, availableBytes: null } as const

export function extraPoolsOf(hostRef: string, index: number): Array<[string, PoolFacts]> {
  return (EXTRA.get(index) ?? []).map(({ name, type, target, capacityGB, used, off = false }) => [
    `${hostRef}/${name}`,
    withSource({
      hostRef,
      name,
      type,
      active: !off,
      autostart: !off,
      persistent: true,
      ...(off ? NO_AMOUNTS : amountsOf(capacityGB, used)),
      target,
    }),
  ])
}

/** What other hosts see of one that came with the fleet is in what it is made of. */
export function withSource(pool: Omit<PoolFacts, 'shared'>): PoolFacts {
  return { ...pool, shared: sharedSource(sourceOf(pool)) }
}

/** libvirt remembers what was in it; none of it is there. */
export function isUnmounted({ target }: Pick<PoolFacts, 'target'>): boolean {
  return target === UNMOUNTED
}

/** What one of the pools that came with the fleet is made of. */
export function sourceOf({ type, name, target }: Pick<PoolFacts, 'type' | 'name' | 'target'>): PoolSource {
  const path = target ?? '/var/lib/libvirt/images'
  switch (type) {
    case 'logical':
      return { type, group: path.replace('/dev/', ''), devices: [] }
    case 'rbd': {
      const [cluster = 'ceph', pool = name] = path.split('/')
      return { type, monitors: [1, 2, 3].map((number) => `${cluster}-mon-${number}`), pool }
    }
    case 'netfs':
      return { type, host: 'nas-1', exportPath: `/export/${name}`, format: 'nfs', path }
    case 'iscsi':
      return { type, host: 'san-1', target: 'iqn.2026-01.eu.kestrel:san-1.db0' }
    case 'zfs':
      return { type, pool: name, devices: [] }
    case 'disk':
      return { type, device: '/dev/sdd', label: 'gpt' }
    case 'scsi':
      return { type, adapter: 'host2' }
    default:
      return { type: 'dir', path }
  }
}
