/**
 * Records golden frames of the qemu and storage drivers of a lab host, as root: `node e2e/lab/record-golden.ts`. The counterpart of
 * electron/libvirt/testing/record-golden.ts for what needs a machine with a guest in it.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { constants, type LibvirtClient } from '../../electron/libvirt/index.ts'
import type { GoldenFrame } from '../../electron/libvirt/testing/golden.ts'
import { record } from '../../electron/libvirt/testing/recorder.ts'
import { until } from '../../electron/libvirt/testing/until.ts'
import { startLab } from './lab.ts'

const MIB = 1_048_576

/** Waits until one side has probed the idle connection and was answered: whoever does it more often keeps the other from it. */
async function probed(frames: readonly GoldenFrame[], by: GoldenFrame['from']): Promise<void> {
  const seen = (from: GoldenFrame['from'], name: string) => frames.some((frame) => frame.from === from && frame.name === name)
  const other = by === 'client' ? 'daemon' : 'client'
  await until(() => seen(by, 'keepalivePing') && seen(other, 'keepalivePong'), `a probe of the ${by}`, 10_000)
}

async function driveQemu(client: LibvirtClient, frames: readonly GoldenFrame[]): Promise<void> {
  const { dom } = await client.call('domainLookupByName', { name: 'golden' })
  const monitor = await client.events.subscribe('qemu.monitor', () => {}, { object: dom })
  await client.call('qemuDomainMonitorCommand', { dom, cmd: '{"execute":"query-status"}' })
  await client.call('qemuDomainMonitorCommand', { dom, cmd: 'info no such thing', flags: 1 })
  await client.call('qemuDomainAgentCommand', { dom, cmd: '{"execute":"guest-ping"}', timeout: 5 })
  await client.call('qemuDomainAgentCommand', { dom, cmd: '{"execute":"no-such-command"}', timeout: 5 }).catch(() => {})
  await client.call('domainSuspend', { dom })
  await client.call('domainResume', { dom })
  await until(() => frames.some(({ name }) => name === 'qemuDomainMonitorEvent'), 'events of the monitor')
  await monitor.close()
  await probed(frames, 'daemon')
}

async function driveVolume(client: LibvirtClient, frames: readonly GoldenFrame[]): Promise<void> {
  const { pool } = await client.call('storagePoolLookupByName', { name: 'default' })
  const xml = `<volume><name>golden.img</name><capacity>${3 * MIB}</capacity><allocation>0</allocation><target><format type='raw'/></target></volume>`
  const { vol } = await client.call('storageVolCreateXml', { pool, xml })
  const upload = await client.openStream('storageVolUpload', {
    vol,
    offset: 0n,
    length: BigInt(3 * MIB),
    flags: constants.VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM,
  })
  await upload.stream.writeHole(BigInt(MIB))
  await upload.stream.write(Buffer.alloc(4_096, 'golden '))
  await upload.stream.writeHole(BigInt(2 * MIB - 4_096))
  await upload.stream.finish()
  const flags = constants.VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM
  const download = await client.openStream('storageVolDownload', { vol, offset: 0n, length: 0n, flags })
  for await (const _ of download.stream);
  await download.stream.finish()
  await client.call('storageVolDelete', { vol })
  await probed(frames, 'client')
}

const lab = await startLab({ hosts: [{ name: 'a', libvirtdConf: { keepalive_interval: 1 } }], prefix: 'gold' })
try {
  const host = lab.host('a')
  const open = async (): Promise<Duplex> => {
    const socket = connect(host.socketPath)
    await once(socket, 'connect')
    return socket
  }
  const guest = await host.defineGuest({ name: 'golden' })
  await guest.start()
  await guest.waitReady()
  const uri = 'qemu:///system'
  await record('qemu-driver-9.0.jsonl', { uri, keepalive: { intervalMs: 0, count: 5 } }, await open(), driveQemu)
  await record('volume-streams-9.0.jsonl', { uri, keepalive: { intervalMs: 200, count: 5 } }, await open(), driveVolume)
} finally {
  await lab.stop()
}
