import type { WebSocket } from 'ws'
import { AppError } from '../../../shared/errors/index.ts'
import { CONSOLE_FAILED, type ConsoleControl, type MachineId, readCloseReason, type TerminalSize } from '../../../shared/model/index.ts'
import type { Session } from '../connect.ts'
import { type Io, resolveTargets } from './act.ts'
import { RecordingFile } from './console-file.ts'
import { logIn, type SshOptions } from './console-login.ts'
import type { Terminal } from './terminal.ts'

/** Ctrl and ], as with telnet and virsh: leaves the console and nothing else. */
const LEAVE = 0x1d

export interface ConsoleOptions {
  readonly name: string
  readonly port: number
  readonly takeOver: boolean
  /** A shell inside the machine instead of its serial port. */
  readonly ssh: SshOptions | null
  /** The file that the session is recorded to. */
  readonly record: string | undefined
  readonly recordInput: boolean
}

/** Sits down in front of a machine until Ctrl and ], the end of the input, or the machine's. Answers the exit code. */
export async function openConsole(session: Session, options: ConsoleOptions, io: Io, terminal: Terminal): Promise<number> {
  const [target] = await resolveTargets(session.client, { names: [options.name], query: undefined })
  if (!target) throw new AppError({ kind: 'not-found', code: 'cli.no-such-machine', message: `No machine is named "${options.name}".` })
  const recording = await record(options, target.name, io, terminal)
  try {
    return await sitDown(session, target, options, io, terminal, recording)
  } finally {
    await recording?.finish()
  }
}

async function record(options: ConsoleOptions, title: string, io: Io, terminal: Terminal): Promise<RecordingFile | null> {
  const { record: path, recordInput: withInput } = options
  if (path === undefined) return null
  const onFailed = (error: Error) => io.complain(`The recording ends here: ${error.message}`)
  return RecordingFile.create({ path, title, withInput, size: sizeOf(terminal), onFailed })
}

async function sitDown(
  session: Session,
  target: { readonly id: MachineId; readonly name: string },
  options: ConsoleOptions,
  io: Io,
  terminal: Terminal,
  recording: RecordingFile | null,
): Promise<number> {
  const { client } = session
  const { ssh, port, takeOver } = options
  const token = ssh
    ? await logIn(client, target.id, ssh, sizeOf(terminal), io, terminal)
    : (await client.consoles.open({ machineId: target.id, kind: 'serial', index: port, takeOver })).token
  const socket = session.openConsole(token)
  const { input } = terminal
  if (input.isTTY) {
    const also = recording ? ` All that is shown is recorded to ${options.record}.` : ''
    io.complain(`Connected to ${target.name}. Press Ctrl and ] to leave.${also}`)
  }
  input.setRawMode?.(true)
  try {
    return await couple(socket, terminal, io, recording)
  } finally {
    input.setRawMode?.(false)
    input.pause()
    socket.terminate()
  }
}

function sizeOf({ output: { columns, rows } }: Terminal): TerminalSize {
  return columns !== undefined && rows !== undefined && columns > 0 && rows > 0 ? { columns, rows } : { columns: 80, rows: 24 }
}

function couple(socket: WebSocket, terminal: Terminal, io: Io, recording: RecordingFile | null): Promise<number> {
  const { input, output } = terminal
  return new Promise((resolve) => {
    const send = (bytes: Buffer): void => {
      const end = input.isTTY ? bytes.indexOf(LEAVE) : -1
      const typed = end < 0 ? bytes : bytes.subarray(0, end)
      if (typed.length > 0) {
        recording?.typed(typed)
        socket.send(typed, { binary: true })
      }
      if (end >= 0) leave(0)
    }
    const tellSize = (): void => {
      const size = sizeOf(terminal)
      const control: ConsoleControl = { resize: [size.columns, size.rows] }
      socket.send(JSON.stringify(control))
    }
    const resized = (): void => {
      recording?.resized(sizeOf(terminal))
      tellSize()
    }
    const hangUp = (): void => socket.close()
    const leave = (code: number): void => {
      input.off('data', send)
      input.off('end', hangUp)
      output.off('resize', resized)
      resolve(code)
    }
    socket.on('open', () => {
      tellSize()
      input.on('data', send)
      input.on('end', hangUp)
      output.on('resize', resized)
      // a question before has let it rest
      input.resume()
    })
    socket.on('message', (bytes: Buffer) => {
      recording?.shown(bytes)
      output.write(bytes)
    })
    socket.on('error', (error: Error) => io.complain(error.message))
    socket.on('close', (code: number, reason: Buffer) => {
      if (code === CONSOLE_FAILED) io.complain(`The console broke off. [${readCloseReason(reason.toString()).code}]`)
      leave(code === CONSOLE_FAILED ? 1 : 0)
    })
  })
}
