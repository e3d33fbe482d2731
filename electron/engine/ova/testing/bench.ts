import { createHash } from 'node:crypto'
import { type Host, type Machine, type Pool, settingsSchema, type Task, type TaskId } from '../../../../shared/model/index.ts'
import type { ByteChannel } from '../../../providers/provider.ts'
import { buildKinds } from '../../build/build-kinds.ts'
import { BuildSecrets } from '../../build/build-secrets.ts'
import { BuildService } from '../../build/build-service.ts'
import { machineKinds } from '../../machines/machine-task.ts'
import { TaskEngine } from '../../tasks/task-engine.ts'
import { FakeBuildHost } from '../../testing/fake-build-host.ts'
import { FakeClock, settle } from '../../testing/fake-clock.ts'
import { FakeSecrets } from '../../testing/fake-secrets.ts'
import { MemoryTaskStore } from '../../testing/memory-task-store.ts'
import { exportKind } from '../export-kind.ts'
import { importKind } from '../import-kind.ts'
import { OvaExports } from '../ova-exports.ts'
import { OvaService } from '../ova-service.ts'
import { padded, tarHeader } from '../tar.ts'

export const AUTHOR = { actor: 'ada', origin: 'page', reason: null }
export const SIGNAL: AbortSignal = new AbortController().signal
export const POOL = 'c1.p.d' as Pool['id']
const GIB = 1_073_741_824

/** A service for packages over a task engine and a host in memory; a second one is a new process over the same store and host. */
export class OvaBench {
  readonly host: FakeBuildHost
  readonly store: MemoryTaskStore
  readonly clock: FakeClock
  readonly machines: Machine[]
  readonly tasks: TaskEngine
  readonly service: OvaService
  readonly shown = new Map<TaskId, Task>()
  /** By token. */
  readonly offered = new Map<string, ByteChannel>()

  constructor(before?: OvaBench) {
    this.host = before?.host ?? new FakeBuildHost()
    this.store = before?.store ?? new MemoryTaskStore()
    this.clock = before?.clock ?? new FakeClock()
    this.machines = before?.machines ?? []
    const { host, clock } = this
    const inventory = this.#inventory()
    const secrets = new BuildSecrets(new FakeSecrets())
    const exports = new OvaExports(host, clock)
    const ports = { inventory, clock, secrets, exports }
    this.tasks = new TaskEngine({
      store: this.store,
      clock,
      log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
      links: host,
      sink: { putTask: (task) => this.shown.set(task.id, task), removeTask: (id) => this.shown.delete(id) },
      events: { append: () => {} },
      settings: { current: () => settingsSchema.parse({}), onChange: () => () => {} },
      kinds: [...machineKinds(inventory), ...buildKinds(ports), importKind(ports), exportKind(ports)],
    })
    let counter = before ? 128 : 0
    const randomBytes = (length: number) => Uint8Array.from({ length }, () => (counter = (counter + 1) % 256))
    const options = { inventory, links: host, tasks: this.tasks, secrets, clock, randomBytes }
    const build = new BuildService(options)
    this.service = new OvaService({
      ...options,
      check: (input, signal) => build.check(input, signal),
      exports,
      offer: (channel) => {
        const token = `token-${this.offered.size}`
        this.offered.set(token, channel)
        return token
      },
    })
  }

  addMachine(name: string, more: Partial<Machine> = {}): Machine {
    const facts = { name, state: 'stopped', os: 'Debian 13 (trixie)', description: 'Serves pages', addresses: [], template: null }
    const machine = { id: `c1.m.${name}`, nativeRef: name, connectionId: 'c1', hostId: 'c1.h.x', ...facts, ...more } as unknown as Machine
    this.machines.push(machine)
    return machine
  }

  async task(id: TaskId): Promise<Task> {
    await settle(60)
    const task = await this.tasks.get(id)
    if (!task) throw new Error('no such task')
    return task
  }

  /** Everything that a channel gives. */
  async taken(token: string): Promise<Uint8Array> {
    const channel = this.offered.get(token)
    const parts: Uint8Array[] = []
    for (let bytes = await channel?.read(); bytes; bytes = await channel?.read()) parts.push(bytes.slice())
    return Buffer.concat(parts)
  }

  #inventory() {
    const host = { id: 'c1.h.x', nativeRef: 'x', connectionId: 'c1', name: 'kvm-01' } as unknown as Host
    const pool = { id: POOL, hostId: 'c1.h.x', name: 'default', type: 'dir', active: true, availableBytes: 100 * GIB } as unknown as Pool
    const all = (entity: string): Iterable<unknown> => {
      if (entity === 'machine') return this.machines
      if (entity === 'pool') return [pool]
      return entity === 'task' ? this.shown.values() : []
    }
    const get = (entity: string, id: string): unknown => {
      if (entity === 'host') return id === host.id ? host : undefined
      if (entity === 'pool') return id === pool.id ? pool : undefined
      return entity === 'machine' ? this.machines.find((machine) => machine.id === id) : undefined
    }
    return { get, all } as never
  }
}

/** The bytes of an archive, with a manifest of what is in it unless another is given; null: none. */
export function ovaOf(files: Readonly<Record<string, string | Uint8Array>>, manifest?: string | null): Uint8Array {
  const whole = Object.entries(files).map(
    ([name, content]) => [name, typeof content === 'string' ? Buffer.from(content) : content] as const,
  )
  const lines = whole.map(([name, bytes]) => `SHA256(${name})= ${createHash('sha256').update(bytes).digest('hex')}\n`)
  const text = manifest === undefined ? lines.join('') : manifest
  const members = text === null ? whole : [...whole, ['package.mf', Buffer.from(text)] as const]
  return Buffer.concat([
    ...members.flatMap(([name, bytes]) => [tarHeader(name, bytes.length, 0), bytes, new Uint8Array(padded(bytes.length) - bytes.length)]),
    new Uint8Array(1_024),
  ])
}
