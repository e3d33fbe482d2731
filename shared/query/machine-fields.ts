import { BILLINGS, MACHINE_STATES, type Machine, type MachineState, machineFreshness, machineSeenAtMs, PURCHASES } from '../model/index.ts'
import { defineFields } from './fields.ts'
import { ageMs, bytesOfKiB, FRESHNESS_VALUES, type InventoryContext } from './inventory-context.ts'

/** The words other consoles use for the same state. */
const STATE_ALIASES: Partial<Record<MachineState, readonly string[]>> = {
  running: ['on', 'up'],
  stopped: ['off', 'shutoff', 'shut off', 'down'],
  suspended: ['pmsuspended'],
  saved: ['managed save'],
  stopping: ['shutting down'],
}

/** What can be asked of a machine. */
export const MACHINE_FIELDS = defineFields<Machine, InventoryContext>({
  name: { kind: 'text', get: (machine) => machine.name, search: true },
  state: {
    kind: 'enum',
    aliases: ['status', 'is'],
    values: MACHINE_STATES.map((value) => ({ value, label: `state.${value}`, aliases: STATE_ALIASES[value] ?? [] })),
    get: (machine) => machine.state,
  },
  host: { kind: 'text', get: (machine, context) => context.host(machine.hostId)?.name, search: true },
  connection: { kind: 'text', aliases: ['conn'], get: (machine, context) => context.connection(machine.connectionId)?.name },
  tag: { kind: 'tags', aliases: ['tags'], get: (machine) => machine.tags, search: true },
  os: { kind: 'text', match: 'part', get: (machine) => machine.os, search: true },
  cpu: { kind: 'percent', get: (machine) => machine.metrics?.cpuPercent },
  memory: { kind: 'bytes', aliases: ['mem', 'ram'], get: (machine) => bytesOfKiB(machine.memoryKiB) },
  'memory-used': { kind: 'bytes', get: (machine) => bytesOfKiB(machine.metrics?.memoryUsedKiB) },
  vcpu: { kind: 'number', aliases: ['vcpus', 'cpus'], get: (machine) => machine.vcpus },
  ip: { kind: 'id', aliases: ['address'], get: (machine) => machine.addresses, search: true },
  network: {
    kind: 'text',
    aliases: ['net'],
    get: (machine, context) => machine.networkIds.flatMap((id) => context.network(id)?.name ?? []),
  },
  title: { kind: 'text', match: 'part', get: (machine) => machine.title, search: true },
  description: { kind: 'text', aliases: ['desc'], match: 'part', get: (machine) => machine.description, search: true },
  notes: { kind: 'text', aliases: ['note'], match: 'part', get: (machine) => machine.notes, search: true },
  uptime: { kind: 'duration', aliases: ['up'], get: (machine, context) => ageMs(machine.startedAtMs, context) },
  autostart: { kind: 'boolean', get: (machine) => machine.autostart },
  persistent: { kind: 'boolean', get: (machine) => machine.persistent },
  saved: { kind: 'boolean', get: (machine) => machine.hasManagedSave },
  agent: { kind: 'enum', values: [{ value: 'connected' }, { value: 'disconnected' }, { value: 'none' }], get: (machine) => machine.agent },
  attention: { kind: 'text', match: 'part', get: (machine) => machine.attention?.text },
  fresh: {
    kind: 'enum',
    aliases: ['freshness'],
    values: FRESHNESS_VALUES,
    get: (machine, context) => machineFreshness(context.connection(machine.connectionId), context.host(machine.hostId)).state,
  },
  seen: { kind: 'duration', get: (machine, context) => ageMs(machineSeenAtMs(machine, context.host(machine.hostId)), context) },
  provider: { kind: 'id', get: (machine, context) => context.connection(machine.connectionId)?.providerId },
  type: { kind: 'text', aliases: ['size'], get: (machine) => machine.cloud?.type },
  region: { kind: 'text', get: (machine) => machine.cloud?.region },
  zone: { kind: 'text', get: (machine) => machine.cloud?.zone },
  image: { kind: 'text', match: 'part', get: (machine) => machine.cloud?.image?.name ?? machine.cloud?.image?.id },
  purchase: { kind: 'enum', values: PURCHASES.map((value) => ({ value })), get: (machine) => machine.cloud?.purchase },
  billing: { kind: 'enum', values: BILLINGS.map((value) => ({ value })), get: (machine) => machine.cloud?.billing },
  protected: { kind: 'boolean', get: (machine) => machine.cloud?.isProtected },
  group: { kind: 'text', aliases: ['security-group'], get: (machine) => machine.cloud?.groups.map((group) => group.name) },
  'cloud-id': { kind: 'id', get: (machine) => machine.cloud?.id, search: true },
  uuid: { kind: 'id', aliases: ['ref'], get: (machine) => machine.nativeRef, search: true },
  id: { kind: 'id', get: (machine) => machine.id },
  'disk-read': { kind: 'bytes', get: (machine) => machine.metrics?.diskReadBytesPerS },
  'disk-write': { kind: 'bytes', get: (machine) => machine.metrics?.diskWriteBytesPerS },
  'net-rx': { kind: 'bytes', get: (machine) => machine.metrics?.netRxBytesPerS },
  'net-tx': { kind: 'bytes', get: (machine) => machine.metrics?.netTxBytesPerS },
})
