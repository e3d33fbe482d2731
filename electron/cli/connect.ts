import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WebSocket } from 'ws'
import { AppError } from '../../shared/errors/index.ts'
import { type Client, connectEngine } from '../api/client.ts'
import { findEndpoint } from '../host/control.ts'

export interface Session {
  readonly client: Client
  /** An engine was started for this one command: its links are only just opening. */
  readonly fresh: boolean
  /** Asks the running engine for something outside the contract, such as a login link. */
  ask(path: string): Promise<string>
  /** The bytes of a console that was opened under that token. */
  openConsole(token: string): WebSocket
  close(): Promise<void>
}

const AGENT_START_MS = 15_000

/** The engine that already runs on the data folder, or one started for this command alone. */
export async function openSession(dataDirectory: string): Promise<Session> {
  const running = await findEndpoint(dataDirectory)
  const agent = running ? null : await startAgent(dataDirectory)
  const endpoint = running ?? (await findEndpoint(dataDirectory))
  if (!endpoint) throw new AppError({ kind: 'unreachable', code: 'link.refused', message: 'The engine started but does not answer.' })
  const headers = { authorization: `Bearer ${endpoint.token}` }
  const link = await connectEngine({ url: `ws+unix:${endpoint.socket}:/ws`, headers })
  return {
    client: link.client,
    fresh: agent !== null,
    ask: (path) => get(endpoint.socket, path, headers),
    openConsole: (token) => new WebSocket(`ws+unix:${endpoint.socket}:/console/${token}`, { headers, perMessageDeflate: false }),
    close: async () => {
      link.close()
      await agent?.stop()
    },
  }
}

async function get(socketPath: string, path: string, headers: Record<string, string>): Promise<string> {
  const { request } = await import('node:http')
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => {
        if (response.statusCode === 200) resolve(text)
        else
          reject(
            new AppError({
              kind: 'unsupported',
              code: 'cli.not-served',
              message: 'The running NovaCron has no such thing: it shows its own window.',
            }),
          )
      })
    })
    call.on('error', reject).end()
  })
}

async function startAgent(dataDirectory: string): Promise<{ stop(): Promise<void> }> {
  const here = dirname(fileURLToPath(import.meta.url))
  const script = [join(here, '../coordinator/index.js'), join(here, '../coordinator/index.ts')].find((file) => existsSync(file))
  if (!script) throw new AppError({ kind: 'precondition', code: 'cli.not-built', message: 'The engine is not built. Run "npm run build".' })
  // in a group of its own: Ctrl-C is for the command to answer. It ends with our end of its input.
  const child = spawn(process.execPath, [script, 'agent', '--data', dataDirectory], { stdio: ['pipe', 'pipe', 'inherit'], detached: true })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    const give = (message: string) => reject(new AppError({ kind: 'unreachable', code: 'cli.engine-failed', message }))
    const timer = setTimeout(() => give('The engine did not start in 15 s.'), AGENT_START_MS)
    child.stdout.once('data', () => {
      clearTimeout(timer)
      resolve()
    })
    void exited.then(() => {
      clearTimeout(timer)
      give('The engine ended while starting; its message stands above.')
    })
  })
  return {
    stop: async () => {
      child.stdin.end()
      await exited
    },
  }
}
