import type { LeftMachine, Machine, Reason } from '../../../shared/model/index.ts'
import type { InventoryReader } from '../ports.ts'
import type { MaintenanceRecord } from './maintenance-book.ts'
import { isOff } from './placement.ts'

/**
 * Who runs on a host that stands empty on purpose: those that stayed and still do, and those that came since, by a move that was under way when
 * it was closed or by somebody else's hand. Of a machine that nobody knows now, the last word counts.
 */
export function stillHere(record: MaintenanceRecord, inventory: InventoryReader): LeftMachine[] {
  const stayed = record.stayed.filter(({ machineId }) => {
    const machine = inventory.get('machine', machineId)
    return !machine || (machine.hostId === record.hostId && !isOff(machine))
  })
  const known = new Set<string>([record.stayed, record.moved, record.stopped].flatMap((list) => list.map(({ machineId }) => machineId)))
  const came = [...inventory.all('machine')]
    .filter((machine) => machine.hostId === record.hostId && !isOff(machine) && !known.has(machine.id))
    .map((machine) => ({ machineId: machine.id, name: machine.name, reason: cameSince(machine) }))
  return [...stayed, ...came]
}

function cameSince({ name }: Machine): Reason {
  return {
    code: 'maintenance.machine-came',
    text: `${name} came, or was started, when the host was closed already. Empty the host once more.`,
    params: { name },
  }
}
