import type { EventRecord } from '../model/index.ts'
import { defineFields } from './fields.ts'
import { ageMs, type InventoryContext } from './inventory-context.ts'

/** What can be asked of a line of the event log. `age<1h` is the last hour. */
export const EVENT_FIELDS = defineFields<EventRecord, InventoryContext>({
  severity: {
    kind: 'enum',
    aliases: ['level'],
    values: [{ value: 'info' }, { value: 'warning', aliases: ['warn'] }, { value: 'error', aliases: ['err'] }],
    get: (event) => event.severity,
  },
  code: { kind: 'id', aliases: ['event', 'type'], get: (event) => event.code, search: true },
  text: { kind: 'text', aliases: ['message'], match: 'part', get: (event) => event.text, search: true },
  name: { kind: 'text', aliases: ['object'], get: (event) => event.objectName, search: true },
  age: { kind: 'duration', aliases: ['time', 'seen'], get: (event, context) => ageMs(event.atMs, context) },
  source: {
    kind: 'enum',
    values: [{ value: 'provider' }, { value: 'engine' }, { value: 'task' }, { value: 'user' }],
    get: (event) => event.source,
  },
  actor: { kind: 'text', aliases: ['user', 'who'], get: (event) => event.actor, search: true },
  connection: {
    kind: 'text',
    aliases: ['conn'],
    get: (event, context) => (event.connectionId === null ? undefined : context.connection(event.connectionId)?.name),
  },
  host: { kind: 'text', get: (event, context) => (event.hostId === null ? undefined : context.host(event.hostId)?.name) },
  machine: { kind: 'id', get: (event) => event.machineId },
  task: { kind: 'id', get: (event) => event.taskId },
  id: { kind: 'number', get: (event) => event.id },
})
