import {
  type HardwareEditInput,
  type Host,
  hardwareEditSchema,
  type Machine,
  settingsSchema,
  type Task,
  type TaskId,
} from '../../../../shared/model/index.ts'
import { machineKinds } from '../../machines/machine-task.ts'
import { TaskEngine } from '../../tasks/task-engine.ts'
import { FakeBuildHost } from '../../testing/fake-build-host.ts'
import { FakeClock, settle } from '../../testing/fake-clock.ts'
import { MemoryDefinitionStore } from '../../testing/memory-definition-store.ts'
import { MemoryTaskStore } from '../../testing/memory-task-store.ts'
import { DefinitionHistory } from '../definition-history.ts'
import { type EditInput, HardwareService } from '../hardware-service.ts'
import { hardwareKinds } from '../hardware-task.ts'
import { FakeEditor } from './fake-editor.ts'

export const AUTHOR = { actor: 'ada', origin: 'page', reason: null }
export const SIGNAL: AbortSignal = new AbortController().signal
const LOG = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** The hardware service over a task engine, a host and stores in memory. One machine, `web`, that runs. */
export class HardwareBench {
  readonly host = new FakeBuildHost()
  readonly editor = new FakeEditor()
  readonly store = new MemoryDefinitionStore()
  readonly clock = new FakeClock()
  readonly history = new DefinitionHistory({ store: this.store, clock: this.clock, log: LOG })
  readonly tasks: TaskEngine
  readonly service: HardwareService
  readonly machine: Machine

  constructor() {
    this.host.hardware = this.editor
    this.host.mend()
    this.editor.kept.set('web', 'kept')
    this.editor.running.set('web', 'running')
    const facts = { name: 'web', state: 'running', autostart: false, title: null, description: null, notes: null, tags: [] }
    this.machine = { id: 'c1.m.web', nativeRef: 'web', connectionId: 'c1', hostId: 'c1.h.x', ...facts } as unknown as Machine
    const host = { id: 'c1.h.x', nativeRef: 'x', connectionId: 'c1', name: 'kvm-01' } as unknown as Host
    const get = (entity: string, id: string): unknown => [host, this.machine].find((each) => each.id === id && entity !== 'connection')
    const inventory = { get, all: (entity: string) => (entity === 'host' ? [host] : []) } as never
    const ports = { inventory, clock: this.clock, history: this.history }
    this.tasks = new TaskEngine({
      store: new MemoryTaskStore(),
      clock: this.clock,
      log: LOG,
      links: this.host,
      sink: { putTask: () => {}, removeTask: () => {} },
      events: { append: () => {} },
      settings: { current: () => settingsSchema.parse({}), onChange: () => () => {} },
      kinds: [...machineKinds(inventory, this.history), ...hardwareKinds(ports)],
    })
    const randomBytes = (length: number) => new Uint8Array(length).fill(7)
    const { clock, history, tasks } = this
    this.service = new HardwareService({ inventory, links: this.host, tasks, history, clock, randomBytes })
  }

  /** Based on what stands now, unless the input says otherwise. */
  async apply(edit: HardwareEditInput, more: Partial<EditInput> = {}): Promise<TaskId> {
    const { revision } = await this.service.view(this.machine.id, SIGNAL)
    const input = { machineId: this.machine.id, edit: hardwareEditSchema.parse(edit), when: 'both', revision, ...more } as const
    return await this.service.apply(input, AUTHOR, SIGNAL)
  }

  async ended(id: TaskId): Promise<Task> {
    await settle(60)
    const task = await this.tasks.get(id)
    if (!task) throw new Error('no such task')
    return task
  }

  async versions(): Promise<Array<readonly [edit: string, xml: string | undefined]>> {
    const list = await this.history.list(this.machine.id, 100)
    return await Promise.all(list.map(async ({ id, edit }) => [edit, (await this.history.version(this.machine.id, id))?.xml] as const))
  }
}
