import type { BuildInput, CloneInput } from '../../../shared/contract/build.ts'
import { AppError } from '../../../shared/errors/index.ts'
import { addressText, subnetOf } from '../../../shared/model/addresses.ts'
import { type CloneSource, namesOf, type OsEntry, type Template, type VolumePlace } from '../../../shared/model/index.ts'
import type { MachineDefinition, VolumeRequest } from '../../providers/provider.ts'
import { hostNameOf } from './host-name.ts'
import { FreeNames, newMac, newUuid } from './identities.ts'
import type { SeedContent } from './seed-content.ts'
import type { RandomBytes } from './sha512-crypt.ts'

export interface DiskToMake {
  readonly place: VolumePlace
  readonly request: VolumeRequest
}

/** One machine to be, with everything chosen that is its own. */
export interface Blueprint {
  readonly definition: MachineDefinition
  readonly disks: readonly DiskToMake[]
  readonly seed: SeedContent | null
}

export interface ExpandOptions {
  readonly randomBytes: RandomBytes
  /** By pool: the names of the volumes that are there. */
  readonly volumes: ReadonlyMap<string, readonly string[]>
  /** Card addresses that machines have, in lower case. */
  readonly macs: Iterable<string>
}

type Many = Pick<BuildInput, 'name' | 'count' | 'first' | 'cloudInit'>

export function expandBuild(input: BuildInput, os: OsEntry, { randomBytes, volumes, macs: known }: ExpandOptions): Blueprint[] {
  const free = new FreeNames(volumes)
  const macs = new Set([...known, ...input.spec.nics.flatMap((nic) => nic.mac?.toLowerCase() ?? [])])
  return namesOf(input.name, input.count, input.first).map((name, index) => {
    const uuid = newUuid(randomBytes)
    const cards = input.spec.nics.map((nic) => nic.mac?.toLowerCase() ?? newMac(randomBytes, macs))
    const made: DiskToMake[] = []
    const places = input.spec.disks.map(({ source }): VolumePlace => {
      if (source.kind === 'existing') return { pool: source.pool, volume: source.volume }
      const place = { pool: source.pool, volume: diskName(free, source.pool, name, made.length, source.format) }
      made.push({ place, request: requestOf(source) })
      return place
    })
    const seedPool = seedPoolOf(input)
    const seed = input.cloudInit && seedPool !== null ? { pool: seedPool, volume: free.take(seedPool, `${name}-seed`, 'iso') } : null
    return {
      definition: { kind: 'new', uuid, name, macs: cards, seed, spec: input.spec, os, disks: places },
      disks: made,
      seed: seed && seedContent(input, name, index, cards[0]),
    }
  })
}

/** `source`: what the provider says of the original. `template`: what the copy is to be. */
export function expandClone(
  input: CloneInput,
  source: CloneSource,
  sourceRef: string,
  template: Template | null,
  { randomBytes, volumes, macs: known }: ExpandOptions,
): Blueprint[] {
  const free = new FreeNames(volumes)
  const nics = input.changes.nics ?? source.nics.map((nic) => ({ ...nic, mac: null }))
  const taken = new Set([...known, ...[...source.nics, ...nics].flatMap((nic) => nic.mac?.toLowerCase() ?? [])])
  return namesOf(input.name, input.count, input.first).map((name, index) => {
    const uuid = newUuid(randomBytes)
    const cards = nics.map((nic) => nic.mac?.toLowerCase() ?? newMac(randomBytes, taken))
    const made: DiskToMake[] = []
    const places: Record<string, VolumePlace & { format: string }> = {}
    for (const disk of source.disks) {
      if (!disk.copied || disk.place === null) continue
      const format = input.mode === 'linked' ? 'qcow2' : (disk.format ?? 'raw')
      const pool = input.pool ?? disk.place.pool
      const place = { pool, volume: diskName(free, pool, name, made.length, format) }
      const capacityBytes = input.changes.diskSizes?.[disk.target] ?? null
      const from = { from: disk.place, capacityBytes }
      made.push({ place, request: input.mode === 'linked' ? { kind: 'linked', ...from } : { kind: 'copy', format, ...from } })
      places[disk.target] = { ...place, format }
    }
    const seedPool = made[0]?.place.pool ?? null
    const seed = input.cloudInit && seedPool !== null ? { pool: seedPool, volume: free.take(seedPool, `${name}-seed`, 'iso') } : null
    return {
      definition: {
        kind: 'copy',
        uuid,
        name,
        macs: cards,
        seed,
        sourceRef,
        mode: input.mode,
        changes: input.changes,
        disks: places,
        template,
      },
      disks: made,
      seed: seed && seedContent(input, name, index, cards[0]),
    }
  })
}

/** The first stands for all of them. Of an order for at least one there is always one. */
export function firstOf([first]: readonly Blueprint[]): MachineDefinition {
  if (first) return first.definition
  throw new AppError({ kind: 'bug', code: 'bug.nothing-to-make', message: 'An order for no machine at all.' })
}

/** The pools in which something is made. */
export function poolsOf(input: BuildInput): string[] {
  const seed = input.cloudInit ? seedPoolOf(input) : null
  return [...new Set([...input.spec.disks.map(({ source }) => source.pool), ...(seed === null ? [] : [seed])])]
}

/** The seed lies with the first disk; a machine without one has its media somewhere. */
export function seedPoolOf({ spec }: BuildInput): string | null {
  return spec.disks[0]?.source.pool ?? spec.media[0]?.pool ?? null
}

/** The full host name; null: none can be made of the machine's name. */
export function fullHostName(machineName: string, domain: string | undefined): string | null {
  const host = hostNameOf(machineName)
  if (host === null) return null
  return domain === undefined || domain === '' ? host : `${host}.${domain}`
}

/** The addresses of a static range, in the order of the machines, with their prefix. */
export function addressesOf(cloudInit: Many['cloudInit'], count: number): string[] {
  const network = cloudInit?.network
  if (network?.kind !== 'static') return []
  const subnet = subnetOf(network.address)
  return Array.from({ length: count }, (_, index) => `${addressText(subnet.address + BigInt(index), subnet.isV6)}/${subnet.prefix}`)
}

function diskName(free: FreeNames, pool: string, name: string, index: number, format: string): string {
  return free.take(pool, index === 0 ? name : `${name}-${index}`, format === 'raw' ? 'img' : format)
}

function requestOf(source: Exclude<BuildInput['spec']['disks'][number]['source'], { kind: 'existing' }>): VolumeRequest {
  if (source.kind === 'new') return { kind: 'empty', format: source.format, capacityBytes: source.sizeBytes }
  const from = { from: source.base, capacityBytes: source.sizeBytes }
  return source.mode === 'linked' ? { kind: 'linked', ...from } : { kind: 'copy', format: source.format, ...from }
}

/** What the seed is made of, without what is secret. */
function seedContent(input: Many, name: string, index: number, mac: string | undefined): SeedContent | null {
  const { cloudInit } = input
  const hostname = fullHostName(name, cloudInit?.domain)
  if (!cloudInit || hostname === null) return null
  const { user: chosen, network, userData, domain: _domain, ...choices } = cloudInit
  const { password, ...user } = chosen ?? {}
  const address = addressesOf(cloudInit, index + 1)[index]
  return {
    description: {
      hostname,
      ...choices,
      ...(chosen && { user: user as NonNullable<SeedContent['description']['user']> }),
      ...(network?.kind === 'dhcp' && mac !== undefined && { network: { kind: 'dhcp', mac } }),
      ...(network?.kind === 'static' && mac !== undefined && address !== undefined && { network: { ...network, mac, address } }),
    },
    withPassword: password !== undefined && userData === undefined,
    withUserData: userData !== undefined,
  }
}
