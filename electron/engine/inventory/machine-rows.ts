import type { Machine } from '../../../shared/model/index.ts'
import { foldText, type InventoryContext, MACHINE_FIELDS } from '../../../shared/query/index.ts'
import type { Inventory } from './inventory.ts'

const BY_NAME = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

/** A machine as questions run over it. */
export interface QueriedMachine {
  machine: Machine
  readonly workspaceId: string | undefined
  /** Its place in the order of names. */
  rank: number
  /** What bare words are looked for in, folded, a field a line; null until asked for. */
  text: string | null
}

/**
 * All machines in the order of names, kept up with the inventory: a question walks one list instead of looking each machine up,
 * and finds the text it searches in ready. Samples, which are most of all changes, leave order and text alone.
 */
export class MachineRows {
  readonly #inventory: Inventory
  readonly #byId = new Map<string, QueriedMachine>()
  #sorted: readonly QueriedMachine[] | null = null

  constructor(inventory: Inventory) {
    this.#inventory = inventory
    inventory.subscribe((changes) => {
      if (this.#byId.size === 0) return // nobody has asked yet
      for (const { entity, id, op, fields, quiet } of changes) {
        if (entity === 'machine') this.#machineChanged(id, op === 'patch' && !fields.includes('name'), quiet)
        else if (entity === 'connection' && (op !== 'patch' || fields.includes('workspaceId'))) this.#forget()
        else if (entity === 'host' && (op !== 'patch' || fields.includes('name'))) this.#forget()
      }
    })
  }

  /** Valid until the next change. */
  sorted(): readonly QueriedMachine[] {
    if (this.#sorted?.length !== this.#inventory.count('machine')) this.#sorted = this.#build()
    return this.#sorted ?? []
  }

  /** The rows of these machines, in no order. Valid until the next change. */
  of(ids: Iterable<string>): readonly QueriedMachine[] {
    this.sorted()
    const rows: QueriedMachine[] = []
    for (const id of ids) {
      const row = this.#byId.get(id)
      if (row) rows.push(row)
    }
    return rows
  }

  textOf(row: QueriedMachine, context: InventoryContext): string {
    row.text ??= searchedText(row.machine, context)
    return row.text
  }

  #machineChanged(id: string, inPlace: boolean, quiet: boolean): void {
    const row = this.#byId.get(id)
    const machine = this.#inventory.get('machine', id)
    if (row && machine && inPlace) {
      row.machine = machine
      if (!quiet) row.text = null
      return
    }
    this.#byId.delete(id)
    this.#sorted = null
  }

  #forget(): void {
    this.#byId.clear()
    this.#sorted = null
  }

  #build(): readonly QueriedMachine[] {
    const rows: QueriedMachine[] = []
    for (const machine of this.#inventory.all('machine')) {
      const row = this.#byId.get(machine.id) ?? {
        machine,
        workspaceId: this.#inventory.get('connection', machine.connectionId)?.workspaceId,
        rank: 0,
        text: null,
      }
      row.machine = machine
      rows.push(row)
    }
    this.#byId.clear()
    for (const row of rows) this.#byId.set(row.machine.id, row)
    rows.sort((a, b) => BY_NAME.compare(a.machine.name, b.machine.name))
    for (const [rank, row] of rows.entries()) row.rank = rank
    return rows
  }
}

function searchedText(machine: Machine, context: InventoryContext): string {
  const parts: string[] = []
  for (const field of MACHINE_FIELDS.searched) {
    const value = field.get(machine, context)
    if (typeof value === 'string') parts.push(foldText(value))
    else if (Array.isArray(value)) for (const member of value as readonly string[]) parts.push(foldText(member))
  }
  return parts.join('\n')
}
