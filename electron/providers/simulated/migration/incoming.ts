import type { MigrationSpec } from '../../../../shared/model/index.ts'
import type { IncomingFacts, OutgoingFacts } from '../../provider.ts'
import { isShared } from '../build/fleet-disks.ts'
import { missingFeatures } from '../build/host-cpu.ts'
import { optionsOf } from '../build/options.ts'
import { holdsMemory, type SimulatedHost, type SimulatedMachine } from '../fleet.ts'
import { mix, share } from '../random.ts'
import { isUnmounted } from '../storage/extra-pools.ts'
import type { World } from '../world.ts'
import { endFactsOf, versionOf } from './end-facts.ts'
import { twinAt } from './twins.ts'

const PORTS = { first: 49_152, last: 49_215 }
/** Shared folders that every host of a site mounts, though they are no pools. */
const EVERYWHERE = '/srv/shared/'

/** Names of the volumes that the wish would make in a pool of this name. */
function wantedIn(pool: string, { disks }: OutgoingFacts, wish: MigrationSpec): string[] {
  return disks.flatMap((disk) => {
    const move = wish.disks.find(({ target }) => target === disk.target)
    const name = move?.volume ?? disk.volume
    return name !== null && (move?.pool ?? disk.pool) === pool ? [name] : []
  })
}

function poolsOf(world: World, host: SimulatedHost, out: OutgoingFacts, wish: MigrationSpec): IncomingFacts['pools'] {
  return [...host.pools.values()].map((pool) => {
    const { name, active: isActive, type, target: path, availableBytes } = pool
    const isThere = (volume: string) => isActive && world.volumes.find(host.ref, { pool: name, volume }) !== null
    return { name, isActive, type, path, availableBytes, taken: wantedIn(name, out, wish).filter(isThere) }
  })
}

function pathsOf(world: World, host: SimulatedHost, { disks }: OutgoingFacts, isFar: boolean): IncomingFacts['paths'] {
  return new Map(
    disks.flatMap(({ path, pool: poolName, volume: name, capacityBytes }) => {
      if (path === null) return []
      const pool = poolName === null ? undefined : host.pools.get(`${host.ref}/${poolName}`)
      const isSeen = pool?.active === true && !isUnmounted(pool)
      const volume = isSeen && name !== null ? world.volumes.find(host.ref, { pool: pool.name, volume: name }) : null
      const exists = volume !== null || (!isFar && path.startsWith(EVERYWHERE))
      const isOne = !isFar && (pool ? isShared(pool) : exists)
      return [[path, { exists, isShared: exists ? isOne : null, sizeBytes: volume?.capacityBytes ?? (exists ? capacityBytes : null) }]]
    }),
  )
}

function qemuOf(host: SimulatedHost): number {
  return Number.parseFloat(versionOf(host, 'QEMU') ?? '0')
}

/** A type of a newer QEMU than this is not known here; that a machine has one beyond its own host's is a matter of the fleet. */
function knowsType(type: string | null, from: SimulatedHost, to: SimulatedHost): boolean {
  const wanted = Number.parseFloat(/-(\d+\.\d+)$/.exec(type ?? '')?.[1] ?? '0')
  return Math.min(wanted, qemuOf(from)) <= qemuOf(to)
}

/** A machine that would come, and the site that it comes from. */
export interface Comer {
  readonly world: World
  readonly machine: SimulatedMachine
}

/** What a host has of what the machine needs. Hosts of another site are not reached, and share nothing with this one. */
export function incomingFactsOf(world: World, host: SimulatedHost, comer: Comer, out: OutgoingFacts, wish: MigrationSpec): IncomingFacts {
  const { machine } = comer
  const isFar = comer.world !== world
  const from = comer.world.host(machine.facts.hostRef)
  const { firmwares, tpm, bridges } = optionsOf(world, host.ref)
  const wanted = out.firmware?.isSecure ? 'uefi-secure' : 'uefi'
  const others = [...host.machines.values()].filter((other) => other !== machine)
  const trust = !isFar && share(mix(from.salt, host.salt, 206)) < 0.7
  const twin = twinAt(world, out.uuid, host.ref)
  const ends = endFactsOf(world, host)
  const name = wish.rename ?? out.name
  return {
    host: isFar ? { ...ends, addresses: [], nameResolvesTo: [] } : ends,
    cpuMissing: missingFeatures(from, host),
    cpuNote: null,
    hasMachineType: knowsType(out.machineType, from, host),
    hasEmulator: true,
    hasLoader: out.firmware === null ? null : firmwares.find(({ id }) => id === wanted)?.reason === null,
    hasTpm: tpm === null,
    memoryFreeKiB: Math.max(0, (host.facts.memoryKiB ?? 0) - host.usedKiB),
    hugePagesFree: new Map(),
    pools: poolsOf(world, host, out, wish),
    networks: [...world.networks.of(host).values()].map(({ kept, running }) => ({
      name: kept.name,
      isActive: running !== null,
      portGroups: (running ?? kept).portGroups.map((group) => group.name),
    })),
    bridges: bridges.map((bridge) => bridge.name),
    paths: pathsOf(world, host, out, isFar),
    uuidTaken: twin && twin !== machine ? { name: twin.facts.name, isRunning: holdsMemory(twin.facts.state) } : null,
    nameTaken: others.some(({ facts }) => facts.name === name),
    ports: { ...PORTS, used: world.moves.incomingAt(host.ref) },
    peerTrust: trust,
    peerTrustNote: trust ? null : 'Host key verification failed.',
  }
}
