import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { findEndpoint } from '../../electron/host/control.ts'

/** Where out/ is looked for: a copy of it may be measured while the sources are built anew. */
const ROOT = process.env.NOVACRON_ROOT ?? fileURLToPath(new URL('../..', import.meta.url))
const START_MS = 120_000

export interface ServerOptions {
  /** The demo fleet: made-up hosts alone, or accounts of clouds as well. */
  readonly demo?: 'all' | 'hosts'
  /** Kept by the caller, to start again on the same data; else a fresh folder that goes with the server. */
  readonly dataDirectory?: string
  readonly port?: number
  readonly env?: Readonly<Record<string, string>>
}

/** The built product as a user starts it: `serve --local` in a process of its own. */
export interface Server {
  readonly origin: string
  readonly pid: number
  readonly dataDirectory: string
  /** The link it printed at start; works once. */
  readonly loginLink: string
  /** A fresh link, asked for as `novacron login-link` does. */
  newLoginLink(): Promise<string>
  readonly output: () => string
  /** SIGTERM and wait, or SIGKILL for a crash. Data that was not the caller's is removed. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const dataDirectory = options.dataDirectory ?? (await mkdtemp(join(tmpdir(), 'novacron-e2e-')))
  const args = ['out/coordinator/index.js', 'serve', '--local', '--port', String(options.port ?? 0), '--data', dataDirectory]
  if (options.demo) args.push(`--demo=${options.demo}`)
  // nothing of the person who runs the tests: neither ~/.ssh nor an agent nor the keychain
  const { SSH_AUTH_SOCK: _agent, DBUS_SESSION_BUS_ADDRESS: _bus, ...environment } = process.env
  const env = { ...environment, HOME: join(dataDirectory, 'home'), ...options.env }
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const collect = (chunk: Buffer): void => {
    output += chunk.toString()
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  const loginLink = await printedLink(child, () => output)
  return {
    origin: new URL(loginLink).origin,
    pid: child.pid ?? 0,
    dataDirectory,
    loginLink,
    newLoginLink: () => askForLink(dataDirectory),
    output: () => output,
    stop: async (signal = 'SIGTERM') => {
      await ended(child, signal)
      if (options.dataDirectory === undefined) await rm(dataDirectory, { recursive: true, force: true })
    },
  }
}

async function printedLink(child: ChildProcess, output: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no login link in ${START_MS} ms:\n${output()}`)), START_MS)
    const look = (): void => {
      const link = /Open (http:\S+)/.exec(output())?.[1]
      if (!link) return
      clearTimeout(timer)
      resolve(link)
    }
    child.stdout?.on('data', look)
    child.once('exit', (code) => {
      clearTimeout(timer)
      reject(new Error(`the server ended with ${code}:\n${output()}`))
    })
  })
}

/** As the command line does, without the third of a second that its start takes. */
async function askForLink(dataDirectory: string): Promise<string> {
  const endpoint = await findEndpoint(dataDirectory)
  if (endpoint === null) throw new Error('the server cannot be found')
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${endpoint.token}` }
    const call = request({ socketPath: endpoint.socket, path: '/login-link', headers }, (answer) => {
      text(answer).then((link) => (answer.statusCode === 200 ? resolve(link) : reject(new Error(`no link: ${answer.statusCode}`))), reject)
    })
    call.on('error', reject).end()
  })
}

async function ended(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill(signal)
  await exited
}
