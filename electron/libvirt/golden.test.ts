import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { type Frame, FrameReader, frameWriter, headerOnly, sealFrame } from './rpc/frame.ts'
import { RpcStream } from './rpc/rpc-stream.ts'
import { connectFake } from './testing/fake-client.ts'
import { FakeClock } from './testing/fake-clock.ts'
import { fromPlain, type GoldenFrame, toPlain } from './testing/golden.ts'
import { settled, until } from './testing/until.ts'
import { codecOf } from './wire/codec.ts'
import { procedureRow } from './wire/procedure-table.ts'
import { XdrReader } from './wire/xdr-reader.ts'

const folder = fileURLToPath(new URL('wire/golden/', import.meta.url))
const frames = readdirSync(folder).flatMap((name) =>
  readFileSync(join(folder, name), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as GoldenFrame),
)

function parse(golden: GoldenFrame): Frame {
  const found: Frame[] = []
  new FrameReader().push(Buffer.from(golden.hex, 'hex'), (frame) => {
    found.push(frame)
    return true
  })
  const [frame] = found
  if (frame === undefined) throw new Error(`${golden.name} is no whole message`)
  return frame
}

const typed = frames.filter((frame): frame is GoldenFrame & { type: string } => frame.type !== null)

test('the recordings hold calls, replies, errors, messages and streams of both directions, and both programs', () => {
  expect(new Set(frames.map((frame) => `${frame.from} ${frame.kind}`))).toEqual(
    new Set(['client call', 'daemon reply', 'daemon error', 'daemon message', 'client message', 'daemon stream', 'client stream']),
  )
  expect(new Set(frames.map((frame) => frame.name)).size).toBeGreaterThan(45)
  const qemu = typed.filter(({ name }) => name.startsWith('qemu'))
  expect(new Set(qemu.map(({ kind }) => kind))).toEqual(new Set(['call', 'reply', 'error', 'message']))
})

/** The packets of a recorded stream, after its call was answered. */
function packetsOf(from: GoldenFrame['from'], name: string): GoldenFrame[] {
  return frames.filter((frame) => frame.kind === 'stream' && frame.from === from && frame.name === name)
}

/** A stream as a connection would have it: what it sends is kept as whole messages. */
function openStream(name: 'storageVolUpload' | 'storageVolDownload', serial: number) {
  const { program, number: procedure } = procedureRow(name)
  const sent: string[] = []
  const stream = new RpcStream(name)
  stream.attach({
    clock: new FakeClock(),
    send: (type, status, payload) => {
      const header = headerOnly({ program, procedure, type, serial, status }, payload.length)
      sent.push(Buffer.concat([header, payload]).toString('hex'))
    },
    drained: () => Promise.resolve(),
    pauseReading: () => {},
    release: () => {},
  })
  return { stream, sent }
}

test('a sparse download of a real volume is read as data between holes', async () => {
  const packets = packetsOf('daemon', 'storageVolDownload').map(parse)
  const { stream, sent } = openStream('storageVolDownload', packets[0]?.serial ?? 0)
  for (const packet of packets.slice(0, -1)) stream.packet(packet)
  const pieces: unknown[] = []
  for await (const piece of stream) pieces.push(piece.type === 'data' ? piece.bytes.toString() : piece.length)
  expect(pieces).toEqual([1_048_576n, Buffer.alloc(4_096, 'golden ').toString(), 2_093_056n])
  const finished = stream.finish()
  await settled()
  for (const packet of packets.slice(-1)) stream.packet(packet)
  await finished
  expect(sent).toEqual(packetsOf('client', 'storageVolDownload').map(({ hex }) => hex))
})

test('a sparse upload is written as the daemon took it', async () => {
  const [confirmation] = packetsOf('daemon', 'storageVolUpload').map(parse)
  if (confirmation === undefined) throw new Error('the upload was not confirmed')
  const { stream, sent } = openStream('storageVolUpload', confirmation.serial)
  await stream.writeHole(1_048_576n)
  await stream.write(Buffer.alloc(4_096, 'golden '))
  await stream.writeHole(2_093_056n)
  const finished = stream.finish()
  await settled()
  stream.packet(confirmation)
  await finished
  expect(sent).toEqual(packetsOf('client', 'storageVolUpload').map(({ hex }) => hex))
})

test('keepalive is spoken as a real daemon speaks it, both ways', async () => {
  const recorded = (from: GoldenFrame['from'], name: string) =>
    frames.find((frame) => frame.from === from && frame.name === name)?.hex ?? ''
  const { client, daemon, clock } = await connectFake({ keepalive: { intervalMs: 1_000, count: 1 } })
  daemon.raw(Buffer.from(recorded('daemon', 'keepalivePing'), 'hex'))
  await until(() => daemon.pongs === 1, 'the answer')
  daemon.answersPings = false
  clock.advance(1_000)
  await until(() => daemon.pings === 1, 'a probe')
  daemon.raw(Buffer.from(recorded('daemon', 'keepalivePong'), 'hex'))
  await settled()
  // Had the answer not counted, this were the end.
  clock.advance(1_000)
  expect(client.closeReason).toBeUndefined()
  const sent = daemon.keepalives.slice(0, 2).map((message) => message.toString('hex'))
  expect(sent).toEqual([recorded('client', 'keepalivePong'), recorded('client', 'keepalivePing')])
})

test.each(typed.map((frame, index) => [index, frame.kind, frame.name, frame] as const))(
  '%i: the %s of %s is read as it was',
  (_, __, ___, golden) => {
    const reader = new XdrReader(parse(golden).payload)
    expect(toPlain(codecOf(golden.type).read(reader))).toEqual(golden.value)
    expect(reader.remaining).toBe(0)
  },
)

test.each(typed.map((frame, index) => [index, frame.kind, frame.name, frame] as const))(
  '%i: the %s of %s is written as it was',
  (_, __, ___, golden) => {
    const writer = frameWriter()
    codecOf(golden.type).write(writer, fromPlain(golden.value))
    expect(sealFrame(writer, parse(golden)).toString('hex')).toBe(golden.hex)
  },
)
