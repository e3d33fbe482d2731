import type { CallOptions } from './client.ts'
import { type Callable, DOMAINS_MAX, isTooLong, listAllDomains } from './domain-list.ts'
import { codecOf } from './wire/codec.ts'
import type { DomainRef } from './wire/generated/types.ts'
import { readTypedParamValue, TYPED_PARAM_MIN_BYTES, type TypedParamValue } from './wire/typed-param.ts'
import type { XdrReader } from './wire/xdr-reader.ts'

/** REMOTE_CONNECT_GET_ALL_DOMAIN_STATS_MAX, of one domain; REMOTE_STRING_MAX. */
const PARAMS_MAX = 262_144
const NAME_MAX = 4_194_304

/** Domains named in one call: the answer stays far below the size of a message. */
const PART = 4_096
/** Of the flags those that say which domains; lists have the same bits for them. */
const STATS_FILTERS = 0xff

/** VIR_DOMAIN_STATS_… by name. */
export const STATS = {
  state: 1,
  cpu: 2,
  balloon: 4,
  vcpu: 8,
  interface: 16,
  block: 32,
  perf: 64,
  iothread: 128,
  memory: 256,
  dirtyrate: 512,
  vm: 1024,
} as const
export type StatsGroup = keyof typeof STATS

export interface StatsOptions extends CallOptions {
  /** Which groups; everything the daemon has without it. */
  readonly groups?: readonly StatsGroup[] | undefined
  /** Only these domains; all without it. */
  readonly domains?: readonly DomainRef[] | undefined
  /** VIR_CONNECT_GET_ALL_DOMAINS_STATS_…: filters, NOWAIT, BACKING. */
  readonly flags?: number | undefined
}

/** One virtual CPU. Times in nanoseconds. */
export interface VcpuStats {
  readonly index: number
  readonly state: number | undefined
  readonly time: bigint | undefined
  readonly wait: bigint | undefined
  readonly delay: bigint | undefined
}

/** One network interface. Counters since the domain started. */
export interface InterfaceStats {
  readonly index: number
  readonly name: string | undefined
  readonly rxBytes: bigint | undefined
  readonly rxPackets: bigint | undefined
  readonly rxErrors: bigint | undefined
  readonly rxDrops: bigint | undefined
  readonly txBytes: bigint | undefined
  readonly txPackets: bigint | undefined
  readonly txErrors: bigint | undefined
  readonly txDrops: bigint | undefined
}

/** One disk. Times in nanoseconds, sizes in bytes. */
export interface BlockStats {
  readonly index: number
  /** The target: vda, sdb … */
  readonly name: string | undefined
  readonly path: string | undefined
  readonly readRequests: bigint | undefined
  readonly readBytes: bigint | undefined
  readonly readTimes: bigint | undefined
  readonly writeRequests: bigint | undefined
  readonly writeBytes: bigint | undefined
  readonly writeTimes: bigint | undefined
  readonly flushRequests: bigint | undefined
  readonly flushTimes: bigint | undefined
  readonly errors: bigint | undefined
  readonly allocation: bigint | undefined
  readonly capacity: bigint | undefined
  readonly physical: bigint | undefined
}

/**
 * What bulk statistics say of one domain. `values` holds every parameter by libvirt's own name (`cpu.time`, `block.0.rd.bytes`); the getters
 * read the usual ones from it when asked. What the daemon did not send is undefined.
 */
export class DomainStats {
  readonly dom: DomainRef
  readonly values: Readonly<Record<string, TypedParamValue>>

  constructor(dom: DomainRef, values: Readonly<Record<string, TypedParamValue>>) {
    this.dom = dom
    this.values = values
  }

  /** A 64-bit value, whatever integer type it came in. */
  big(name: string): bigint | undefined {
    const value = this.values[name]
    if (typeof value === 'bigint') return value
    return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : undefined
  }

  /** A number; a 64-bit value loses precision beyond 2^53. */
  number(name: string): number | undefined {
    const value = this.values[name]
    if (typeof value === 'bigint') return Number(value)
    return typeof value === 'number' ? value : undefined
  }

  text(name: string): string | undefined {
    const value = this.values[name]
    return typeof value === 'string' ? value : undefined
  }

  /** virDomainState and its reason. */
  get state(): { readonly state: number; readonly reason: number } | undefined {
    const state = this.number('state.state')
    return state === undefined ? undefined : { state, reason: this.number('state.reason') ?? 0 }
  }

  /** In nanoseconds. An inactive domain can have values too. */
  get cpu(): { readonly time: bigint | undefined; readonly user: bigint | undefined; readonly system: bigint | undefined } {
    return { time: this.big('cpu.time'), user: this.big('cpu.user'), system: this.big('cpu.system') }
  }

  /** In KiB, as the balloon and the guest's driver see it. */
  get balloon(): Readonly<
    Record<'current' | 'maximum' | 'available' | 'unused' | 'usable' | 'rss' | 'swapIn' | 'swapOut', bigint | undefined>
  > {
    return {
      current: this.big('balloon.current'),
      maximum: this.big('balloon.maximum'),
      available: this.big('balloon.available'),
      unused: this.big('balloon.unused'),
      usable: this.big('balloon.usable'),
      rss: this.big('balloon.rss'),
      swapIn: this.big('balloon.swap_in'),
      swapOut: this.big('balloon.swap_out'),
    }
  }

  /** How many virtual CPUs there are now and at most. */
  get vcpuCount(): { readonly current: number | undefined; readonly maximum: number | undefined } {
    return { current: this.number('vcpu.current'), maximum: this.number('vcpu.maximum') }
  }

  /** The online ones; with gaps where one was unplugged. */
  get vcpus(): readonly VcpuStats[] {
    return this.#each('vcpu', 'maximum', 'state', (prefix, index) => ({
      index,
      state: this.number(`${prefix}state`),
      time: this.big(`${prefix}time`),
      wait: this.big(`${prefix}wait`),
      delay: this.big(`${prefix}delay`),
    }))
  }

  get interfaces(): readonly InterfaceStats[] {
    return this.#each('net', 'count', 'name', (prefix, index) => ({
      index,
      name: this.text(`${prefix}name`),
      rxBytes: this.big(`${prefix}rx.bytes`),
      rxPackets: this.big(`${prefix}rx.pkts`),
      rxErrors: this.big(`${prefix}rx.errs`),
      rxDrops: this.big(`${prefix}rx.drop`),
      txBytes: this.big(`${prefix}tx.bytes`),
      txPackets: this.big(`${prefix}tx.pkts`),
      txErrors: this.big(`${prefix}tx.errs`),
      txDrops: this.big(`${prefix}tx.drop`),
    }))
  }

  get blocks(): readonly BlockStats[] {
    return this.#each('block', 'count', 'name', (prefix, index) => ({
      index,
      name: this.text(`${prefix}name`),
      path: this.text(`${prefix}path`),
      readRequests: this.big(`${prefix}rd.reqs`),
      readBytes: this.big(`${prefix}rd.bytes`),
      readTimes: this.big(`${prefix}rd.times`),
      writeRequests: this.big(`${prefix}wr.reqs`),
      writeBytes: this.big(`${prefix}wr.bytes`),
      writeTimes: this.big(`${prefix}wr.times`),
      flushRequests: this.big(`${prefix}fl.reqs`),
      flushTimes: this.big(`${prefix}fl.times`),
      errors: this.big(`${prefix}errors`),
      allocation: this.big(`${prefix}allocation`),
      capacity: this.big(`${prefix}capacity`),
      physical: this.big(`${prefix}physical`),
    }))
  }

  /** The numbered parts of a group that are there: `group.N.marker` exists. The count comes from the host and is not believed blindly. */
  #each<T>(group: string, countName: string, marker: string, part: (prefix: string, index: number) => T): readonly T[] {
    const count = Math.min(this.number(`${group}.${countName}`) ?? 0, PARAMS_MAX)
    const parts: T[] = []
    for (let index = 0; index < count; index++) {
      const prefix = `${group}.${index}.`
      if (this.values[prefix + marker] !== undefined) parts.push(part(prefix, index))
    }
    return parts
  }
}

/**
 * Statistics of many domains in one call. Of more than the protocol carries (16,384, or 32 MiB) they are listed, as listAllDomains does, and
 * asked for by name in parts; of those that are gone by then nothing is said. Throws what listAllDomains throws.
 */
export async function getAllDomainStats(host: Callable, options: StatsOptions = {}): Promise<readonly DomainStats[]> {
  const { groups = [], domains = [], flags = 0, ...bounds } = options
  const stats = groups.reduce((bits, group) => bits | STATS[group], 0)
  const ask = (doms: readonly DomainRef[]) =>
    host.callWith('connectGetAllDomainStats', { doms, stats, flags: flags >>> 0 }, readAllStats, bounds)
  if (domains.length > 0) return inParts(domains, ask)
  try {
    return await ask([])
  } catch (error) {
    if (!isTooLong(error)) throw error
    const listed = await listAllDomains(host, { ...bounds, flags: flags & STATS_FILTERS })
    return listed.length === 0 ? [] : await inParts(listed, ask)
  }
}

type Ask = (doms: readonly DomainRef[]) => Promise<readonly DomainStats[]>

async function inParts(domains: readonly DomainRef[], ask: Ask): Promise<readonly DomainStats[]> {
  const parts: DomainStats[] = []
  for (let at = 0; at < domains.length; at += PART) parts.push(...(await halvedWhenTooLong(domains.slice(at, at + PART), ask)))
  return parts
}

/** So few domains can have so many disks that their figures do not fit into one message. */
async function halvedWhenTooLong(domains: readonly DomainRef[], ask: Ask): Promise<readonly DomainStats[]> {
  try {
    return await ask(domains)
  } catch (error) {
    if (!isTooLong(error) || domains.length === 1) throw error
    const middle = Math.ceil(domains.length / 2)
    return [...(await halvedWhenTooLong(domains.slice(0, middle), ask)), ...(await halvedWhenTooLong(domains.slice(middle), ask))]
  }
}

/** The reply of connectGetAllDomainStats straight into {@link DomainStats}, without a parameter list in between. */
function readAllStats(reader: XdrReader): readonly DomainStats[] {
  const refs = codecOf('DomainRef')
  const count = reader.count(DOMAINS_MAX, refs.minBytes + 4)
  const records: DomainStats[] = []
  for (let index = 0; index < count; index++) {
    const dom = refs.read(reader) as DomainRef
    const params = reader.count(PARAMS_MAX, TYPED_PARAM_MIN_BYTES)
    const values: Record<string, TypedParamValue> = {}
    for (let at = 0; at < params; at++) {
      const name = reader.name(NAME_MAX)
      values[name] = readTypedParamValue(reader)
    }
    records.push(new DomainStats(dom, values))
  }
  return records
}
