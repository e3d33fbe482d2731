import type { CloudId, MigrationFinding, TransferSpec } from '../../../../shared/model/index.ts'
import { finding, say } from '../say.ts'
import type { GoingDisk } from './going-disks.ts'

export interface IntoCase {
  readonly name: string
  readonly cloud: CloudId
  readonly cloudName: string
  readonly wish: TransferSpec
  readonly disks: readonly GoingDisk[]
  /** Targets of disks that others use as well. */
  readonly leftOut: readonly string[]
  readonly mostBytes: number
  /** Why the source makes no plain disks of others; null: it does. */
  readonly noConversion: string | null
  /** Bytes that are free in a pool of the source; null: not known. */
  readonly roomIn: (pool: string) => number | null
  readonly isWindows: boolean
}

const DRIVERS: Readonly<Record<CloudId, string>> = {
  aws: 'NVMe, ENA',
  azure: 'hv_vmbus, hv_storvsc, hv_netvsc',
  gcp: 'virtio-scsi, virtio-net',
}

/** What of a machine's way into a cloud is seen from here; what the cloud itself says comes on top. */
export function intoCloudFindings(one: IntoCase): MigrationFinding[] {
  return [...disks(one), ...room(one), ...guest(one), ...afterwards(one)]
}

function disks({ disks: going, leftOut, mostBytes, cloudName, name, noConversion }: IntoCase): MigrationFinding[] {
  if (going.length === 0) {
    const reason = say('finding.no-disks', '{name} has no disk of its own that could go along.', { name })
    return [finding('disks', 'blocks', 'transfer.no-disks', reason)]
  }
  return [
    ...leftOut.map((target) => {
      const reason = say('finding.left-out', 'The disk {target} is read-only or shared with others: it stays here.', { target })
      return finding('disks', 'warns', `transfer.left-out:${target}`, reason)
    }),
    ...going.flatMap(({ target, place, path, capacityBytes, isPlain, format }): MigrationFinding[] => {
      if (place === null) {
        const reason = say(
          'finding.in-no-pool',
          'The disk {target} ({path}) lies in no pool, so it cannot be read. Make a pool of its folder.',
          { target, path: path ?? '' },
        )
        return [finding('disks', 'blocks', `transfer.in-no-pool:${target}`, reason)]
      }
      if (capacityBytes > mostBytes) {
        const reason = say(
          'finding.disk-above',
          'The disk {target} has {size}; {cloud} takes {most} at most. Make it smaller, or copy its files.',
          { target, size: gib(capacityBytes), most: gib(mostBytes), cloud: cloudName },
        )
        return [finding('disks', 'blocks', `transfer.disk-too-large:${target}`, reason)]
      }
      if (isPlain || noConversion === null) return []
      const reason = say('finding.no-plain', 'The disk {target} is {format}, and the source cannot make plain bytes of it: {why}', {
        target,
        format,
        why: noConversion,
      })
      return [finding('disks', 'blocks', `transfer.no-plain:${target}`, reason)]
    }),
  ]
}

/** Plain copies on the way lie in the disks' own pools. */
function room({ disks: going, roomIn }: IntoCase): MigrationFinding[] {
  const made = going.filter(({ isPlain, place }) => !isPlain && place !== null)
  const pools = [...new Set(made.flatMap(({ place }) => (place ? [place.pool] : [])))]
  return pools.flatMap((pool) => {
    const own = made.filter(({ place }) => place?.pool === pool)
    const least = own.reduce((sum, { allocationBytes }) => sum + allocationBytes, 0)
    const most = own.reduce((sum, { capacityBytes }) => sum + capacityBytes, 0)
    const free = roomIn(pool)
    const params = { pool, size: gib(least), most: gib(most), free: free === null ? '?' : gib(free) }
    if (free !== null && free < least) {
      const reason = say(
        'finding.no-room',
        'The pool {pool} has {free} left, and the plain copies on the way take {size}. Make room, or convert the disks to raw elsewhere.',
        params,
      )
      return [finding('space', 'blocks', `transfer.no-room:${pool}`, reason)]
    }
    const reason = say(
      'finding.plain-copies',
      'Plain copies of the disks are made in the pool {pool} on the way: {size} and up to {most}, of {free} that are left.',
      params,
    )
    return [finding('space', free !== null && free >= most ? 'passed' : 'warns', `transfer.plain-copies:${pool}`, reason)]
  })
}

/** A machine that is off does not tell what is in it. */
function guest({ cloud, cloudName, isWindows }: IntoCase): MigrationFinding[] {
  const params = { cloud: cloudName, drivers: DRIVERS[cloud] }
  const drivers = say(
    'finding.drivers',
    'Whether the guest has {cloud}’s drivers ({drivers}) cannot be seen while it is off. Without them it does not start there.',
    params,
  )
  const agent = isWindows
    ? say(
        'finding.remote-desktop',
        'Whether Remote Desktop is on in the guest cannot be seen while it is off. Without it nobody gets in.',
        params,
      )
    : say(
        'finding.cloud-init',
        'Whether the guest has cloud-init, and gets its address by DHCP, cannot be seen while it is off. Without DHCP nobody gets in.',
        params,
      )
  return [finding('disks', 'unknown', 'transfer.drivers', drivers), finding('agent', 'unknown', 'transfer.guest-access', agent)]
}

function afterwards({ wish, name, cloudName }: IntoCase): MigrationFinding[] {
  const params = { name, cloud: cloudName }
  if (wish.source === 'delete') {
    const reason = say(
      'finding.deletes-after-cloud',
      'The disks of {name} are deleted here as soon as {cloud} says that it runs there. That is not yet a system that has started: keep it until you have logged in.',
      params,
    )
    return [finding('identity', 'warns', 'transfer.deletes', reason)]
  }
  if (wish.source === 'undefine') return []
  const reason = say(
    'finding.kept-beside-cloud',
    '{name} stays here as well, off. {cloud} may start its copy at once: never run both, and delete one when you have seen the other work.',
    params,
  )
  return [finding('identity', 'warns', 'transfer.kept', reason)]
}

function gib(bytes: number): string {
  return `${(bytes / 1_073_741_824).toFixed(1)} GiB`
}
