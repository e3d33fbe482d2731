import type { NodeRate } from '../../../../shared/model/index.ts'
import { constants as c, getAllDomainStats } from '../../../libvirt/index.ts'
import { ratePerS } from '../rates.ts'
import type { InterfaceCounters } from './host-interface.ts'
import { readHostInterfaces } from './host-interfaces.ts'
import { type NetworkContext, within } from './network-context.ts'
import { readNetworkElement } from './network-xml.ts'
import { cardsWithIds } from './topology.ts'

interface Reading {
  readonly atMs: number
  /** By the id of a node. */
  readonly counters: ReadonlyMap<string, InterfaceCounters>
}

/** Two who ask at the same time get the same answer: between readings that are closer no rate makes sense. */
const LEAST_MS = 500
/** A reading that is older says nothing of what goes over now. */
const OLDEST_MS = 30_000

/** What goes over the nodes of a host's picture: the growth of counters since somebody asked last. The first answer holds no rates. */
export class NetworkRates {
  #last: Reading | undefined
  #answer: readonly NodeRate[] = []

  async read(context: NetworkContext): Promise<readonly NodeRate[]> {
    const last = this.#last
    if (last && context.clock.nowMs() - last.atMs < LEAST_MS) return this.#answer
    const counters = await readCounters(context)
    const atMs = context.clock.nowMs()
    this.#last = { atMs, counters }
    this.#answer = ratesBetween(last && atMs - last.atMs <= OLDEST_MS ? last : undefined, this.#last)
    return this.#answer
  }
}

export function ratesBetween(before: Reading | undefined, { atMs, counters }: Reading): readonly NodeRate[] {
  const elapsedMs = before ? atMs - before.atMs : 0
  return [...counters].map(([id, now]) => {
    const then = before?.counters.get(id)
    return { id, rxBytesPerS: rate(then?.rxBytes, now.rxBytes, elapsedMs), txBytesPerS: rate(then?.txBytes, now.txBytes, elapsedMs) }
  })
}

function rate(before: bigint | undefined, after: bigint, elapsedMs: number): number | null {
  const value = ratePerS(before, after, elapsedMs)
  return value === null ? null : Math.round(value)
}

async function readCounters(context: NetworkContext): Promise<ReadonlyMap<string, InterfaceCounters>> {
  const [cards, host] = await Promise.all([readCardCounters(context), readHostInterfaces(context)])
  const counters = new Map(cards)
  for (const { name } of host?.interfaces ?? []) {
    const own = host?.counters.get(name)
    if (own) counters.set(`if:${name}`, own)
  }
  for (const [ref, { facts, definition }] of context.watch()?.networks() ?? []) {
    const { bridge } = readNetworkElement(definition)
    const own = facts.active && bridge !== null ? host?.counters.get(bridge) : undefined
    if (own) counters.set(`net:${ref}`, own)
  }
  return counters
}

/** Of all running machines by one call, as the guest sees them. */
async function readCardCounters(context: NetworkContext): Promise<ReadonlyMap<string, InterfaceCounters>> {
  const flags = c.VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE | c.VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT
  const stats = await getAllDomainStats(context.host, { ...within(context), groups: ['interface'], flags })
  const byTarget = new Map<string, InterfaceCounters>()
  for (const { interfaces } of stats) {
    for (const { name, rxBytes, txBytes } of interfaces) {
      if (name !== undefined && rxBytes !== undefined && txBytes !== undefined) byTarget.set(name, { rxBytes, txBytes })
    }
  }
  const counters = new Map<string, InterfaceCounters>()
  for (const [machine, { target }, id] of cardsWithIds(context.watch()?.machineCards() ?? [])) {
    const own = machine.isRunning && target !== null ? byTarget.get(target) : undefined
    if (own) counters.set(id, own)
  }
  return counters
}
