import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Duplex, duplexPair } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { type ConnectOptions, connectLibvirt, type LibvirtClient } from '../index.ts'
import { CALL, type Frame, FrameReader, headerOnly, KEEPALIVE_PROGRAM, MESSAGE, REPLY, STATUS_ERROR } from '../rpc/frame.ts'
import { PING } from '../rpc/keepalive.ts'
import { codecOf } from '../wire/codec.ts'
import { messageRow, procedureTable } from '../wire/procedure-table.ts'
import { XdrReader } from '../wire/xdr-reader.ts'
import { type GoldenFrame, toPlain } from './golden.ts'

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '..', 'wire', 'golden')

/** Passes everything on and shows every message to `see`. */
function tap(socket: Duplex, see: (from: GoldenFrame['from'], frame: Frame) => void): Duplex {
  const [client, middle] = duplexPair()
  const [fromClient, fromDaemon] = [new FrameReader(), new FrameReader()]
  middle.on('data', (chunk: Buffer) => {
    fromClient.push(chunk, (frame) => {
      see('client', frame)
      return true
    })
    socket.write(chunk)
  })
  socket.on('data', (chunk: Buffer) => {
    fromDaemon.push(chunk, (frame) => {
      see('daemon', frame)
      return true
    })
    middle.write(chunk)
  })
  socket.on('close', () => middle.end())
  middle.on('close', () => socket.destroy())
  return client
}

/** What a message is, by its header. */
function classify(from: GoldenFrame['from'], frame: Frame): GoldenFrame {
  const hex = Buffer.concat([headerOnly(frame, frame.payload.length), frame.payload]).toString('hex')
  if (frame.program === KEEPALIVE_PROGRAM) {
    return describe(from, 'message', frame.procedure === PING ? 'keepalivePing' : 'keepalivePong', null, frame, hex)
  }
  if (frame.type === MESSAGE) {
    const row = messageRow(frame.program, frame.procedure)
    return describe(from, 'message', row?.name ?? `${frame.procedure}`, row?.message ?? null, frame, hex)
  }
  const row = [...procedureTable().values()].find(({ program, number }) => program === frame.program && number === frame.procedure)
  const name = row?.name ?? `${frame.procedure}`
  if (frame.status === STATUS_ERROR) return describe(from, 'error', name, 'RemoteError', frame, hex)
  if (frame.type === CALL) return describe(from, 'call', name, row?.args ?? null, frame, hex)
  if (frame.type === REPLY) return describe(from, 'reply', name, row?.ret ?? null, frame, hex)
  return describe(from, 'stream', name, null, frame, hex)
}

function describe(
  from: GoldenFrame['from'],
  kind: GoldenFrame['kind'],
  name: string,
  type: string | null,
  frame: Frame,
  hex: string,
): GoldenFrame {
  const value = type === null ? null : toPlain(codecOf(type).read(new XdrReader(frame.payload)))
  return { from, kind, name, type, hex, value }
}

/** Connects to a real daemon, does what `drive` does, and writes every message that went either way to wire/golden/NAME. */
export async function record(
  name: string,
  options: Omit<ConnectOptions, 'stream'>,
  socket: Duplex,
  drive: (client: LibvirtClient, frames: readonly GoldenFrame[]) => Promise<void>,
): Promise<void> {
  const frames: GoldenFrame[] = []
  const stream = tap(socket, (from, frame) => frames.push(classify(from, frame)))
  const client = await connectLibvirt({ ...options, stream })
  await drive(client, frames)
  await client.close()
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(join(FOLDER, name), frames.map((frame) => `${JSON.stringify(frame)}\n`).join(''))
}
