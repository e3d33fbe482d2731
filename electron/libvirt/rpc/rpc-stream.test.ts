import { expect, test } from 'vitest'
import { connectFake, fakeDomain, rejection } from '../testing/fake-client.ts'
import { FakeDaemon, FakeFailure, HOLD } from '../testing/fake-daemon.ts'
import { settled, until } from '../testing/until.ts'
import { procedureRow } from '../wire/procedure-table.ts'
import { headerOnly, MESSAGE, STATUS_CONTINUE, STATUS_ERROR, STATUS_OK, STREAM, STREAM_CHUNK_BYTES, STREAM_HOLE } from './frame.ts'
import type { RpcStream } from './rpc-stream.ts'

const vol = { pool: 'default', name: 'disk.img', key: '/disk.img' }
const range = { vol, offset: 0n, length: 0n }

async function openDownload(daemon = new FakeDaemon()) {
  const fake = await connectFake({}, daemon)
  fake.daemon.on('storageVolDownload', () => undefined)
  const { stream } = await fake.client.openStream('storageVolDownload', range)
  const end = fake.daemon.callsOf('storageVolDownload')[0]?.stream
  if (end === undefined) throw new Error('no stream')
  return { ...fake, stream, end }
}

async function openUpload(daemon = new FakeDaemon()) {
  const fake = await connectFake({}, daemon)
  fake.daemon.on('storageVolUpload', () => undefined)
  const { stream } = await fake.client.openStream('storageVolUpload', range)
  const end = fake.daemon.callsOf('storageVolUpload')[0]?.stream
  if (end === undefined) throw new Error('no stream')
  return { ...fake, stream, end }
}

async function readAll(stream: RpcStream): Promise<string[]> {
  const pieces: string[] = []
  for await (const piece of stream) pieces.push(piece.type === 'data' ? piece.bytes.toString() : `hole ${piece.length}`)
  return pieces
}

test('a download: data, holes, end of data, and the finish that the daemon confirms', async () => {
  const { stream, end } = await openDownload()
  end.send(Buffer.from('first'))
  end.hole(1_048_576n)
  end.send(Buffer.from('last'))
  end.endOfData()
  expect(await readAll(stream)).toEqual(['first', 'hole 1048576', 'last'])
  const finished = stream.finish()
  await until(() => end.packets.at(-1)?.status === STATUS_OK, 'the finish')
  end.confirm()
  await finished
  expect(stream.error).toBeUndefined()
  expect(await stream.read()).toBeNull()
})

test('a byte that waits does not hold on to the message that came with it', async () => {
  const { stream, daemon } = await openDownload()
  const { program, number: procedure } = procedureRow('storageVolDownload')
  const serial = daemon.callsOf('storageVolDownload')[0]?.serial ?? 0
  const foreign = { program, procedure: 9_999, type: MESSAGE, serial: 0, status: STATUS_OK }
  const piece = { program, procedure, type: STREAM, serial, status: STATUS_CONTINUE }
  const [large, small] = [Buffer.alloc(1_048_576), Buffer.from('x')]
  daemon.raw(Buffer.concat([headerOnly(foreign, large.length), large, headerOnly(piece, small.length), small]))
  const read = await stream.read()
  expect(read).toMatchObject({ type: 'data', bytes: small })
  expect(read?.type === 'data' && read.bytes.buffer.byteLength).toBe(1)
})

test('data that came before the first read is kept in order, and so is an error behind it', async () => {
  const { stream, end } = await openDownload()
  end.send(Buffer.from('a'))
  end.send(Buffer.from('b'))
  end.fail(38, 'cannot read file: Input/output error')
  await stream.ended
  expect(await stream.read()).toMatchObject({ type: 'data' })
  expect(await stream.read()).toMatchObject({ type: 'data' })
  expect(await rejection(stream.read())).toMatchObject({ code: 'libvirt.system-error', message: 'cannot read file: Input/output error' })
})

test('a read that waits gets the error', async () => {
  const { stream, end } = await openDownload()
  const read = rejection(stream.read())
  end.fail(31, 'gone')
  expect(await read).toMatchObject({ code: 'libvirt.read-failed' })
  expect(await rejection(stream.finish())).toMatchObject({ code: 'libvirt.read-failed' })
})

test('a slow reader stops the connection, and catching up starts it again', async () => {
  const { client, stream, end } = await openDownload(new FakeDaemon(65_536))
  const chunk = Buffer.alloc(262_120, 7)
  for (let index = 0; index < 40; index++) end.send(chunk)
  await settled()
  const held = client.stats.bytesRead
  expect(held).toBeLessThan(3_000_000)
  await settled()
  expect(client.stats.bytesRead).toBe(held)
  end.endOfData()
  let total = 0
  for await (const bytes of stream.bytes()) total += bytes.length
  expect(total).toBe(40 * chunk.length)
})

test('an upload is cut into packets, waits for the transport, and ends with a handshake', async () => {
  const { daemon, stream, end } = await openUpload(new FakeDaemon(65_536))
  daemon.pauseReading()
  const bytes = Buffer.alloc(STREAM_CHUNK_BYTES * 2 + 5, 3)
  let written = false
  const write = stream.write(bytes).then(() => {
    written = true
  })
  await settled()
  expect(written).toBe(false)
  daemon.resumeReading()
  await write
  await stream.writeHole(4_096n)
  const finished = stream.finish()
  await until(() => end.packets.at(-1)?.status === STATUS_OK, 'the finish')
  expect(end.packets.map((packet) => packet.payload.length)).toEqual([STREAM_CHUNK_BYTES, STREAM_CHUNK_BYTES, 5, 12, 0])
  expect(end.packets[3]?.type).toBe(STREAM_HOLE)
  end.confirm()
  await finished
  expect(await rejection(stream.write(bytes))).toMatchObject({ code: 'libvirt.stream-closed' })
})

test('writes keep their order without being awaited', async () => {
  const { stream, end } = await openUpload()
  await Promise.all(['a', 'b', 'c', 'd'].map((letter) => stream.write(Buffer.from(letter))))
  await until(() => end.bytes().length === 4, 'the bytes')
  expect(end.bytes().toString()).toBe('abcd')
})

test('long writes do not mix while the transport is full', async () => {
  const { daemon, stream, end } = await openUpload(new FakeDaemon(65_536))
  daemon.pauseReading()
  const writes = Promise.all(['a', 'b'].map((letter) => stream.write(Buffer.alloc(STREAM_CHUNK_BYTES + 1, letter))))
  await settled()
  daemon.resumeReading()
  await writes
  await until(() => end.packets.length === 4, 'the packets')
  expect(end.packets.map((packet) => packet.payload.toString('latin1', 0, 1)).join('')).toBe('aabb')
})

test('an error in the middle of an upload reaches the writer and the finish', async () => {
  const { stream, end } = await openUpload()
  await stream.write(Buffer.from('a'))
  end.fail(38, 'No space left on device')
  await stream.ended
  expect(await rejection(stream.write(Buffer.from('b')))).toMatchObject({ message: 'No space left on device' })
  expect(await rejection(stream.finish())).toMatchObject({ message: 'No space left on device' })
})

test('a finish without an answer is indeterminate', async () => {
  const { clock, stream, end } = await openUpload()
  const finished = rejection(stream.finish({ timeoutMs: 500 }))
  await until(() => end.packets.length === 1, 'the finish')
  clock.advance(500)
  expect(await finished).toMatchObject({ kind: 'indeterminate' })
})

test('a finish whose connection is lost is indeterminate', async () => {
  const { daemon, stream, end } = await openUpload()
  const finished = rejection(stream.finish())
  await until(() => end.packets.length === 1, 'the finish')
  daemon.die()
  expect(await finished).toMatchObject({ kind: 'indeterminate', code: 'libvirt.connection-lost', sent: true })
})

test('aborting tells the daemon, ends reads, and drops what still comes', async () => {
  const { client, stream, end } = await openDownload()
  const read = rejection(stream.read())
  stream.abort()
  expect(await read).toMatchObject({ kind: 'cancelled', code: 'libvirt.stream-aborted' })
  await until(() => end.packets.at(-1)?.status === STATUS_ERROR, 'the abort')
  end.send(Buffer.from('too late'))
  end.confirm()
  await until(() => client.stats.strayPackets === 2, 'the stray packets')
  expect(client.closeReason).toBeUndefined()
})

test('what was not read yet is gone after an abort', async () => {
  const { client, stream, end } = await openDownload()
  const before = client.stats.bytesRead
  end.send(Buffer.from('unread'))
  await until(() => client.stats.bytesRead > before, 'the data')
  stream.abort()
  expect(await rejection(stream.read())).toMatchObject({ code: 'libvirt.stream-aborted' })
})

test('a reader that is slow for long does not cost the connection', async () => {
  const { client, clock, stream, end } = await openDownload(new FakeDaemon(65_536))
  for (let index = 0; index < 20; index++) end.send(Buffer.alloc(262_120))
  end.endOfData()
  await settled()
  clock.advance(600_000)
  expect(client.closeReason).toBeUndefined()
  let total = 0
  for await (const bytes of stream.bytes()) total += bytes.length
  expect(total).toBe(20 * 262_120)
})

test('a stream that is aborted while the connection waits for its reader lets the others go on', async () => {
  const { client, daemon, stream, end } = await openDownload(new FakeDaemon(65_536))
  for (let index = 0; index < 20; index++) end.send(Buffer.alloc(262_120))
  await settled()
  daemon.on('domainGetXmlDesc', () => ({ xml: 'x' }))
  const call = client.call('domainGetXmlDesc', { dom: fakeDomain() })
  stream.abort()
  expect(await call).toEqual({ xml: 'x' })
})

test('a console is read and written at once', async () => {
  const { client, daemon } = await connectFake()
  daemon.on('domainOpenConsole', () => undefined)
  const { stream } = await client.openStream('domainOpenConsole', { dom: fakeDomain() })
  const end = daemon.callsOf('domainOpenConsole')[0]?.stream
  const read = stream.read()
  await stream.write(Buffer.from('ls\r'))
  await until(() => end?.bytes().toString() === 'ls\r', 'the input')
  end?.send(Buffer.from('ok'))
  expect((await read)?.type).toBe('data')
})

test('a call that fails opens no stream', async () => {
  const { client, daemon } = await connectFake()
  daemon.on('domainOpenConsole', () => {
    throw new FakeFailure(55, 'domain is not running')
  })
  const error = await rejection(client.openStream('domainOpenConsole', { dom: fakeDomain() }))
  expect(error).toMatchObject({ kind: 'precondition', procedure: 'domainOpenConsole' })
})

test('a stream whose opening was given up is closed when the daemon opens it after all', async () => {
  const { client, daemon, clock } = await connectFake()
  daemon.on('domainOpenConsole', () => HOLD)
  const opening = rejection(client.openStream('domainOpenConsole', { dom: fakeDomain() }, { timeoutMs: 10 }))
  await until(() => daemon.callsOf('domainOpenConsole').length === 1, 'the call')
  clock.advance(10)
  expect(await opening).toMatchObject({ kind: 'indeterminate' })
  const call = daemon.callsOf('domainOpenConsole')[0]
  call?.reply()
  call?.stream.send(Buffer.from('login:'))
  await until(() => call?.stream.packets.at(-1)?.status === STATUS_ERROR, 'the abort')
  expect(client.closeReason).toBeUndefined()
})

test('a lost connection ends its streams', async () => {
  const { daemon, stream } = await openDownload()
  const read = rejection(stream.read())
  daemon.die()
  expect(await read).toMatchObject({ kind: 'unreachable' })
  expect(await rejection(stream.write(Buffer.from('x')))).toMatchObject({ kind: 'unreachable' })
})

test('a read can be given up and tried again', async () => {
  const { clock, stream, end } = await openDownload()
  const read = rejection(stream.read({ timeoutMs: 5 }))
  clock.advance(5)
  expect(await read).toMatchObject({ kind: 'timeout' })
  end.send(Buffer.from('now'))
  expect(await stream.read()).toMatchObject({ type: 'data' })
})

test('a hole of negative length closes the connection', async () => {
  const { client, end } = await openDownload()
  end.hole(-1n)
  expect(await client.closed).toMatchObject({ kind: 'protocol' })
})
