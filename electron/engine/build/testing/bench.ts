import type { z } from 'zod'
import { type BuildInput, buildInput } from '../../../../shared/contract/build.ts'
import { type Host, type Machine, type Pool, settingsSchema, type Task, type TaskId } from '../../../../shared/model/index.ts'
import { machineKinds } from '../../machines/machine-task.ts'
import { TaskEngine } from '../../tasks/task-engine.ts'
import { FakeBuildHost } from '../../testing/fake-build-host.ts'
import { FakeClock, settle } from '../../testing/fake-clock.ts'
import { FakeSecrets } from '../../testing/fake-secrets.ts'
import { MemoryTaskStore } from '../../testing/memory-task-store.ts'
import { buildKinds } from '../build-kinds.ts'
import { BuildSecrets } from '../build-secrets.ts'
import { BuildService } from '../build-service.ts'
import { CloneService } from '../clone-service.ts'

export const AUTHOR = { actor: 'ada', origin: 'page', reason: null }
export const SIGNAL: AbortSignal = new AbortController().signal
const GIB = 1_073_741_824

/** A build service over a task engine and a host in memory; `reboot` is a new process over the same store, host and secrets. */
export class BuildBench {
  readonly host: FakeBuildHost
  readonly store: MemoryTaskStore
  readonly keychain: FakeSecrets
  readonly clock: FakeClock
  readonly machines: Machine[]
  readonly tasks: TaskEngine
  readonly service: BuildService
  readonly clones: CloneService
  readonly shown = new Map<TaskId, Task>()

  constructor(before?: BuildBench) {
    this.host = before?.host ?? new FakeBuildHost()
    this.store = before?.store ?? new MemoryTaskStore()
    this.keychain = before?.keychain ?? new FakeSecrets()
    this.clock = before?.clock ?? new FakeClock()
    this.machines = before?.machines ?? []
    const inventory = this.#inventory()
    const secrets = new BuildSecrets(this.keychain)
    this.tasks = new TaskEngine({
      store: this.store,
      clock: this.clock,
      log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
      links: this.host,
      sink: { putTask: (task) => this.shown.set(task.id, task), removeTask: (id) => this.shown.delete(id) },
      events: { append: () => {} },
      settings: { current: () => settingsSchema.parse({ bulkPerHost: 2 }), onChange: () => () => {} },
      kinds: [...machineKinds(inventory), ...buildKinds({ inventory, clock: this.clock, secrets })],
    })
    let counter = before ? 128 : 0
    const randomBytes = (length: number) => Uint8Array.from({ length }, () => (counter = (counter + 1) % 256))
    const options = { inventory, links: this.host, tasks: this.tasks, secrets, clock: this.clock, randomBytes }
    this.service = new BuildService(options)
    this.clones = new CloneService(options)
  }

  addMachine(name: string, more: Partial<Machine> = {}): Machine {
    const facts = {
      name,
      state: 'stopped',
      addresses: [],
      template: null,
      autostart: false,
      title: null,
      description: null,
      notes: null,
      tags: [],
    }
    const machine = { id: `c1.m.${name}`, nativeRef: name, connectionId: 'c1', hostId: 'c1.h.x', ...facts, ...more } as unknown as Machine
    this.machines.push(machine)
    return machine
  }

  async ended(id: TaskId): Promise<Task> {
    await settle(40)
    const task = await this.tasks.get(id)
    if (!task) throw new Error('no such task')
    return task
  }

  #inventory() {
    const host = { id: 'c1.h.x', nativeRef: 'x', connectionId: 'c1', name: 'kvm-01' } as unknown as Host
    const pool = {
      id: 'c1.p.d',
      hostId: 'c1.h.x',
      name: 'default',
      type: 'dir',
      active: true,
      availableBytes: 100 * GIB,
      target: '/pools',
    } as unknown as Pool
    const all = (entity: string): Iterable<unknown> => {
      if (entity === 'machine') return this.machines
      if (entity === 'pool') return [pool]
      if (entity === 'host') return [host]
      return entity === 'task' ? this.shown.values() : []
    }
    const get = (entity: string, id: string): unknown =>
      entity === 'host' && id === host.id ? host : entity === 'machine' ? this.machines.find((machine) => machine.id === id) : undefined
    return { get, all } as never
  }
}

/** Machines from a cloud image, with a user and a key. */
export function order(more: Partial<z.input<typeof buildInput>> = {}): BuildInput {
  return buildInput.parse({
    hostId: 'c1.h.x',
    name: 'web-{nn}',
    spec: {
      os: 'debian12',
      cpu: { vcpus: 2, mode: 'host-passthrough' },
      memoryMiB: 2_048,
      disks: [
        {
          source: {
            kind: 'image',
            pool: 'default',
            base: { pool: 'default', volume: 'debian-12.qcow2' },
            mode: 'copy',
            sizeBytes: 20 * GIB,
            format: 'qcow2',
          },
        },
      ],
      nics: [{ source: { kind: 'network', network: 'default' } }],
    },
    cloudInit: { user: { name: 'ada', sshKeys: [KEY] } },
    ...more,
  })
}

export const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6p3tq0m5oJ2b8uUu9B0bYV7b6uT1m1q1f3k7m2n4x9 ada@home'
