import type { Volume } from '../../../shared/model/index.ts'
import { FINAL_TASK_STATES, type Host } from '../../../shared/model/index.ts'
import type { MachineBuilder, VolumeKeeper } from '../../providers/provider.ts'
import type { InventoryReader } from '../ports.ts'
import { BUILD_KINDS, IMPORT_KIND } from './plan.ts'

const KINDS: ReadonlySet<string> = new Set([...BUILD_KINDS, IMPORT_KIND])

/** The names on a host: those of its machines, and of those that are just being made. */
export function namesOn(host: Host, inventory: InventoryReader): ReadonlySet<string> {
  const names = new Set<string>()
  for (const machine of inventory.all('machine')) if (machine.hostId === host.id) names.add(machine.name)
  for (const task of inventory.all('task')) {
    const isMade = KINDS.has(task.kind) && task.connectionId === host.connectionId && !FINAL_TASK_STATES.has(task.state)
    if (isMade && task.target) names.add(task.target.name)
  }
  return names
}

/** Address → name of the machine that has it, of one connection: what is private to one network may be had again in another. */
export function addressesOn(host: Host, inventory: InventoryReader): ReadonlyMap<string, string> {
  const addresses = new Map<string, string>()
  for (const machine of inventory.all('machine')) {
    if (machine.connectionId !== host.connectionId) continue
    for (const address of machine.addresses) addresses.set(address, machine.name)
  }
  return addresses
}

/** Card address → name of the machine that has it, of every host of the connection: cards of one wire must differ. */
export function macsOn(host: Host, builder: MachineBuilder, inventory: InventoryReader): ReadonlyMap<string, string> {
  const macs = new Map<string, string>()
  for (const { connectionId, nativeRef } of inventory.all('host')) {
    if (connectionId === host.connectionId) for (const [mac, name] of builder.macs(nativeRef)) macs.set(mac, name)
  }
  return macs
}

/** What lies in each of these pools. One that cannot be read has nothing to say here: the provider's own check tells why. */
export async function volumesIn(
  pools: readonly string[],
  keeper: VolumeKeeper,
  hostRef: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly Volume[]>> {
  const answers = await Promise.allSettled(pools.map((pool) => keeper.list(hostRef, pool, { signal, timeoutMs: READ_TIMEOUT_MS })))
  signal.throwIfAborted()
  return new Map(pools.map((pool, index) => [pool, listIn(answers[index])]))
}

export const READ_TIMEOUT_MS = 30_000

function listIn(answer: PromiseSettledResult<readonly Volume[]> | undefined): readonly Volume[] {
  return answer?.status === 'fulfilled' ? answer.value : []
}

export function volumeNames(volumes: ReadonlyMap<string, readonly Volume[]>): ReadonlyMap<string, readonly string[]> {
  return new Map([...volumes].map(([pool, list]) => [pool, list.map(({ name }) => name)]))
}
