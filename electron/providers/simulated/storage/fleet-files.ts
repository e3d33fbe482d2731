import type { PoolFacts } from '../../provider.ts'
import { disksOf } from '../disks.ts'
import type { Fleet, SimulatedMachine } from '../fleet.ts'
import { hashText, share } from '../random.ts'
import { isOvergrown, isUnmounted, RESTORE_POINTS } from './extra-pools.ts'

const GB = 1e9
const GIB = 2 ** 30
const RESTORE_POINTS_COUNT = 10_000
const MACHINES_BACKED_UP = 40

/** A volume that came with the fleet, beside the machines' disks and the images they are made from. */
export interface FleetFile {
  readonly name: string
  readonly format: string
  readonly capacityBytes: number
  readonly allocationBytes: number
  /** What it is built on, in the same pool. */
  readonly backing: string | null
  readonly ageDays: number
  /** Whose snapshot names it. */
  readonly machine: SimulatedMachine | null
}

function left(name: string, format: string, capacityGiB: number, allocationGB: number, ageDays: number): FleetFile {
  return {
    name,
    format,
    capacityBytes: Math.round(capacityGiB * GIB),
    allocationBytes: allocationGB * GB,
    backing: null,
    ageDays,
    machine: null,
  }
}

/** Left by machines that nobody remembers, in the default pools of some hosts of the largest site: 400 GB in all. */
const LEFT_BEHIND: ReadonlyMap<number, readonly FleetFile[]> = new Map([
  [
    0,
    [
      left('db-legacy-01.qcow2', 'qcow2', 200, 118, 412),
      left('win2016-crm.qcow2', 'qcow2', 80, 64, 655),
      left('vm-tmp-migrate-7f3a.qcow2', 'qcow2', 40, 27, 38),
      left('ubuntu-20.04-test.qcow2', 'qcow2', 10, 3, 871),
    ],
  ],
  [
    2,
    [
      left('mail-old.qcow2', 'qcow2', 120, 71, 233),
      left('build-agent-11.qcow2.bak', 'qcow2', 60, 38, 97),
      left('import-appliance.vmdk', 'vmdk', 40, 28, 141),
    ],
  ],
  [4, [left('pg13-replica.raw', 'raw', 44.703_484, 48, 508), left('rescue-2023.iso', 'iso', 2.793_968, 3, 733)]],
])

/** Chains of copies: each is built on the one of the night before, and the newest is named by a snapshot of its machine. */
function restorePoints(machines: readonly SimulatedMachine[]): FleetFile[] {
  const owners = machines.slice(0, MACHINES_BACKED_UP)
  const chains = Math.max(1, owners.length)
  const files: FleetFile[] = []
  for (let chain = 0; chain < chains; chain++) {
    const machine = owners[chain] ?? null
    const of = machine?.facts.name ?? 'machine'
    const nights = Math.floor(RESTORE_POINTS_COUNT / chains) + (chain < RESTORE_POINTS_COUNT % chains ? 1 : 0)
    const nameOf = (night: number) => `${of}.r${String(night).padStart(5, '0')}.qcow2`
    const capacityBytes = (machine && disksOf(machine)[0]?.capacityBytes) ?? 40 * GIB
    for (let night = 1; night <= nights; night++) {
      const name = nameOf(night)
      const full = night === 1
      files.push({
        name,
        format: 'qcow2',
        capacityBytes,
        allocationBytes: Math.round(full ? capacityBytes * 0.4 : 2e6 + share(hashText(name), 161) ** 3 * 5e9),
        backing: full ? null : nameOf(night - 1),
        ageDays: nights - night,
        machine: night === nights ? machine : null,
      })
    }
  }
  return files
}

/** On the share that all hosts mount: what the second host's machine boots from, and what nobody does. */
function onTheShare({ hosts }: Fleet): FleetFile[] {
  const [, second] = hosts.values()
  const [machine = null] = [...(second?.machines.values() ?? [])].filter(({ shape, facts }) => shape === null && !facts.template)
  return [{ ...left('firmware-update-2024.iso', 'iso', 4, 4, 190), machine }, left('solaris-11.4-text-x86.iso', 'iso', 1, 1, 1_204)]
}

/** Of a pool that nobody uses any more. */
function numbered(stem: string, count: number, format: string, capacityGiB: number): FleetFile[] {
  return Array.from({ length: count }, (_, at) => {
    const name = `${stem}${String(at + 1).padStart(2, '0')}`
    return left(name, format, capacityGiB, Math.round(capacityGiB * (0.2 + 0.6 * share(hashText(name), 162))), 30 + at * 17)
  })
}

/** What came with a pool beside disks and images. Always the same for the same fleet. */
export function fleetFilesIn(fleet: Fleet, pool: PoolFacts): readonly FleetFile[] {
  if (!isOvergrown(fleet.site)) return []
  const index = [...fleet.hosts.keys()].indexOf(pool.hostRef)
  if (pool.name === 'default' && pool.target === '/var/lib/libvirt/images') return LEFT_BEHIND.get(index) ?? []
  if (pool.target === RESTORE_POINTS) {
    const machines = [...(fleet.hosts.get(pool.hostRef)?.machines.values() ?? [])].filter(
      ({ shape, facts }) => shape === null && !facts.template,
    )
    return restorePoints(machines)
  }
  if (pool.name === 'iso' && pool.type === 'netfs') return onTheShare(fleet)
  if (isUnmounted(pool)) return numbered('weekly-', 26, 'qcow2', 120)
  return pool.target === '/srv/old-images' ? numbered('sles11-golden-', 8, 'raw', 20) : []
}
