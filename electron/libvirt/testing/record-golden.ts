/**
 * Records golden frames from a real daemon: `node electron/libvirt/testing/record-golden.ts`. Starts a libvirtd of its own, makes the calls
 * below through the library, and writes every message that went either way to wire/golden/.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Duplex, duplexPair } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { connectLibvirt, type LibvirtClient } from '../index.ts'
import { CALL, type Frame, FrameReader, headerOnly, MESSAGE, REPLY, STATUS_ERROR } from '../rpc/frame.ts'
import { codecOf } from '../wire/codec.ts'
import { messageRow, procedureTable } from '../wire/procedure-table.ts'
import { XdrReader } from '../wire/xdr-reader.ts'
import { type GoldenFrame, toPlain } from './golden.ts'
import { startPrivateLibvirtd } from './private-libvirtd.ts'
import { until } from './until.ts'

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
  if (frame.type === MESSAGE) {
    const row = messageRow(frame.program, frame.procedure)
    return describe(from, 'message', row?.name ?? 'keepalive', row?.message ?? null, frame, hex)
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

async function driveTestDriver(client: LibvirtClient): Promise<void> {
  const events: string[] = []
  await client.events.subscribe('domain.lifecycle', () => events.push('lifecycle'))
  await client.events.subscribe('network.lifecycle', () => events.push('network'))
  await client.events.subscribe('storage-pool.refresh', () => events.push('refresh'))
  const { dom } = await client.call('domainLookupByName', { name: 'test' })
  await client.call('domainLookupByName', { name: 'no such machine ☃' }).catch(() => {})
  await client.call('connectListAllDomains', { needResults: 1 })
  await client.call('connectGetAllDomainStats', { doms: [], stats: 0 })
  await client.call('domainGetInfo', { dom })
  await client.call('domainGetState', { dom })
  await client.call('domainGetXmlDesc', { dom })
  await client.call('domainGetVcpus', { dom, maxinfo: 2, maplen: 2 })
  await client.call('domainGetSchedulerParametersFlags', { dom, nparams: 5 }).catch(() => {})
  await client.call('domainSetMetadata', { dom, type: 1, metadata: 'Billing & accounts', flags: 0 })
  await client.call('domainDestroyFlags', { dom })
  await client.call('domainCreateWithFlags', { dom })
  await client.call('domainSnapshotCreateXml', { dom, xmlDesc: '<domainsnapshot><name>one</name></domainsnapshot>' })
  await client.call('domainListAllSnapshots', { dom, needResults: 1 })
  const { net } = await client.call('networkLookupByName', { name: 'default' })
  await client.call('networkDestroy', { net })
  await client.call('networkCreate', { net })
  const { pool } = await client.call('storagePoolLookupByName', { name: 'default-pool' })
  await client.call('storagePoolGetInfo', { pool })
  await client.call('storagePoolRefresh', { pool })
  await client.call('connectListAllInterfaces', { needResults: 1 })
  await client.call('nodeGetInfo')
  await client.call('nodeGetCpuMap', { needMap: 1, needOnline: 1 })
  const { stream } = await client.openStream('domainScreenshot', { dom, screen: 0 })
  for await (const _ of stream.bytes());
  await stream.finish()
  await until(() => events.length >= 5, 'the events')
}

async function driveSession(client: LibvirtClient): Promise<void> {
  const xml = "<secret ephemeral='no' private='no'><usage type='ceph'><name>golden</name></usage></secret>"
  const { secret } = await client.call('secretDefineXml', { xml })
  await client.call('secretSetValue', { secret, value: new Uint8Array([1, 2, 3]) })
  await client.call('secretGetValue', { secret })
  await client.call('connectListAllSecrets', { needResults: 1 })
  await client.call('secretUndefine', { secret })
  await client.call('nodeGetSecurityModel')
  await client.call('nodeGetMemoryStats', { nparams: 4, cellNum: -1 })
  await client
    .call('domainMigratePrepare3', { cookieIn: new Uint8Array(0), uriIn: null, flags: 0n, dname: null, resource: 0n, domXml: 'no' })
    .catch(() => {})
}

async function record(
  name: string,
  uri: string,
  open: () => Promise<Duplex>,
  drive: (client: LibvirtClient) => Promise<void>,
): Promise<void> {
  const frames: GoldenFrame[] = []
  const stream = tap(await open(), (from, frame) => frames.push(classify(from, frame)))
  const client = await connectLibvirt({ stream, uri })
  await drive(client)
  await client.close()
  writeFileSync(join(FOLDER, name), frames.map((frame) => `${JSON.stringify(frame)}\n`).join(''))
}

const daemon = await startPrivateLibvirtd()
try {
  mkdirSync(FOLDER, { recursive: true })
  await record('test-driver-9.0.jsonl', 'test:///default', daemon.open, driveTestDriver)
  await record('session-9.0.jsonl', 'qemu:///session', daemon.open, driveSession)
} finally {
  await daemon.stop()
}
