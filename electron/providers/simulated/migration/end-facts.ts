import type { EndFacts } from '../../provider.ts'
import type { SimulatedHost } from '../fleet.ts'
import { seededUuid, share } from '../random.ts'
import type { World } from '../world.ts'

const HOUR_MS = 3_600_000
const NOBODY_SET = 0.14
const WRONG_HOUR = 0.03

/** A clock that nobody sets runs ahead; few are wrong by an hour. */
function offsetMs(world: World, { ref, salt }: SimulatedHost): number {
  if (world.moves.isClockSet(ref)) return 0
  const at = share(salt, 201)
  if (at < WRONG_HOUR) return HOUR_MS
  return at < NOBODY_SET ? 1_200 + Math.round(share(salt, 202) * 1_800) : Math.round((share(salt, 203) - 0.5) * 40)
}

export function addressOf(world: World, { ref }: SimulatedHost): string {
  const index = [...world.fleet.hosts.keys()].indexOf(ref)
  return `10.${world.fleet.site.network}.${Math.floor(index / 240)}.${11 + (index % 240)}`
}

export function versionOf({ facts }: SimulatedHost, name: string): string | null {
  return facts.versions.find((each) => each.name === name)?.version ?? null
}

/** What a host says of itself. */
export function endFactsOf(world: World, host: SimulatedHost): EndFacts {
  const address = addressOf(world, host)
  const clockOffsetMs = offsetMs(world, host)
  return {
    uuid: seededUuid(host.salt, 5),
    hostName: host.ref,
    addresses: [address],
    libvirt: versionOf(host, 'libvirt'),
    hypervisor: versionOf(host, 'QEMU'),
    clockOffsetMs,
    clockErrorMs: Math.ceil(world.config.latencyMs / 2) + 1,
    nameResolvesTo: share(host.salt, 204) < 0.05 ? ['127.0.1.1'] : [address],
    timeService: { name: 'chronyd', isActive: Math.abs(clockOffsetMs) < 1_000 },
  }
}
