import { randomUUID } from 'node:crypto'
import { type MachineSpec, machineSpecSchema, type OsEntry, osEntrySchema, type VolumePlace } from '../../../shared/model/index.ts'
import type { MachineBuilder, MachineDefinition, VolumeKeeper } from '../provider.ts'
import { type Bench, type BuildingGround, type MakeFixture, setUp } from './fixture.ts'

/** A bench with what is needed to make volumes on the host of its machines. */
export interface Pools {
  readonly bench: Bench
  readonly hostRef: string
  readonly ground: BuildingGround
  readonly volumes: VolumeKeeper
  /** A name that nothing has. */
  readonly fresh: (what: string) => string
  /** A volume of that name in the ground's pool. */
  readonly place: (volume: string) => VolumePlace
}

/** The same with what makes machines. */
export interface BuildingSite extends Pools {
  readonly builder: MachineBuilder
}

let count = 0

export async function setUpPools(makeFixture: MakeFixture): Promise<Pools> {
  const bench = await setUp(makeFixture)
  const { connection, ground, refs, seen } = bench
  const hostRef = seen.machine(refs.stopped)?.hostRef
  const { volumes } = connection
  if (!ground || !volumes || hostRef === undefined) throw new Error('The fixture has no ground to build on')
  return {
    bench,
    hostRef,
    ground,
    volumes,
    fresh: (what) => `conf-${what}-${++count}`,
    place: (volume) => ({ pool: ground.pool, volume }),
  }
}

export async function setUpSite(makeFixture: MakeFixture): Promise<BuildingSite> {
  const pools = await setUpPools(makeFixture)
  const { builder } = pools.bench.connection
  if (!builder) throw new Error('The connection makes no machines')
  return { ...pools, builder }
}

export const MIB = 1_048_576
const LINUX: OsEntry = osEntrySchema.parse({
  id: 'linux',
  name: 'Linux',
  kind: 'linux',
  family: 'linux',
  libosinfo: null,
  released: null,
  endOfLife: null,
  minimum: { vcpus: 1, memoryMiB: 64, diskGiB: 1 },
  recommended: { vcpus: 1, memoryMiB: 64, diskGiB: 1 },
  firmware: 'bios',
  tpm: false,
  diskBus: 'virtio',
  nicModel: 'virtio',
  video: 'virtio',
  localTime: false,
  cloudImages: [],
  isoPage: null,
})

export type NewDefinition = Extract<MachineDefinition, { kind: 'new' }>

/** Of the 16,777,216 addresses under QEMU's prefix. */
export function someMac(): string {
  const tail = randomUUID().slice(0, 6)
  return `52:54:00:${tail.slice(0, 2)}:${tail.slice(2, 4)}:${tail.slice(4)}`
}

/** A small machine with an empty disk, which is there already. */
export async function definition(site: BuildingSite, change: Partial<MachineSpec> = {}): Promise<NewDefinition> {
  const { builder, fresh, ground, hostRef, place, volumes } = site
  const name = fresh('machine')
  const disk = place(`${name}.qcow2`)
  await volumes.create(hostRef, disk, { kind: 'empty', format: 'qcow2', capacityBytes: 8 * MIB }, {})
  const { defaults } = await builder.options(hostRef, {})
  const spec = machineSpecSchema.parse({
    ...defaults,
    os: LINUX.id,
    cpu: { ...defaults.cpu, vcpus: 2, topology: null },
    memoryMiB: 48,
    disks: [{ source: { kind: 'new', pool: ground.pool, sizeBytes: 8 * MIB, format: 'qcow2' } }],
    nics: [{ source: { kind: 'network', network: ground.network } }],
    tags: ['built', 'a "b" & <c>'],
    description: 'Made by the suite: <&> 🚚',
    ...change,
  })
  return { kind: 'new', uuid: randomUUID(), name, macs: [someMac()], seed: null, os: LINUX, disks: [disk], spec }
}

/** The same, defined and told. */
export async function defined(site: BuildingSite, change: Partial<MachineSpec> = {}): Promise<NewDefinition> {
  const made = await definition(site, change)
  await site.builder.define(site.hostRef, made, {})
  await site.bench.until('the new machine is told', () => site.bench.seen.known.machine.has(made.uuid))
  return made
}
