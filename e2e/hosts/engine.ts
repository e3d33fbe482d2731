import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, type ClientConnection, connectEngine } from '../../electron/api/client.ts'
import { ClientMirror } from '../../electron/engine/testing/client-mirror.ts'
import { type Endpoint, findEndpoint } from '../../electron/host/control.ts'
import { type AppError, toAppError } from '../../shared/errors/index.ts'
import type { Connection, ConnectionId, EntityName, EntityOf, Host, Machine, Task, TaskId } from '../../shared/model/index.ts'
import { COORDINATOR } from '../lab/programs.ts'
import { until } from '../lab/run.ts'
import { ConsoleSocket } from './console-socket.ts'

const START_MS = 120_000

export interface EngineOptions {
  /** Kept by the caller, to start again on the same data; else a fresh folder that goes with the engine. */
  readonly folder?: string
  /** Where its data is, if not in that folder. */
  readonly data?: string
  readonly env?: Readonly<Record<string, string>>
}

/** The engine without a page, in a process and a home of its own; driven over the contract. */
export class TestEngine {
  readonly folder: string
  readonly client: Client
  readonly mirror = new ClientMirror()
  readonly #child: ChildProcess
  readonly #link: ClientConnection
  readonly #endpoint: Endpoint
  readonly #ownFolder: boolean
  readonly #exited: Promise<void>

  private constructor(
    folder: string,
    ownFolder: boolean,
    child: ChildProcess,
    link: ClientConnection,
    endpoint: Endpoint,
    exited: Promise<void>,
  ) {
    this.folder = folder
    this.client = link.client
    this.#ownFolder = ownFolder
    this.#child = child
    this.#link = link
    this.#endpoint = endpoint
    this.#exited = exited
  }

  /** @throws Error with what the program said when it does not start */
  static async start(options: EngineOptions = {}): Promise<TestEngine> {
    const folder = options.folder ?? (await engineFolder())
    const { child, exited, output } = spawnAgent(folder, options.data ?? dataOf(folder), options.env)
    await Promise.race([
      until('the engine', async () => output.text.includes('ready'), START_MS),
      exited.then(() => Promise.reject(new Error(`the engine ended at its start: ${output.text}`))),
    ])
    const endpoint = await findEndpoint(options.data ?? dataOf(folder))
    if (endpoint === null) throw new Error('the engine is ready but cannot be found')
    const link = await connectEngine({ url: `ws+unix:${endpoint.socket}:/ws`, headers: { authorization: `Bearer ${endpoint.token}` } })
    const engine = new TestEngine(folder, options.folder === undefined, child, link, endpoint, exited)
    void engine.#follow()
    await until('the first state', async () => engine.mirror.ready)
    return engine
  }

  all<E extends EntityName>(entity: E): EntityOf<E>[] {
    return this.mirror.of(entity) as unknown as EntityOf<E>[]
  }

  get<E extends EntityName>(entity: E, id: string): EntityOf<E> | undefined {
    return this.mirror.objects.get(`${entity} ${id}`) as EntityOf<E> | undefined
  }

  connection(id: ConnectionId): Connection {
    const found = this.get('connection', id)
    if (found === undefined) throw new Error(`no connection ${id}`)
    return found
  }

  machines(connectionId: ConnectionId): Machine[] {
    return this.all('machine').filter((machine) => machine.connectionId === connectionId)
  }

  machine(connectionId: ConnectionId, nativeRef: string): Machine | undefined {
    return this.machines(connectionId).find((machine) => machine.nativeRef === nativeRef)
  }

  hostOf(connectionId: ConnectionId): Host | undefined {
    return this.all('host').find((host) => host.connectionId === connectionId)
  }

  /** Adds a libvirt connection with secrets for this run only. */
  async add(
    name: string,
    config: Record<string, unknown>,
    more: Partial<Parameters<Client['connections']['add']>[0]> = {},
  ): Promise<Connection> {
    const workspace = this.all('workspace')[0]
    if (workspace === undefined) throw new Error('no workspace')
    return this.client.connections.add({
      workspaceId: workspace.id,
      providerId: 'libvirt',
      name,
      config: config as never,
      secrets: {},
      remember: false,
      ...more,
    })
  }

  async status(id: ConnectionId, wanted: Connection['status'], timeoutMs = 120_000): Promise<Connection> {
    return until(
      `connection ${this.get('connection', id)?.name} ${wanted}`,
      async () => {
        const connection = this.get('connection', id)
        return connection?.status === wanted ? connection : false
      },
      timeoutMs,
    )
  }

  /** Waits until the machine is known to be so. */
  async reaches(connectionId: ConnectionId, nativeRef: string, state: Machine['state'], timeoutMs = 120_000): Promise<Machine> {
    return until(
      `${nativeRef} ${state}`,
      async () => {
        const machine = this.machine(connectionId, nativeRef)
        return machine?.state === state ? machine : false
      },
      timeoutMs,
    )
  }

  /** Waits for the end of a task. */
  async ended(taskId: TaskId, timeoutMs = 240_000): Promise<Task> {
    return until(
      `task ${taskId}`,
      async () => {
        const task = await this.client.tasks.get({ taskId })
        return task.endedAtMs === null && task.state !== 'needs-attention' ? false : task
      },
      timeoutMs,
      50,
    )
  }

  /** The bytes of a console that was opened under that token. */
  console(token: string): ConsoleSocket {
    const { socket, token: bearer } = this.#endpoint
    return new ConsoleSocket(`ws+unix:${socket}:/console/${token}`, { authorization: `Bearer ${bearer}` })
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    this.#link.close()
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill(signal)
    await this.#exited
    if (this.#ownFolder) await rm(this.folder, { recursive: true, force: true })
  }

  async #follow(): Promise<void> {
    try {
      for await (const message of await this.client.inventory.watch({})) this.mirror.take(message)
    } catch (thrown) {
      if (this.#child.exitCode === null && this.#child.signalCode === null && toAppError(thrown).kind === 'bug') throw thrown
    }
  }
}

/** A folder with an empty home and room for data. */
export async function engineFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'novacron-engine-'))
  await mkdir(join(folder, 'home/.ssh'), { recursive: true, mode: 0o700 })
  return folder
}

export function dataOf(folder: string): string {
  return join(folder, 'data')
}

/** Runs the program to its end: for starts that must fail. */
export async function startToEnd(folder: string, data = dataOf(folder)): Promise<{ readonly code: number | null; readonly text: string }> {
  const { child, exited, output } = spawnAgent(folder, data)
  await exited
  return { code: child.exitCode, text: output.text }
}

const { PATH = '', NODE_COMPILE_CACHE } = process.env

function spawnAgent(folder: string, data: string, env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [COORDINATOR, 'agent', '--data', data], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // nothing of the person who runs the tests: no keys, no agent, no keychain
    env: { PATH, NODE_COMPILE_CACHE, LC_ALL: 'C.UTF-8', HOME: join(folder, 'home'), ...env },
  })
  const output = { text: '' }
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output.text += chunk.toString()
    })
  }
  const exited = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
  })
  return { child, exited, output }
}

/** What a call threw, as the contract tells it. */
export async function failureOf(call: Promise<unknown>): Promise<AppError> {
  try {
    await call
  } catch (thrown) {
    return toAppError(thrown)
  }
  throw new Error('the call was expected to fail')
}
