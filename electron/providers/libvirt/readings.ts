import {
  type CallOptions,
  constants,
  type DomainRef,
  getAllDomainStats,
  isListTooLong,
  type LibvirtError,
  type LibvirtHost,
  listAllDomains,
  listDomains,
} from '../../libvirt/index.ts'
import { isNoDomain, isUnsupported } from './problems.ts'
import type { NativeState } from './states.ts'

/** Reads of many domains at once. */

export interface StateReading {
  readonly dom: DomainRef
  readonly native: NativeState
}

export interface SizeReading {
  readonly dom: DomainRef
  readonly vcpus: number | undefined
  readonly memoryKiB: number | undefined
  readonly maxMemoryKiB: number | undefined
}

export interface AllStates {
  readonly states: readonly StateReading[]
  /** Why there are more machines than these; null: these are all. */
  readonly incomplete: LibvirtError | null
}

type IsFlagged = (uuid: string) => boolean

export interface FlagSets {
  readonly autostart: IsFlagged
  readonly managedSave: IsFlagged
  readonly transient: IsFlagged
}

export interface Flags {
  readonly autostart: boolean
  readonly hasManagedSave: boolean
  readonly persistent: boolean
}

/** States of all domains: one call, which waits for no guest. Of more than can be listed, those that can be named. */
export async function readAllStates(host: LibvirtHost, options: CallOptions): Promise<AllStates> {
  try {
    return { states: await readStates(host, [], options), incomplete: null }
  } catch (error) {
    if (!isListTooLong(error)) throw error
    const { domains, incomplete } = await listDomains(host, options)
    return { states: domains.length === 0 ? [] : await readStates(host, domains, options), incomplete }
  }
}

/** States of all domains, or of those named. Of those named that are gone nothing is said. Throws libvirt.list-too-long. */
export async function readStates(host: LibvirtHost, domains: readonly DomainRef[], options: CallOptions): Promise<readonly StateReading[]> {
  try {
    const stats = await getAllDomainStats(host, { ...options, groups: ['state'], domains })
    return stats.map((each) => ({ dom: each.dom, native: each.state ?? { state: 0, reason: 0 } }))
  } catch (error) {
    if (!isUnsupported(error)) throw error
    return readStatesOneByOne(host, domains, options)
  }
}

/** For drivers without bulk statistics. */
async function readStatesOneByOne(host: LibvirtHost, named: readonly DomainRef[], options: CallOptions): Promise<readonly StateReading[]> {
  const domains = named.length > 0 ? named : await listAllDomains(host, options)
  const readings = await Promise.all(
    domains.map(async (dom): Promise<StateReading | null> => {
      try {
        const { state, reason } = await host.call('domainGetState', { dom, flags: 0 }, options)
        return { dom, native: { state, reason } }
      } catch (error) {
        if (isNoDomain(error)) return null
        throw error
      }
    }),
  )
  return readings.filter((reading) => reading !== null)
}

/** Virtual CPUs and memory. NOWAIT: a machine that is busy with a job is passed over rather than waited for. */
export async function readSizes(host: LibvirtHost, domains: readonly DomainRef[], options: CallOptions): Promise<readonly SizeReading[]> {
  const flags = constants.VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT
  const stats = await getAllDomainStats(host, { ...options, groups: ['vcpu', 'balloon'], domains, flags })
  return stats.map((each) => ({
    dom: each.dom,
    vcpus: each.number('vcpu.current'),
    memoryKiB: each.number('balloon.current'),
    maxMemoryKiB: each.number('balloon.maximum'),
  }))
}

/** Who starts with the host, has a saved image, has no definition: three short lists instead of three calls a domain. */
export async function readFlagSets(host: LibvirtHost, options: CallOptions): Promise<FlagSets> {
  const ids = async (flags: number) => new Set((await listAllDomains(host, { ...options, flags })).map((dom) => dom.uuid))
  const either = async (flagged: number, others: number): Promise<IsFlagged> => {
    try {
      const set = await ids(flagged)
      return (uuid) => set.has(uuid)
    } catch (error) {
      // Those that are not are fewer then.
      if (!isListTooLong(error)) throw error
      const set = await ids(others)
      return (uuid) => !set.has(uuid)
    }
  }
  const [autostart, managedSave, transient] = await Promise.all([
    either(constants.VIR_CONNECT_LIST_DOMAINS_AUTOSTART, constants.VIR_CONNECT_LIST_DOMAINS_NO_AUTOSTART),
    either(constants.VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE, constants.VIR_CONNECT_LIST_DOMAINS_NO_MANAGEDSAVE),
    either(constants.VIR_CONNECT_LIST_DOMAINS_TRANSIENT, constants.VIR_CONNECT_LIST_DOMAINS_PERSISTENT),
  ])
  return { autostart, managedSave, transient }
}

export function flagsIn(sets: FlagSets, uuid: string): Flags {
  return { autostart: sets.autostart(uuid), hasManagedSave: sets.managedSave(uuid), persistent: !sets.transient(uuid) }
}

/** The same of one domain. Null: it is gone. */
export async function readFlags(host: LibvirtHost, dom: DomainRef, options: CallOptions): Promise<Flags | null> {
  try {
    const persistent = host.call('domainIsPersistent', { dom }, options)
    const saved = host.call('domainHasManagedSaveImage', { dom, flags: 0 }, options).catch(unsupportedAsZero)
    const autostart = host.call('domainGetAutostart', { dom }, options).catch(transientAsOff)
    const [isPersistent, image, auto] = await Promise.all([persistent, saved, autostart])
    return { persistent: isPersistent.persistent !== 0, hasManagedSave: image.result !== 0, autostart: auto.autostart !== 0 }
  } catch (error) {
    if (isNoDomain(error)) return null
    throw error
  }
}

function unsupportedAsZero(error: unknown): { readonly result: number } {
  if (isUnsupported(error)) return { result: 0 }
  throw error
}

/** A transient domain cannot start with the host. */
function transientAsOff(error: unknown): { readonly autostart: number } {
  if (isNoDomain(error)) throw error
  return { autostart: 0 }
}
