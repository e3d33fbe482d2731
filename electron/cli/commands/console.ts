import type { Readable, Writable } from 'node:stream'
import type { WebSocket } from 'ws'
import { AppError } from '../../../shared/errors/index.ts'
import { CONSOLE_FAILED } from '../../../shared/model/index.ts'
import type { Session } from '../connect.ts'
import { type Io, resolveTargets } from './act.ts'

/** Ctrl and ], as with telnet and virsh: leaves the console and nothing else. */
const LEAVE = 0x1d

export interface ConsoleOptions {
  readonly name: string
  readonly port: number
  readonly takeOver: boolean
}

/** A terminal, or two pipes. */
export interface Terminal {
  readonly input: Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): void }
  readonly output: Writable
}

/** Sits down in front of a machine's serial port until Ctrl and ], the end of the input, or the machine's. Answers the exit code. */
export async function openConsole(session: Session, options: ConsoleOptions, io: Io, terminal: Terminal): Promise<number> {
  const [target] = await resolveTargets(session.client, { names: [options.name], query: undefined })
  if (!target) throw new AppError({ kind: 'not-found', code: 'cli.no-such-machine', message: `No machine is named "${options.name}".` })
  const { token } = await session.client.consoles.open({
    machineId: target.id,
    kind: 'serial',
    index: options.port,
    takeOver: options.takeOver,
  })
  const socket = session.openConsole(token)
  const { input } = terminal
  if (input.isTTY) io.complain(`Connected to ${target.name}. Press Ctrl and ] to leave.`)
  input.setRawMode?.(true)
  try {
    return await couple(socket, terminal, io)
  } finally {
    input.setRawMode?.(false)
    input.pause()
    socket.terminate()
  }
}

function couple(socket: WebSocket, { input, output }: Terminal, io: Io): Promise<number> {
  return new Promise((resolve) => {
    const send = (bytes: Buffer): void => {
      const end = input.isTTY ? bytes.indexOf(LEAVE) : -1
      const typed = end < 0 ? bytes : bytes.subarray(0, end)
      if (typed.length > 0) socket.send(typed, { binary: true })
      if (end >= 0) resolve(0)
    }
    socket.on('open', () => {
      input.on('data', send)
      input.on('end', () => socket.close())
    })
    socket.on('message', (bytes: Buffer) => output.write(bytes))
    socket.on('error', (error: Error) => io.complain(error.message))
    socket.on('close', (code: number, reason: Buffer) => {
      input.off('data', send)
      if (code === CONSOLE_FAILED) io.complain(`The console broke off. [${reason.toString()}]`)
      resolve(code === CONSOLE_FAILED ? 1 : 0)
    })
  })
}
