import { FINAL_TASK_STATES, type Machine, type Task } from '../../../shared/model/index.ts'
import type { LiveDelta, LiveStore } from './store.ts'

export type IndexKind = 'workspace' | 'connection' | 'host' | 'state' | 'tag' | 'network'

/** Keys by kind and value: one and the same string each time, whose hash the engine knows already. */
class Keys {
  readonly #known = new Map<string, Map<string, string>>()

  of(kind: string, value: string): string {
    let keys = this.#known.get(kind)
    if (!keys) {
      keys = new Map()
      this.#known.set(kind, keys)
    }
    let key = keys.get(value)
    if (key === undefined) {
      key = `${kind}/${value}`
      keys.set(value, key)
    }
    return key
  }
}

/** Whether anything but samples and ages changed of what the tree shows. */
function touchesTree({ reset, entities, agesOnly, machines }: LiveDelta): boolean {
  if (reset) return true
  if (!agesOnly && (entities.has('connection') || entities.has('host') || entities.has('network'))) return true
  for (const change of machines.values()) if (!change.metricsOnly) return true
  return false
}

const NOTHING: ReadonlySet<string> = new Set()

/** Which machines are where: updated by what changed, never rebuilt while the stream runs. */
export class FleetIndex {
  readonly #store: LiveStore
  readonly #buckets = new Map<string, Set<string>>()
  readonly #filed = new Map<string, readonly string[]>()
  readonly #tags = new Map<string, Set<string>>()
  readonly #listeners = new Set<() => void>()
  readonly #keys = new Keys()
  #version = 0

  constructor(store: LiveStore) {
    this.#store = store
    store.onDelta((delta) => this.#update(delta))
  }

  get version(): number {
    return this.#version
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Ids of the machines under a key such as `host/<id>`, `state/<workspace>/running`, `tag/<workspace>/prod`. */
  members(key: string): ReadonlySet<string> {
    return this.#buckets.get(key) ?? NOTHING
  }

  count(key: string): number {
    return this.#buckets.get(key)?.size ?? 0
  }

  /** Tags in use in a workspace, in no order. */
  tags(workspaceId: string): ReadonlySet<string> {
    return this.#tags.get(workspaceId) ?? NOTHING
  }

  #update(delta: LiveDelta): void {
    if (delta.reset) {
      this.#buckets.clear()
      this.#filed.clear()
      this.#tags.clear()
      for (const [id, machine] of this.#store.tables.machine) this.#file(id, machine)
    } else {
      for (const [id, change] of delta.machines) {
        if (change.metricsOnly) continue
        this.#unfile(id)
        if (change.after) this.#file(id, change.after)
      }
    }
    if (!touchesTree(delta)) return
    this.#version += 1
    for (const listener of this.#listeners) listener()
  }

  #file(id: string, machine: Machine): void {
    const workspaceId = this.#store.get('connection', machine.connectionId)?.workspaceId ?? ''
    const keys = this.#keysOf(machine, workspaceId)
    this.#filed.set(id, keys)
    for (const key of keys) {
      const bucket = this.#buckets.get(key)
      if (bucket) bucket.add(id)
      else this.#buckets.set(key, new Set([id]))
    }
    for (const tag of machine.tags) {
      const tags = this.#tags.get(workspaceId)
      if (tags) tags.add(tag)
      else this.#tags.set(workspaceId, new Set([tag]))
    }
  }

  /** A machine is filed under each of these; tags, states and networks are counted per workspace. */
  #keysOf({ connectionId, hostId, state, attention, tags, networkIds }: Machine, workspaceId: string): string[] {
    const states = this.#keys.of('state', workspaceId)
    const found = [
      this.#keys.of('workspace', workspaceId),
      this.#keys.of('connection', connectionId),
      this.#keys.of('host', hostId),
      this.#keys.of(states, state),
    ]
    if (attention) found.push(this.#keys.of(states, 'attention'))
    for (const tag of tags) found.push(this.#keys.of(this.#keys.of('tag', workspaceId), tag))
    for (const networkId of networkIds) found.push(this.#keys.of('network', networkId))
    return found
  }

  #unfile(id: string): void {
    for (const key of this.#filed.get(id) ?? []) {
      const bucket = this.#buckets.get(key)
      bucket?.delete(id)
      if (bucket?.size === 0) {
        this.#buckets.delete(key)
        const [kind, workspaceId = '', ...rest] = key.split('/')
        if (kind === 'tag') this.#tags.get(workspaceId)?.delete(rest.join('/'))
      }
    }
    this.#filed.delete(id)
  }
}

/** What a row needs to know of the work on it. */
export type BusyTask = Pick<Task, 'kind' | 'state'> & Partial<Pick<Task, 'id' | 'params' | 'progress'>>

const EXPECT_MS = 3_000

/** The task that occupies each machine now, if any. */
export class BusyIndex {
  readonly #store: LiveStore
  #byMachine = new Map<string, Task>()
  readonly #expected = new Map<string, BusyTask>()
  readonly #listeners = new Map<string, Set<() => void>>()

  constructor(store: LiveStore) {
    this.#store = store
    store.onDelta((delta) => {
      if (delta.reset || delta.entities.has('task')) this.#rebuild()
    })
  }

  of(machineId: string): BusyTask | undefined {
    return this.#byMachine.get(machineId) ?? this.#expected.get(machineId)
  }

  /**
   * A command has just been sent: its machines count as queued until their tasks show up, the returned function is called, or
   * a few seconds have passed.
   */
  expect(machineIds: readonly string[], kind: string): (machineId: string) => void {
    const task: BusyTask = { kind, state: 'queued' }
    const settle = (machineId: string) => {
      if (this.#expected.get(machineId) !== task) return
      this.#expected.delete(machineId)
      this.#notify(machineId)
    }
    for (const machineId of machineIds) {
      this.#expected.set(machineId, task)
      this.#notify(machineId)
    }
    setTimeout(() => {
      for (const machineId of machineIds) settle(machineId)
    }, EXPECT_MS)
    return settle
  }

  subscribe(machineId: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(machineId) ?? new Set()
    this.#listeners.set(machineId, listeners)
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0) this.#listeners.delete(machineId)
    }
  }

  #rebuild(): void {
    const before = this.#byMachine
    const after = new Map<string, Task>()
    for (const task of this.#store.tables.task.values()) {
      if (task.target?.entity !== 'machine' || FINAL_TASK_STATES.has(task.state)) continue
      after.set(task.target.id, task)
      const { arrivesAs } = task.params
      if (typeof arrivesAs === 'string') after.set(arrivesAs, task)
    }
    this.#byMachine = after
    for (const machineId of after.keys()) this.#expected.delete(machineId)
    for (const machineId of this.#listeners.keys()) if (before.get(machineId) !== after.get(machineId)) this.#notify(machineId)
  }

  #notify(machineId: string): void {
    for (const listener of this.#listeners.get(machineId) ?? []) listener()
  }
}
