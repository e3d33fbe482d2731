import type { HostFacts, MachineFacts, NetworkFacts, PoolFacts } from '../provider.ts'
import type { Shape, SimulatedDisk } from './build/shape.ts'
import type { SimulatedConfig } from './config.ts'
import { BUILT_ROLE, EDGE_ROLES, ROLES, type Role } from './data/roles.ts'
import { ATTENTIONS, EDGE_HOST_MODELS, HOST_MODELS, SITES, type Site } from './data/sites.ts'
import { FLEET_TEMPLATES, type FleetTemplate, templateFacts } from './data/templates.ts'
import type { Tree } from './hardware/definition-tree.ts'
import { networksOf, poolsOf } from './host-parts.ts'
import { cumulate, hashText, mix, pick, pickWeighted, seededUuid, share } from './random.ts'

export type Environment = 'prod' | 'test' | 'dev'
const KIB_PER_GIB = 1_048_576
/** Share of machines with a second card. */
const SECOND_CARDS = 0.12

/** A machine of the fleet. `facts` is replaced, never changed in place: snapshots may keep it. */
export interface SimulatedMachine {
  readonly ref: string
  readonly index: number
  readonly salt: number
  readonly role: Role
  readonly environment: Environment
  facts: MachineFacts
  /** Counts starts and resets: two equal states with a different count are two lives. */
  boots: number
  /** What holds it now, such as a save; a second change is refused meanwhile. */
  job: string | null
  snapshots: readonly string[]
  /** What snapshots have put on top of its disks since they were defined, by the defined file. */
  moved?: ReadonlyMap<string, MovedDisk>
  /** Of a machine that was built here; null: it came with the fleet, and is derived. */
  shape: Shape | null
  /** A VNC display that was added later; `waits` for the next start of a machine that ran. */
  addedDisplay: 'waits' | 'there' | null
  /** Definitions that somebody has edited; null: they are derived from the rest. */
  edited: EditedMachine | null
}

export interface EditedMachine {
  /** Null: it is off. */
  readonly running: Tree | null
  /** Null: it is transient. */
  readonly kept: Tree | null
  /** Of both. */
  readonly disks: readonly SimulatedDisk[]
  /** How many it began to run with: those that came later can be taken away again. */
  readonly bootVcpus: number
  /** What was done last, and to which revision: what a probe asks for. */
  readonly last: { readonly revision: string; readonly edit: string } | null
}

/** The file that a disk writes now. */
export type MovedDisk = Pick<SimulatedDisk, 'key' | 'place' | 'format'>

export interface SimulatedHost {
  readonly ref: string
  readonly salt: number
  facts: HostFacts
  readonly networks: Map<string, NetworkFacts>
  readonly pools: Map<string, PoolFacts>
  readonly machines: Map<string, SimulatedMachine>
  /** Of the machines that are not off. */
  usedKiB: number
}

export interface Fleet {
  readonly site: Site
  readonly seed: number
  readonly hosts: ReadonlyMap<string, SimulatedHost>
  readonly machines: Map<string, SimulatedMachine>
}

/** States in which a machine holds its memory. */
export function holdsMemory(state: MachineFacts['state']): boolean {
  return state !== 'stopped' && state !== 'saved' && state !== 'crashed'
}

/** A site by its name; one that the table does not know gets a code and a network of its own. */
export function siteNamed(name: string): Site {
  const known = SITES.find((site) => site.name === name)
  if (known) return known
  const letters = name
    .normalize('NFD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
  const code = letters.length < 3 ? `s${letters}` : letters.slice(0, 8)
  return { name, codes: [code], network: 100 + (hashText(name) % 100), edge: false, hostShare: 0, machineShare: 0 }
}

function hostName(site: Site, index: number): string {
  const count = site.codes.length
  const code = site.codes[index % count] ?? 'host'
  return count === 1
    ? `kvm-${code}-${String(index + 1).padStart(3, '0')}`
    : `kvm-${code}-${String(Math.floor(index / count) + 1).padStart(2, '0')}`
}

function makeHost(site: Site, seed: number, index: number): SimulatedHost {
  const ref = hostName(site, index)
  const salt = mix(seed, index, 7)
  const model = pick(site.edge ? EDGE_HOST_MODELS : HOST_MODELS, share(salt, 1))
  const cpus = model.sockets * model.coresPerSocket * model.threadsPerCore
  return {
    ref,
    salt,
    facts: {
      name: ref,
      kind: 'hypervisor',
      account: null,
      hypervisor: 'QEMU',
      versions: [...model.versions],
      cpuModel: model.cpuModel,
      cpus,
      sockets: model.sockets,
      coresPerSocket: model.coresPerSocket,
      threadsPerCore: model.threadsPerCore,
      cpuMhz: model.cpuMhz,
      memoryKiB: 0,
      memoryFreeKiB: null,
      cpuPercent: null,
    },
    networks: networksOf(ref, site, salt),
    pools: poolsOf(ref, site, salt, index),
    machines: new Map(),
    usedKiB: 0,
  }
}

function environmentOf(salt: number, edge: boolean): Environment {
  const at = share(salt, 61)
  if (edge) return at < 0.97 ? 'prod' : 'test'
  if (at < 0.72) return 'prod'
  return at < 0.88 ? 'test' : 'dev'
}

function initialState(salt: number, environment: Environment): MachineFacts['state'] {
  const at = share(salt, 62)
  if (environment === 'prod') {
    if (at < 0.93) return 'running'
    if (at < 0.985) return 'stopped'
    if (at < 0.99) return 'paused'
    return at < 0.993 ? 'crashed' : 'saved'
  }
  if (at < 0.55) return 'running'
  if (at < 0.92) return 'stopped'
  return at < 0.95 ? 'paused' : 'saved'
}

/** The hypervisor's words for the states a fleet begins with, and for those that follow. */
export const NATIVE_STATES: Readonly<Record<MachineFacts['state'], string>> = {
  running: 'running (booted)',
  stopped: 'shut off (shutdown)',
  paused: 'paused (user)',
  suspended: 'pmsuspended (unknown)',
  saved: 'shut off (saved)',
  starting: 'paused (starting up)',
  stopping: 'in shutdown (user)',
  migrating: 'running (booted)',
  crashed: 'crashed (panicked)',
  unknown: 'no state',
}

/** A start that stays the same over restarts of this program: each machine has its own rhythm of 2 to 90 days. */
function startedAt(salt: number, nowMs: number): number {
  const rhythmMs = Math.round((2 + share(salt, 63) * 88) * 86_400_000)
  return nowMs - ((nowMs + Math.round(share(salt, 64) * rhythmMs)) % rhythmMs)
}

interface Numbering {
  /** Next number of each name. */
  readonly names: Map<string, number>
  /** Next address of each VLAN. */
  readonly addresses: Map<number, number>
}

function nextOf<K>(counters: Map<K, number>, key: K, first: number): number {
  const value = counters.get(key) ?? first
  counters.set(key, value + 1)
  return value
}

function nameOf(role: Role, environment: Environment, host: SimulatedHost, site: Site, numbering: Numbering, first: number): string {
  const base = site.edge ? `${role.name}-${host.ref.split('-')[1] ?? 'site'}` : role.name
  const suffix = environment === 'prod' ? '' : `-${environment}`
  const number = nextOf(numbering.names, `${base}${suffix}`, first)
  return `${base}-${String(number).padStart(2, '0')}${suffix}`
}

function addressOf(site: Site, role: Role, numbering: Numbering): string {
  const number = nextOf(numbering.addresses, role.vlan, 0)
  const page = Math.floor(number / 240)
  return `10.${site.network + Math.floor(page / 15)}.${role.vlan + 16 * (page % 15)}.${11 + (number % 240)}`
}

/** Each has a card in the network of its kind, some a second one elsewhere. */
function networkRefsOf(salt: number, host: SimulatedHost, environment: Environment): string[] {
  const first = `${host.ref}/${environment === 'prod' ? 'prod' : 'test'}`
  if (share(salt, 77) >= SECOND_CARDS) return [first]
  const others = [...host.networks].filter(([, { name, active }]) => active && name !== 'prod' && name !== 'test')
  return others.length === 0 ? [first] : [first, pick(others, share(salt, 78))[0]]
}

function factsOf(
  machine: { readonly salt: number; readonly role: Role; readonly environment: Environment },
  host: SimulatedHost,
  name: string,
  address: string,
  nowMs: number,
): MachineFacts {
  const { salt, role, environment } = machine
  const state = initialState(salt, environment)
  const active = holdsMemory(state)
  const [vcpus, memoryGiB] = pick(role.sizes, environment === 'prod' ? share(salt, 65) : share(salt, 65) * 0.4)
  const agent = share(salt, 66) < 0.9
  const attention = state === 'running' && share(salt, 67) < 0.006 ? pick(ATTENTIONS, share(salt, 68)) : null
  return {
    hostRef: host.ref,
    networkRefs: networkRefsOf(salt, host, environment),
    name,
    state,
    nativeState: NATIVE_STATES[state],
    title: share(salt, 69) < 0.2 ? `${role.description} ${/\d+/.exec(name)?.[0] ?? ''}`.trim() : null,
    description: share(salt, 70) < 0.5 ? role.description : null,
    tags: [environment, ...role.tags],
    notes: share(salt, 71) < 0.04 ? 'A run takes six hours and does not resume: do not restart from 22:00 to 05:30.' : null,
    vcpus,
    memoryKiB: memoryGiB * KIB_PER_GIB,
    maxMemoryKiB: memoryGiB * KIB_PER_GIB * (share(salt, 72) < 0.1 ? 2 : 1),
    os: pick(role.systems, share(salt, 73)),
    addresses: [address],
    autostart: environment === 'prod' && share(salt, 74) < 0.9,
    persistent: share(salt, 75) >= 0.004 || !active,
    hasManagedSave: state === 'saved',
    agent: agent ? (state === 'running' && share(salt, 76) < 0.96 ? 'connected' : 'disconnected') : 'none',
    startedAtMs: active ? startedAt(salt, nowMs) : null,
    template: null,
    cloud: null,
    attention,
    metrics: null,
  }
}

function addMachine(
  fleet: Fleet,
  config: SimulatedConfig,
  hosts: readonly SimulatedHost[],
  draw: Draw,
  index: number,
  nowMs: number,
): void {
  const salt = mix(fleet.seed, index, 13)
  const host = hosts[pickWeighted(draw.hosts, share(salt, 81))]
  const role = draw.roles[pickWeighted(draw.roleWeights, share(salt, 82))]
  if (!host || !role) return
  const environment = environmentOf(salt, fleet.site.edge)
  const name = nameOf(role, environment, host, fleet.site, draw.numbering, config.numberFrom)
  const facts = factsOf({ salt, role, environment }, host, name, addressOf(fleet.site, role, draw.numbering), nowMs)
  const snapshots = share(salt, 83) < 0.07 ? ['before-upgrade'] : []
  const machine: SimulatedMachine = {
    ref: seededUuid(fleet.seed, index),
    index,
    salt,
    role,
    environment,
    facts,
    boots: 1,
    job: null,
    snapshots,
    shape: null,
    addedDisplay: null,
    edited: null,
  }
  fleet.machines.set(machine.ref, machine)
  host.machines.set(machine.ref, machine)
  if (holdsMemory(facts.state)) host.usedKiB += facts.memoryKiB
}

/** A machine that is never started: others are made from it. */
function addTemplate(fleet: Fleet, host: SimulatedHost | undefined, index: number, from: FleetTemplate): void {
  if (!host) return
  const machine: SimulatedMachine = {
    ref: seededUuid(fleet.seed, index),
    index,
    salt: mix(fleet.seed, index, 13),
    role: BUILT_ROLE,
    environment: 'prod',
    facts: templateFacts(host.ref, from),
    boots: 0,
    job: null,
    snapshots: [],
    shape: null,
    addedDisplay: null,
    edited: null,
  }
  fleet.machines.set(machine.ref, machine)
  host.machines.set(machine.ref, machine)
}

interface Draw {
  readonly hosts: readonly number[]
  readonly roles: readonly Role[]
  readonly roleWeights: readonly number[]
  readonly numbering: Numbering
}

/**
 * Hosts are bought for what runs on them, with some room, in steps that memory is sold in. A few are tight, so that a start
 * can fail for want of memory.
 */
function sizeHost(host: SimulatedHost): void {
  const usedGiB = host.usedKiB / KIB_PER_GIB
  const wantedGiB = Math.max(16, usedGiB * (1.01 + share(host.salt, 91) ** 2 * 0.45) + 1)
  const stepGiB = wantedGiB <= 64 ? 16 : wantedGiB <= 256 ? 32 : 64
  // The firmware and the kernel keep a little for themselves.
  const memoryKiB = Math.ceil(wantedGiB / stepGiB) * stepGiB * KIB_PER_GIB - 812_344
  host.facts = { ...host.facts, memoryKiB, memoryFreeKiB: memoryKiB - host.usedKiB }
}

/** The fleet of a configuration as it stands at first. Deterministic, but for starts, which lie before `nowMs`. */
export function buildFleet(config: SimulatedConfig, nowMs: number): Fleet {
  const site = siteNamed(config.site)
  const seed = mix(hashText(config.site), config.seed, config.hosts)
  const hosts = Array.from({ length: config.hosts }, (_, index) => makeHost(site, seed, index))
  const fleet: Fleet = { site, seed, hosts: new Map(hosts.map((host) => [host.ref, host])), machines: new Map() }
  const roles = site.edge ? EDGE_ROLES : ROLES
  const draw: Draw = {
    hosts: cumulate(hosts.map((host) => 0.75 + share(host.salt, 92) * 0.5)),
    roles,
    roleWeights: cumulate(roles.map((role) => role.weight)),
    numbering: { names: new Map(), addresses: new Map() },
  }
  const templates = FLEET_TEMPLATES.slice(0, Math.min(config.templates, config.machines))
  const machines = config.machines - templates.length
  for (let index = 0; index < machines; index++) addMachine(fleet, config, hosts, draw, index, nowMs)
  for (const [at, template] of templates.entries()) addTemplate(fleet, hosts[at % hosts.length], machines + at, template)
  for (const host of hosts) sizeHost(host)
  return fleet
}
