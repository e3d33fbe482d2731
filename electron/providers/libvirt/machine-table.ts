import type { DomainRef } from '../../libvirt/index.ts'
import type { MachineFacts, ProviderChange } from '../provider.ts'
import type { DefinitionFacts, KnownDisks } from './domain-facts.ts'
import type { Flags, SizeReading, StateReading } from './readings.ts'
import { attentionOf, isActive, machineStateOf, type NativeState, nativeStateText } from './states.ts'

/** What is known of one machine, from several reads. */
export interface MachineRecord {
  dom: DomainRef
  native: NativeState
  flags: Flags
  size: SizeReading | undefined
  definition: DefinitionFacts | undefined
  agent: MachineFacts['agent']
  agentAddresses: readonly string[]
  /** It ran already when this link came up, and its agent has not been asked since: what was told of its addresses before may still hold. */
  formerAddresses: boolean
  startedAtMs: number | null
  /** Number of the read that `native` and `flags` come from. */
  readNumber: number
  /** What the engine was told last. */
  sent: MachineFacts | undefined
  /** Facts of it that were placeholders: once they are known they are told, even if they look the same. */
  placeholders: readonly (keyof MachineFacts)[]
}

/** Facts that stand in a definition. Until it has been read they are placeholders, and what was known before stays. */
const OF_DEFINITION = [
  'title',
  'description',
  'tags',
  'notes',
  'template',
  'os',
  'agent',
  'networkRefs',
] as const satisfies readonly (keyof MachineFacts)[]
const OF_SIZE = ['vcpus', 'memoryKiB', 'maxMemoryKiB'] as const satisfies readonly (keyof MachineFacts)[]

export interface Lookups {
  readonly hostRef: string
  /** Of a network of libvirt's, by name; undefined where it is not known. */
  readonly networkRef: (name: string) => string | undefined
  /** Addresses leased to a network card. */
  readonly leasesOf: (mac: string) => readonly string[]
  /** Whether leases have been looked at once. */
  readonly areLeasesRead: () => boolean
  readonly nowMs: () => number
}

/** Who holds devices of the host, as far as definitions tell that have been read since they were last told to have changed. */
export interface KnownHostDevices {
  /** Device → name of the machine. */
  readonly users: ReadonlyMap<string, string>
  /** Machines whose definition has yet to be read. */
  readonly unread: readonly DomainRef[]
}

/** The machines of one host, and what the engine has yet to be told of them. */
export class MachineTable {
  readonly #lookups: Lookups
  readonly #records = new Map<string, MachineRecord>()
  readonly #changed = new Set<string>()
  /** Machines that were seen to go, with the number of the read that saw it: older reads do not bring them back. */
  readonly #gone = new Map<string, number>()
  readonly #removed = new Set<string>()

  constructor(lookups: Lookups) {
    this.#lookups = lookups
  }

  get size(): number {
    return this.#records.size
  }

  get(ref: string): MachineRecord | undefined {
    return this.#records.get(ref)
  }

  all(): IterableIterator<[string, MachineRecord]> {
    return this.#records.entries()
  }

  refs(): readonly string[] {
    return [...this.#records.keys()]
  }

  /** Undefined unless all definitions have been read. */
  diskKeys(): ReadonlyMap<string, KnownDisks> | undefined {
    const found = new Map<string, KnownDisks>()
    for (const [ref, { dom, definition }] of this.#records) {
      if (definition === undefined) return undefined
      found.set(ref, { name: dom.name, keys: definition.diskKeys, images: definition.imageKeys })
    }
    return found
  }

  /** `isDue`: its definition is to be read again. */
  hostDevices(isDue: (ref: string) => boolean): KnownHostDevices {
    const users = new Map<string, string>()
    const unread: DomainRef[] = []
    for (const [ref, { dom, definition }] of this.#records) {
      if (definition === undefined || isDue(ref)) unread.push(dom)
      else for (const device of definition.hostDevices) users.set(device, dom.name)
    }
    return { users, unread }
  }

  active(): readonly MachineRecord[] {
    return [...this.#records.values()].filter((record) => isActive(record.native))
  }

  /** Takes a reading in, unless a later one is known. */
  applyState({ dom, native }: StateReading, flags: Flags, readNumber: number): void {
    const ref = dom.uuid
    if ((this.#gone.get(ref) ?? 0) > readNumber) return
    const known = this.#records.get(ref)
    if (known === undefined) {
      const empty = {
        size: undefined,
        definition: undefined,
        agent: null,
        agentAddresses: [],
        formerAddresses: isActive(native),
        startedAtMs: null,
        sent: undefined,
        placeholders: [],
      }
      this.#records.set(ref, { dom, native, flags, readNumber, ...empty })
      this.#removed.delete(ref)
      this.#changed.add(ref)
      return
    }
    if (known.readNumber > readNumber) return
    const began = isActive(native) && (!isActive(known.native) || known.dom.id !== dom.id)
    if (!isActive(native)) {
      known.startedAtMs = null
      known.agentAddresses = []
    } else if (began) known.startedAtMs = this.#lookups.nowMs()
    if (began || !isActive(native)) known.formerAddresses = false
    Object.assign(known, { dom, native, flags, readNumber })
    this.#changed.add(ref)
  }

  /** What an event says of the state, ahead of the reading that follows it. */
  applyEvent(dom: DomainRef, native: NativeState, hasManagedSave: boolean | null, readNumber: number): void {
    const known = this.#records.get(dom.uuid)
    if (known === undefined) return
    const flags = hasManagedSave === null ? known.flags : { ...known.flags, hasManagedSave }
    this.applyState({ dom, native }, flags, readNumber)
  }

  applySize(size: SizeReading): void {
    this.#update(size.dom.uuid, (record) => {
      record.size = size
    })
  }

  applyMemory(ref: string, memoryKiB: number): void {
    this.#update(ref, (record) => {
      record.size = { dom: record.dom, vcpus: record.size?.vcpus, maxMemoryKiB: record.size?.maxMemoryKiB, memoryKiB }
    })
  }

  applyDefinition(ref: string, definition: DefinitionFacts): void {
    this.#update(ref, (record) => {
      record.definition = definition
      record.agent = definition.agent
    })
  }

  applyAgent(ref: string, agent: 'connected' | 'disconnected'): void {
    this.#update(ref, (record) => {
      record.agent = agent
      if (agent === 'disconnected') record.agentAddresses = []
    })
  }

  /** What its agent answered; null if it did not. */
  applyAgentAddresses(ref: string, addresses: readonly string[] | null): void {
    this.#update(ref, (record) => {
      record.formerAddresses = false
      if (addresses) record.agentAddresses = addresses
    })
  }

  /** The host does not have it any more, as the read of that number says. */
  remove(ref: string, readNumber: number): void {
    const record = this.#records.get(ref)
    if (record === undefined || record.readNumber > readNumber) return
    this.#records.delete(ref)
    this.#changed.delete(ref)
    this.#gone.set(ref, readNumber)
    if (record.sent !== undefined) this.#removed.add(ref)
  }

  /** A whole list was read: who is not on it is gone. */
  removeMissing(present: ReadonlySet<string>, readNumber: number): void {
    for (const ref of this.refs()) if (!present.has(ref)) this.remove(ref, readNumber)
    for (const [ref, number] of this.#gone) if (number < readNumber) this.#gone.delete(ref)
  }

  /** Something that all facts draw on has changed: leases, networks. */
  changeAll(): void {
    for (const ref of this.#records.keys()) this.#changed.add(ref)
  }

  /** Everything is to be told again. */
  forgetSent(): void {
    for (const [ref, record] of this.#records) {
      record.sent = undefined
      this.#changed.add(ref)
    }
  }

  /** What the engine does not know yet, at most so many machines. Empty when it knows everything. */
  takeChanges(limit = Number.POSITIVE_INFINITY): readonly ProviderChange[] {
    const changes: ProviderChange[] = [...this.#removed].map((ref) => ({ op: 'remove', entity: 'machine', ref }))
    this.#removed.clear()
    for (const ref of this.#changed) {
      if (changes.length >= limit) break
      this.#changed.delete(ref)
      const change = this.#changeOf(ref)
      if (change) changes.push(change)
    }
    return changes
  }

  #update(ref: string, change: (record: MachineRecord) => void): void {
    const record = this.#records.get(ref)
    if (record === undefined) return
    change(record)
    this.#changed.add(ref)
  }

  #changeOf(ref: string): ProviderChange | null {
    const record = this.#records.get(ref)
    if (record === undefined) return null
    const facts = this.#factsOf(record)
    const before = record.sent
    record.sent = facts
    const unread = [
      ...(record.definition ? [] : OF_DEFINITION),
      ...(record.definition || record.size ? [] : OF_SIZE),
      ...(this.#mayHaveFormerAddresses(record, facts) ? (['addresses'] as const) : []),
    ]
    if (before === undefined) {
      record.placeholders = unread
      return { op: 'put', entity: 'machine', ref, facts, ...(unread.length > 0 && { unread }) }
    }
    const known = record.placeholders.filter((key) => !unread.some((each) => each === key))
    record.placeholders = record.placeholders.filter((key) => !known.includes(key))
    const patch = differences(before, facts, known)
    return patch && { op: 'patch', entity: 'machine', ref, patch }
  }

  /** Nobody has told yet which addresses it has now. */
  #mayHaveFormerAddresses({ definition, agent, formerAddresses }: MachineRecord, { addresses }: MachineFacts): boolean {
    if (!formerAddresses || addresses.length > 0) return false
    return definition === undefined || agent === 'connected' || !this.#lookups.areLeasesRead()
  }

  #factsOf({ dom, native, flags, size, definition, agent, agentAddresses, startedAtMs }: MachineRecord): MachineFacts {
    const { hostRef, networkRef, leasesOf } = this.#lookups
    const leased = isActive(native) ? (definition?.macs.flatMap((mac) => leasesOf(mac)) ?? []) : []
    return {
      hostRef,
      name: dom.name,
      state: machineStateOf(native, flags.hasManagedSave),
      nativeState: nativeStateText(native),
      title: definition?.title ?? null,
      description: definition?.description ?? null,
      tags: [...(definition?.tags ?? [])],
      notes: definition?.notes ?? null,
      vcpus: size?.vcpus ?? definition?.vcpus ?? 0,
      memoryKiB: size?.memoryKiB ?? definition?.memoryKiB ?? 0,
      maxMemoryKiB: size?.maxMemoryKiB ?? definition?.maxMemoryKiB ?? 0,
      os: definition?.os ?? null,
      addresses: [...new Set([...agentAddresses, ...leased])],
      networkRefs: (definition?.networkNames ?? []).map(networkRef).filter((each) => each !== undefined),
      autostart: flags.autostart,
      persistent: flags.persistent,
      // An image that is still there while the machine runs is being restored from, and goes away by itself.
      hasManagedSave: flags.hasManagedSave && !isActive(native),
      agent,
      startedAtMs,
      template: definition?.template ?? null,
      cloud: null,
      attention: attentionOf(native),
      metrics: null,
    }
  }
}

/** The fields that differ and those to be told in any case, or null. */
function differences(before: MachineFacts, after: MachineFacts, always: readonly (keyof MachineFacts)[]): Partial<MachineFacts> | null {
  const patch: Record<string, unknown> = {}
  let differs = false
  for (const key of Object.keys(after) as (keyof MachineFacts)[]) {
    const a = before[key]
    const b = after[key]
    const same = a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b))
    if (same && !always.includes(key)) continue
    patch[key] = b
    differs = true
  }
  return differs ? patch : null
}
