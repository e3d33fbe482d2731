import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Client } from '../../electron/api/client.ts'
import { findEndpoint } from '../../electron/host/control.ts'
import { findPeer } from '../../scripts/peers.mjs'
import type { MachineId } from '../../shared/model/index.ts'
import { engineOf } from '../app/engine-of.ts'
import { startServer } from '../app/server.ts'
import { ConsoleSocket } from '../hosts/console-socket.ts'
import { type LabHost, startLab, until } from '../lab/lab.ts'
import { skipReason } from '../lab/requires.ts'
import { type BenchGroup, type Figure, median } from './measure.ts'
import { openWire } from './wire.ts'

const KEYS = 200
const OPENINGS = 9
const MANY = 20

/** Consoles of a real qemu through the built server and one SSH connection, beside the wire client alone. */
export const consolesGroup: BenchGroup = {
  name: 'consoles',
  missing: async () => skipReason(findPeer('libvirtd')) || null,
  async *run() {
    const lab = await startLab({ hosts: ['screens'], prefix: 'ncc' })
    try {
      const host = lab.host('screens')
      const guest = await host.defineGuest({ name: 'seen', graphics: true })
      await guest.start()
      await guest.waitReady()
      // the raw one first: a port has room for one
      const raw = await rawEcho(host, guest.name)
      yield* through(host, guest.uuid, raw)
    } finally {
      await lab.stop()
    }
  },
}

/** From a key sent to its echo read, by the wire client alone: median of many, in milliseconds. */
async function rawEcho(host: LabHost, name: string): Promise<number> {
  const wire = await openWire(host)
  try {
    const { dom } = await wire.libvirt.call('domainLookupByName', { name })
    const { stream } = await wire.libvirt.openStream('domainOpenConsole', { dom })
    const heard = { text: '' }
    const reading = (async () => {
      for await (const piece of stream) if (piece.type === 'data') heard.text += piece.bytes.toString()
    })()
    reading.catch(() => {})
    const took = await echo(
      (key) => stream.write(Buffer.from(key)),
      () => heard.text,
    )
    stream.abort()
    return took
  } finally {
    await wire.close()
  }
}

async function echo(send: (key: string) => Promise<void>, heard: () => string): Promise<number> {
  await send('\n')
  await until('a prompt', async () => heard().includes('# '))
  const samples: number[] = []
  for (let key = 0; key < KEYS; key += 1) {
    // an unfinished line that never gets long
    const before = heard().length
    const start = performance.now()
    await send(key % 20 === 19 ? '\u0015' : 'x')
    while (heard().length === before) await new Promise((resolve) => setImmediate(resolve))
    if (key % 20 !== 19) samples.push(performance.now() - start)
  }
  await send('\u0015')
  return median(samples)
}

async function* through(host: LabHost, uuid: string, rawMs: number): AsyncGenerator<Figure> {
  const home = await mkdtemp(join(tmpdir(), 'novacron-consoles-'))
  await mkdir(join(home, '.ssh'))
  await copyFile(host.knownHostsFile, join(home, '.ssh/known_hosts'))
  const dataDirectory = join(home, 'data')
  const server = await startServer({ dataDirectory, env: { HOME: home, SSH_AUTH_SOCK: '' } })
  const link = await engineOf({ dataDirectory })
  try {
    const { client } = link
    const { id: workspaceId } = await client.workspaces.create({ name: 'Bench' })
    const config = { transport: 'ssh', host: host.address, port: host.port, user: host.user, keyFile: host.keyFile, useSshConfig: false }
    await client.connections.add({ workspaceId, providerId: 'libvirt', name: host.name, config })
    const machineId = await until('the machine', async () => {
      const { items } = await client.inventory.machines({ query: `uuid:${uuid} state:running` })
      return items[0]?.machine.id ?? false
    })
    const take = await taker(dataDirectory)
    const serial = take((await client.consoles.open({ machineId, kind: 'serial' })).token)
    const echoed = await echo(
      (key) => serial.send(key),
      () => serial.text,
    )
    serial.close()
    yield {
      name: 'serial console over SSH, key → echo, median',
      value: echoed,
      unit: 'ms',
      budget: Math.round((rawMs + 10) * 10) / 10,
      peer: { name: 'the wire client alone', value: rawMs },
    }
    const samples: number[] = []
    for (let round = -1; round < OPENINGS; round += 1) {
      const { tookMs, console } = await firstPicture(client, machineId, take)
      console.close()
      if (round >= 0) samples.push(tookMs)
    }
    yield { name: 'VNC console over SSH, asked for → first picture received, median', value: median(samples), unit: 'ms', budget: 300 }
    const start = performance.now()
    const open = await Promise.all(Array.from({ length: MANY }, () => firstPicture(client, machineId, take)))
    yield {
      name: `${MANY} VNC consoles at once, until each has its first picture`,
      value: performance.now() - start,
      unit: 'ms',
      budget: null,
    }
    for (const { console } of open) console.close()
  } finally {
    link.close()
    await server.stop()
    await rm(home, { recursive: true, force: true })
  }
}

type Take = (token: string) => ConsoleSocket

async function taker(dataDirectory: string): Promise<Take> {
  const endpoint = await findEndpoint(dataDirectory)
  if (!endpoint) throw new Error(`no engine runs on ${dataDirectory}`)
  return (token) => new ConsoleSocket(`ws+unix:${endpoint.socket}:/console/${token}`, { authorization: `Bearer ${endpoint.token}` })
}

/** As noVNC does it, up to all bytes of the first update in raw encoding. */
async function firstPicture(
  client: Client,
  machineId: MachineId,
  take: Take,
): Promise<{ readonly tookMs: number; readonly console: ConsoleSocket }> {
  const start = performance.now()
  const console = take((await client.consoles.open({ machineId, kind: 'vnc' })).token)
  await console.exactly(12)
  await console.send('RFB 003.008\n')
  await console.exactly(2)
  await console.send(Uint8Array.of(1))
  await console.exactly(4)
  await console.send(Uint8Array.of(1))
  const head = await console.exactly(24)
  await console.exactly(head.readUInt32BE(20))
  const request = Buffer.alloc(10)
  request.writeUInt8(3, 0)
  head.copy(request, 6, 0, 4)
  await console.send(request)
  const update = await console.exactly(4)
  for (let left = update.readUInt16BE(2); left > 0; left -= 1) {
    const rectangle = await console.exactly(12)
    const bytesPerPixel = (head[4] ?? 32) / 8
    await console.exactly(rectangle.readUInt16BE(4) * rectangle.readUInt16BE(6) * bytesPerPixel)
  }
  return { tookMs: performance.now() - start, console }
}
