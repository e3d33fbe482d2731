import { copyFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ConnectionId, MachineId, TaskId } from '../../shared/model/index.ts'
import { engineFolder, TestEngine } from '../hosts/engine.ts'
import { type LabHost, must, until } from '../lab/lab.ts'

const TASK_MS = 600_000
/** Far below what is measured. */
const LOOK_MS = 2

/** The engine as a page sees it, with one host of the lab behind SSH. */
export class HostEngine {
  readonly engine: TestEngine
  readonly host: LabHost
  readonly connectionId: ConnectionId
  readonly #folder: string

  private constructor(engine: TestEngine, host: LabHost, connectionId: ConnectionId, folder: string) {
    this.engine = engine
    this.host = host
    this.connectionId = connectionId
    this.#folder = folder
  }

  static async start(host: LabHost): Promise<HostEngine> {
    const folder = await engineFolder()
    await copyFile(host.knownHostsFile, join(folder, 'home/.ssh/known_hosts'))
    const engine = await TestEngine.start({ folder })
    const config = { transport: 'ssh', host: host.address, user: 'root', keyFile: host.keyFile }
    const { id } = await engine.add(host.name, config, { remember: true })
    await engine.status(id, 'online')
    return new HostEngine(engine, host, id, folder)
  }

  async stop(): Promise<void> {
    await this.engine.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async machineId({ uuid }: { readonly uuid: string }): Promise<MachineId> {
    return await until('the machine', async () => this.engine.machine(this.connectionId, uuid)?.id)
  }

  /** Until a page is told that the task has ended. Throws unless it succeeded. */
  async succeeds(taskId: TaskId): Promise<void> {
    const task = await until(
      `task ${taskId}`,
      async () => {
        const told = this.engine.get('task', taskId)
        return told && (told.endedAtMs !== null || told.state === 'needs-attention') ? told : false
      },
      TASK_MS,
      LOOK_MS,
    )
    if (task.state !== 'succeeded') throw new Error(`the task ended ${task.state}: ${task.error?.message ?? ''}`)
  }

  /** The peer: `virsh` over the same sshd to the same libvirtd. */
  virsh(...args: readonly string[]): Promise<string> {
    return must('virsh', ['-q', '-c', this.host.sshUri, ...args], { timeoutMs: TASK_MS })
  }
}

/** Somebody else at work: one machine's definition asked of the host, again and again. */
export class Others {
  readonly #samples: number[] = []
  readonly #over: Promise<void>
  #stopped = false

  constructor(engine: TestEngine, machineId: MachineId) {
    const ask = async () => {
      while (!this.#stopped) {
        const start = performance.now()
        await engine.client.machines.detail({ machineId })
        this.#samples.push(performance.now() - start)
      }
    }
    this.#over = ask()
  }

  async stop(): Promise<readonly number[]> {
    this.#stopped = true
    await this.#over
    return this.#samples
  }
}
