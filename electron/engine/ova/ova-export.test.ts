import { createHash } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import type { CloneSource } from '../../../shared/model/index.ts'
import { settle } from '../testing/fake-clock.ts'
import { parseManifest } from './manifest.ts'
import { WAITS_MS } from './ova-exports.ts'
import { readOvf } from './ovf-read.ts'
import { readTarIndex } from './tar-index.ts'
import { AUTHOR, OvaBench, POOL, SIGNAL } from './testing/bench.ts'

const DISK = Uint8Array.from({ length: 150_001 }, (_, index) => (index * 3) % 253)
const DATA = Uint8Array.from({ length: 512 }, () => 9)

let bench: OvaBench
beforeEach(() => {
  bench = new OvaBench()
  bench.host.addVolume('default/web.qcow2', 10 * 2 ** 30, { bytes: DISK })
  bench.host.addVolume('default/data.raw', 2 ** 30, { format: 'raw', bytes: DATA })
  bench.host.sources.set('web', {
    name: 'web',
    vcpus: 3,
    memoryMiB: 1_536,
    disks: [diskOf('vda', 'web.qcow2'), diskOf('sdb', 'data.raw'), { ...diskOf('vdc', 'shared.img'), copied: false }],
    nics: [{ source: { kind: 'network', network: 'default' }, vlan: null, model: 'virtio', mac: '52:54:00:00:00:01' }],
    firmware: 'uefi',
    template: null,
    warnings: [],
  })
})

function diskOf(target: string, volume: string): CloneSource['disks'][number] {
  const place = { pool: 'default', volume }
  return { target, place, format: 'qcow2', capacityBytes: 1, allocationBytes: 1, copied: true, linkReason: null }
}

async function exported(): Promise<{
  taskId: Awaited<ReturnType<OvaBench['service']['export']>>['taskId']
  exportId: string
  leftOut: string[]
}> {
  const machine = bench.addMachine('web')
  const begun = await bench.service.export({ machineId: machine.id, pool: null }, AUTHOR, SIGNAL)
  await settle(60)
  return begun
}

describe('a package of a machine', () => {
  test('waits once its disks are converted, and is whole', async () => {
    const { taskId, exportId, leftOut } = await exported()
    expect(leftOut).toEqual(['vdc'])
    expect(await bench.task(taskId)).toMatchObject({ kind: 'machine.export', state: 'running', progress: { note: 'waiting-for-download' } })
    const { token, sizeBytes, fileName } = await bench.service.download(exportId, SIGNAL)
    const bytes = await bench.taken(token)
    expect([bytes.length, fileName]).toEqual([sizeBytes, 'web.ova'])
    const members = await readTarIndex((offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)), bytes.length)
    expect(members.map(({ name }) => name)).toEqual(['web.ovf', 'web-disk1.vmdk', 'web-disk2.vmdk', 'web.mf'])
    const content = (name: string) => {
      const member = members.find((one) => one.name === name)
      return bytes.subarray(member?.offset, (member?.offset ?? 0) + (member?.sizeBytes ?? 0))
    }
    const digests = parseManifest(Buffer.from(content('web.mf')).toString())
    expect(digests.size).toBe(3)
    for (const [name, { hex }] of digests) expect(createHash('sha256').update(content(name)).digest('hex')).toBe(hex)
    expect(Buffer.from(content('web-disk1.vmdk')).equals(DISK)).toBe(true)
    expect(readOvf(content('web.ovf'))).toMatchObject({
      files: [{ sizeBytes: DISK.length }, { sizeBytes: DATA.length }],
      disks: [{ capacityBytes: 10 * 2 ** 30 }, { capacityBytes: 2 ** 30 }],
      system: {
        name: 'web',
        vcpus: 3,
        memoryMiB: 1_536,
        firmware: 'uefi',
        own: { os: 'debian13', buses: { vmdisk1: 'virtio', vmdisk2: 'sata' } },
      },
    })
  })

  test('leaves nothing on the host when it was taken', async () => {
    const { taskId, exportId } = await exported()
    expect(bench.host.files.has('default/web-export-1.vmdk')).toBe(true)
    await bench.taken((await bench.service.download(exportId, SIGNAL)).token)
    expect(await bench.task(taskId)).toMatchObject({ state: 'succeeded', error: null })
    expect([...bench.host.files.keys()]).toEqual(['default/web.qcow2', 'default/data.raw'])
    await expect(bench.service.download(exportId, SIGNAL)).rejects.toMatchObject({ code: 'ova.not-waiting' })
  })

  test('comes back as the machine that it was', async () => {
    const { exportId } = await exported()
    const bytes = await bench.taken((await bench.service.download(exportId, SIGNAL)).token)
    bench.host.addVolume('default/back.ova', bytes.length, { format: 'raw', bytes })
    const { spec, findings } = await bench.service.inspect(POOL, 'back.ova', undefined, SIGNAL)
    expect(findings.map(({ code }) => code)).toEqual(['ova.network-changed'])
    expect(spec).toMatchObject({
      os: 'debian13',
      description: 'Serves pages',
      firmware: 'uefi',
      disks: [{ bus: 'virtio' }, { bus: 'sata' }],
      nics: [{ model: 'virtio' }],
    })
    const order = { poolId: POOL, name: 'back.ova', machine: 'back', spec, verify: true, start: false, removePackage: false }
    const { taskId } = await bench.service.import(order, AUTHOR, SIGNAL)
    expect(await bench.task(taskId)).toMatchObject({ state: 'succeeded' })
    expect(Buffer.from(bench.host.files.get('default/back.qcow2')?.bytes ?? []).equals(DISK)).toBe(true)
  })

  test('that was not read to its end waits for another try', async () => {
    const { taskId, exportId } = await exported()
    const { token } = await bench.service.download(exportId, SIGNAL)
    const channel = bench.offered.get(token)
    await channel?.read()
    await channel?.read()
    channel?.close()
    expect(await bench.task(taskId)).toMatchObject({ state: 'running' })
    const again = await bench.service.download(exportId, SIGNAL)
    expect((await bench.taken(again.token)).length).toBe(again.sizeBytes)
    expect(await bench.task(taskId)).toMatchObject({ state: 'succeeded' })
  })

  test('whose disk changes under way is not called whole', async () => {
    const { exportId } = await exported()
    const { token } = await bench.service.download(exportId, SIGNAL)
    const copy = bench.host.files.get('default/web-export-1.vmdk')
    if (copy) copy.bytes = DISK.subarray(1)
    await expect(bench.taken(token)).rejects.toMatchObject({ code: 'ova.file-changed' })
  })

  test('that nobody takes is given up', async () => {
    const { taskId } = await exported()
    await bench.clock.advance(WAITS_MS + 1)
    expect(await bench.task(taskId)).toMatchObject({ state: 'failed', error: { code: 'ova.not-taken' } })
    expect([...bench.host.files.keys()]).toEqual(['default/web.qcow2', 'default/data.raw'])
  })

  test('that is cancelled leaves nothing behind', async () => {
    const { taskId, exportId } = await exported()
    await bench.tasks.cancel(taskId)
    expect(await bench.task(taskId)).toMatchObject({ state: 'cancelled' })
    expect([...bench.host.files.keys()]).toEqual(['default/web.qcow2', 'default/data.raw'])
    await expect(bench.service.download(exportId, SIGNAL)).rejects.toMatchObject({ code: 'ova.not-waiting' })
  })

  test('of a machine that is started meanwhile is none', async () => {
    bench.host.disturb.set('convert default/web-export-1.vmdk', () => {
      const [machine] = bench.machines
      if (machine) bench.machines[0] = { ...machine, state: 'running' }
      return Promise.resolve('go-on')
    })
    const { taskId } = await exported()
    expect(await bench.task(taskId)).toMatchObject({ state: 'failed', error: { code: 'build.source-started' } })
    expect([...bench.host.files.keys()]).toEqual(['default/web.qcow2', 'default/data.raw'])
  })

  test('that is being taken waits as long as that lasts', async () => {
    const { taskId, exportId } = await exported()
    const { token } = await bench.service.download(exportId, SIGNAL)
    await bench.offered.get(token)?.read()
    await bench.clock.advance(10 * WAITS_MS)
    expect(await bench.task(taskId)).toMatchObject({ state: 'running' })
  })

  test('waits again after the console was started anew', async () => {
    const { taskId, exportId } = await exported()
    await bench.tasks.stop()
    const later = new OvaBench(bench)
    await later.tasks.start()
    expect(await later.task(taskId)).toMatchObject({ state: 'running' })
    await later.taken((await later.service.download(exportId, SIGNAL)).token)
    expect(await later.task(taskId)).toMatchObject({ state: 'succeeded' })
  })
})

describe('is refused before anything is made', () => {
  const attempt = (more: Parameters<OvaBench['addMachine']>[1] = {}) =>
    bench.service.export({ machineId: bench.addMachine('web', more).id, pool: null }, AUTHOR, SIGNAL)

  test('a machine that runs', async () => {
    await expect(attempt({ state: 'running' })).rejects.toMatchObject({ kind: 'precondition', code: 'ova.machine-on' })
    expect(bench.host.calls).toEqual([])
  })

  test('a disk that lies in no pool', async () => {
    const source = bench.host.sources.get('web')
    if (source) bench.host.sources.set('web', { ...source, disks: [{ ...diskOf('vda', 'x'), place: null }] })
    await expect(attempt()).rejects.toMatchObject({ code: 'ova.disk-in-no-pool', details: { target: 'vda' } })
  })

  test('a disk that is gone', async () => {
    bench.host.files.delete('default/data.raw')
    await expect(attempt()).rejects.toMatchObject({ code: 'ova.disk-gone', details: { target: 'sdb' } })
  })
})
