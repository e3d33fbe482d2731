import type { MachineTable } from './machine-table.ts'
import type { MachineCards } from './networks/cards.ts'
import { isActive } from './states.ts'

/** Card address → name of the machine that has it, of all machines read so far. */
export function macsIn(table: MachineTable): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const [, { dom, definition }] of table.all()) for (const mac of definition?.macs ?? []) found.set(mac, dom.name)
  return found
}

/** Machines whose definitions have been read, with their cards. An agent does not tell of which card an address is, unless there is one. */
export function cardsIn(table: MachineTable, leasesOf: (mac: string) => readonly string[]): readonly MachineCards[] {
  return [...table.all()].flatMap(([ref, { dom, native, definition, agentAddresses }]) => {
    if (definition === undefined || definition.cards.length === 0) return []
    const ofAgent = definition.cards.length === 1 ? agentAddresses : []
    const addressesOf = (mac: string) => [...new Set([...ofAgent, ...leasesOf(mac)])]
    return [{ ref, name: dom.name, isRunning: isActive(native), cards: definition.cards, addressesOf }]
  })
}

/** Definitions of all machines have been read. */
export function hasAllCards(table: MachineTable): boolean {
  return [...table.all()].every(([, { definition }]) => definition !== undefined)
}
