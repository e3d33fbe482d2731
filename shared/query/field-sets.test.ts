import { describe, expect, test } from 'vitest'
import {
  type Connection,
  connectionSchema,
  type EventRecord,
  eventSchema,
  type Host,
  hostSchema,
  type Machine,
  machineSchema,
  networkSchema,
  type Task,
  taskSchema,
} from '../model/index.ts'
import { compileQuery } from './compile.ts'
import { EVENT_FIELDS, type FieldSet, HOST_FIELDS, type InventoryContext, MACHINE_FIELDS, TASK_FIELDS } from './index.ts'
import { parseQuery } from './parse.ts'

const NOW = 1_700_000_000_000
const MINUTE = 60_000

const connection: Connection = connectionSchema.parse({
  id: 'c1',
  workspaceId: 'w1',
  providerId: 'libvirt',
  name: 'Rack 1',
  config: {},
  revision: 1,
  observedAtMs: NOW,
  status: 'online',
  freshness: { state: 'live' },
  error: null,
  nextAttemptAtMs: null,
  lastOnlineAtMs: NOW,
  address: 'root@kvm-01.example.org:22',
  capabilities: null,
})
const host: Host = hostSchema.parse({
  id: 'c1.h.kvm-01',
  connectionId: 'c1',
  nativeRef: 'kvm-01',
  revision: 1,
  observedAtMs: NOW - 2 * MINUTE,
  freshness: { state: 'stale', sinceMs: NOW - 2 * MINUTE, reason: 'timeout' },
  name: 'kvm-01',
  hypervisor: 'QEMU/KVM',
  versions: [
    { name: 'libvirt', version: '9.0.0' },
    { name: 'QEMU', version: '7.2.11' },
  ],
  cpuModel: 'EPYC 7443P',
  cpus: 48,
  sockets: 1,
  coresPerSocket: 24,
  threadsPerCore: 2,
  cpuMhz: 2850,
  memoryKiB: 256 * 1024 ** 2,
  memoryFreeKiB: 64 * 1024 ** 2,
  cpuPercent: 37.2,
})
const network = networkSchema.parse({
  id: 'c1.n.default',
  connectionId: 'c1',
  hostId: host.id,
  nativeRef: 'default',
  revision: 1,
  observedAtMs: NOW,
  name: 'default',
  active: true,
  autostart: true,
  persistent: true,
  forward: 'nat',
  bridge: 'virbr0',
  cidrs: [],
})
const machine: Machine = machineSchema.parse({
  id: 'c1.m.4dea22b3-1d52-d8f3-2516-782e98ab3fa0',
  connectionId: 'c1',
  hostId: host.id,
  nativeRef: '4dea22b3-1d52-d8f3-2516-782e98ab3fa0',
  revision: 7,
  observedAtMs: NOW - 60 * MINUTE,
  name: 'web-01',
  state: 'running',
  nativeState: 'running (booted)',
  title: 'Schöne Webseite',
  description: null,
  tags: ['prod', 'Team Köln'],
  notes: 'backup at night',
  vcpus: 4,
  memoryKiB: 8 * 1024 ** 2,
  maxMemoryKiB: 16 * 1024 ** 2,
  os: 'Debian 12',
  addresses: ['192.168.122.10'],
  networkIds: [network.id],
  autostart: true,
  persistent: true,
  hasManagedSave: false,
  agent: 'connected',
  startedAtMs: NOW - 3 * 24 * 60 * MINUTE - 1,
  attention: null,
  metrics: {
    atMs: NOW,
    cpuPercent: 85.5,
    memoryUsedKiB: null,
    diskReadBytesPerS: 20 * 1024 ** 2,
    diskWriteBytesPerS: 0,
    netRxBytesPerS: 10,
    netTxBytesPerS: null,
  },
})
const event: EventRecord = eventSchema.parse({
  id: 12,
  atMs: NOW - 5 * MINUTE,
  severity: 'warning',
  code: 'connection.lost',
  params: {},
  text: 'The link to Rack 1 was lost',
  source: 'engine',
  actor: null,
  connectionId: 'c1',
  hostId: host.id,
  machineId: null,
  taskId: null,
  objectName: 'Rack 1',
})
const task: Task = taskSchema.parse({
  id: 't1',
  parentId: null,
  revision: 3,
  kind: 'machine.shutdown',
  params: {},
  target: { entity: 'machine', id: machine.id, name: 'web-01' },
  connectionId: 'c1',
  actor: 'anna',
  origin: 'page',
  reason: 'Kernel update',
  state: 'failed',
  steps: [],
  progress: { fraction: 0.5, bytesDone: null, bytesTotal: null, bytesPerS: null, note: null },
  createdAtMs: NOW - 10 * MINUTE,
  startedAtMs: NOW - 9 * MINUTE,
  endedAtMs: NOW - 6 * MINUTE,
  error: null,
  offers: [],
  undoable: false,
  children: null,
})

const context: InventoryContext = {
  nowMs: NOW,
  host: (id) => (id === host.id ? host : undefined),
  connection: (id) => (id === connection.id ? connection : undefined),
  network: (id) => (id === network.id ? network : undefined),
}

function selects<T>(query: string, fields: FieldSet<T, InventoryContext>, item: T): boolean {
  const parsed = parseQuery(query, fields)
  expect(parsed).toMatchObject({ ok: true })
  return parsed.ok && compileQuery(parsed.ast, fields)(item, context)
}

describe('machines', () => {
  test.each([
    String.raw`state:running cpu>80 tag:prod host:kvm-0* -os:windows name~/web-\d+/ (debian | b)`,
    'status:on',
    'schone',
    'tag:"team koln"',
    'connection:"rack 1"',
    'memory:8GiB',
    'vcpu>=4',
    'ip:192.168.*',
    'network:default',
    'title:web',
    'notes:backup -has:description',
    'uptime>3d uptime<4d',
    'autostart:yes persistent:yes saved:no',
    'agent:connected',
    'fresh:stale',
    'seen:2m seen<5m',
    'provider:libvirt',
    'uuid:4dea22b3-*',
    '4dea22b3',
    'disk-read>10MiB',
    '-has:memory-used -has:attention',
  ])('%s', (query) => {
    expect(selects(query, MACHINE_FIELDS, machine)).toBe(true)
    expect(selects(query === '' ? '' : `-(${query})`, MACHINE_FIELDS, machine)).toBe(false)
  })

  test('of an unknown connection it is not known how fresh it is', () => {
    const lost: InventoryContext = { ...context, host: () => undefined, connection: () => undefined }
    const parsed = parseQuery('fresh:never -has:host', MACHINE_FIELDS)
    expect(parsed.ok && compileQuery(parsed.ast, MACHINE_FIELDS)(machine, lost)).toBe(true)
  })
})

test.each([
  'kvm',
  'status:up',
  'libvirt>=9 qemu<8',
  'memory-used:75 memory-free=64GiB',
  'cpus:48 cpu<50',
  'model:epyc',
  'fresh:stale',
  'address:example',
])('hosts: %s', (query) => {
  expect(selects(query, HOST_FIELDS, host)).toBe(true)
})

test.each(['severity:warn', 'code:connection.*', 'age<1h', 'lost', 'host:kvm-01', 'source:engine -has:actor', 'name:"rack 1"'])(
  'events: %s',
  (query) => {
    expect(selects(query, EVENT_FIELDS, event)).toBe(true)
  },
)

test.each([
  'state:failed,partly',
  'kind:machine.*',
  'target:web-01',
  'actor:anna',
  'why:kernel',
  'took:3m',
  'ended<10m',
  'progress:50',
  'bulk:no',
])('tasks: %s', (query) => {
  expect(selects(query, TASK_FIELDS, task)).toBe(true)
})
