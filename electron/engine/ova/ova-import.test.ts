import { beforeEach, describe, expect, test } from 'vitest'
import type { OvaImportInput } from '../../../shared/contract/ova.ts'
import { AppError } from '../../../shared/errors/index.ts'
import { AUTHOR, OvaBench, ovaOf, POOL, SIGNAL } from './testing/bench.ts'
import { COLLECTION, VIRTUALBOX, VMWARE } from './testing/descriptors.ts'

const DISK = Uint8Array.from({ length: 200_000 }, (_, index) => (index * 7) % 251)

let bench: OvaBench
beforeEach(() => {
  bench = new OvaBench()
})

function put(bytes: Uint8Array): void {
  bench.host.addVolume('default/deb.ova', bytes.length, { format: 'raw', bytes })
}

async function orderOf(more: Partial<OvaImportInput> = {}): Promise<OvaImportInput> {
  const { spec } = await bench.service.inspect(POOL, 'deb.ova', undefined, SIGNAL)
  return { poolId: POOL, name: 'deb.ova', machine: 'deb', spec, verify: true, start: false, removePackage: false, ...more }
}

const codes = (findings: ReadonlyArray<{ readonly code: string; readonly severity: string }>) =>
  findings.filter(({ severity }) => severity === 'blocks').map(({ code }) => code)

describe('a package', () => {
  test('says what is in it before anything is made', async () => {
    put(ovaOf({ 'deb.ovf': VIRTUALBOX, 'deb-disk001.vmdk': DISK }))
    const contents = await bench.service.inspect(POOL, 'deb.ova', 'fast', SIGNAL)
    expect(contents).toMatchObject({
      name: 'deb',
      guest: 'Debian12_64',
      manifest: 'sha256',
      networks: ['NAT'],
      disks: [{ file: 'deb-disk001.vmdk', sizeBytes: 200_000, capacityBytes: 21_474_836_480, format: 'vmdk' }],
      spec: { os: 'debian12', disks: [{ source: { kind: 'new', pool: 'fast' } }] },
    })
    expect(codes(contents.findings)).toEqual([])
    expect(bench.host.calls).toEqual([])
  })

  test.each([
    ['a disk that is not in it', ovaOf({ 'a.ovf': VIRTUALBOX }), 'ova.file-missing'],
    [
      'a compressed disk',
      ovaOf({ 'a.ovf': VIRTUALBOX.replace('ovf:id="file1"', 'ovf:id="file1" ovf:compression="gzip"'), 'deb-disk001.vmdk': DISK }),
      'ova.compressed',
    ],
    [
      'a disk in pieces',
      ovaOf({ 'a.ovf': VIRTUALBOX.replace('ovf:id="file1"', 'ovf:id="file1" ovf:chunkSize="100"'), 'deb-disk001.vmdk': DISK }),
      'ova.in-pieces',
    ],
    [
      'a format of its own',
      ovaOf({ 'a.ovf': VIRTUALBOX.replaceAll('deb-disk001.vmdk', 'disk.bin').replace(/ovf:format="[^"]+"/, ''), 'disk.bin': DISK }),
      'ova.unknown-format',
    ],
  ])('with %s is not imported', async (_name, bytes, code) => {
    put(bytes)
    const order = await orderOf()
    expect(codes(await bench.service.check(order, SIGNAL))).toEqual([code])
    await expect(bench.service.import(order, AUTHOR, SIGNAL)).rejects.toMatchObject({ code: 'build.blocked' })
    expect(bench.host.calls).toEqual([])
  })

  test.each([
    ['whose descriptor was changed', ovaOf({ 'a.ovf': VIRTUALBOX }, `SHA256(a.ovf)= ${'0'.repeat(64)}`), 'ova.checksum'],
    ['without a descriptor', ovaOf({ 'disk.vmdk': DISK }), 'ova.no-descriptor'],
    ['with a descriptor that no machine needs', ovaOf({ 'a.ovf': new Uint8Array(5 * 2 ** 20) }), 'ova.too-large'],
    ['that is none', Buffer.from('not a tar at all'.padEnd(2_000)), 'ova.not-a-tar'],
    ['that was cut off', ovaOf({ 'a.ovf': VIRTUALBOX, 'deb-disk001.vmdk': DISK }).subarray(0, 50_000), 'ova.truncated'],
    ['with a manifest of nonsense', ovaOf({ 'a.ovf': VIRTUALBOX }, 'trust me'), 'ova.bad-manifest'],
  ])('%s is refused at once', async (_name, bytes, code) => {
    put(bytes)
    await expect(bench.service.inspect(POOL, 'deb.ova', undefined, SIGNAL)).rejects.toMatchObject({ code })
  })

  test('without a manifest, signed, of several machines: said, and no obstacle', async () => {
    put(ovaOf({ 'a.ovf': COLLECTION, 'a.cert': 'x' }, null))
    const { findings, manifest } = await bench.service.inspect(POOL, 'deb.ova', undefined, SIGNAL)
    expect(findings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['ova.no-manifest', 'ova.signature-unchecked', 'ova.several-systems']),
    )
    expect(manifest).toBeNull()
    expect(codes(findings)).toEqual([])
  })
})

describe('an import', () => {
  test('compares, converts in place, defines, starts, and deletes the package', async () => {
    put(ovaOf({ 'deb.ovf': VIRTUALBOX, 'deb-disk001.vmdk': DISK }))
    const { taskId } = await bench.service.import(await orderOf({ start: true, removePackage: true }), AUTHOR, SIGNAL)
    const task = await bench.task(taskId)
    expect(task.error).toBeNull()
    expect(task).toMatchObject({ kind: 'machine.import', state: 'succeeded', target: { name: 'deb' }, params: { from: 'default/deb.ova' } })
    expect(task.steps.map(({ id, state }) => [id, state])).toEqual(
      ['verify', 'disk-0', 'define', 'start', 'remove-package'].map((id) => [id, 'done']),
    )
    const disk = bench.host.files.get('default/deb.qcow2')
    expect(Buffer.from(disk?.bytes ?? []).equals(DISK)).toBe(true)
    expect(disk?.capacityBytes).toBe(21_474_836_480)
    const [definition] = bench.host.defined.values()
    expect(definition).toMatchObject({
      kind: 'new',
      name: 'deb',
      os: { id: 'debian12' },
      disks: [{ pool: 'default', volume: 'deb.qcow2' }],
    })
    expect(bench.host.executed).toEqual([`start ${definition?.uuid}`])
    expect([...bench.host.files.keys()]).toEqual(['default/deb.qcow2'])
  })

  test('makes the disks that are empty in the package, and what was added', async () => {
    put(ovaOf({ 'a.ovf': VMWARE, 'appliance-disk1.vmdk': DISK }))
    const order = await orderOf()
    const added = { ...order.spec.disks[0], source: { kind: 'new' as const, pool: 'default', sizeBytes: 2 ** 30, format: 'raw' as const } }
    const spec = { ...order.spec, disks: [...order.spec.disks, added as (typeof order.spec.disks)[number]] }
    const { taskId } = await bench.service.import({ ...order, spec }, AUTHOR, SIGNAL)
    expect(await bench.task(taskId)).toMatchObject({ state: 'succeeded' })
    expect(bench.host.calls.slice(0, 4)).toEqual([
      'convert default/deb.qcow2',
      'resize default/deb.qcow2',
      'create default/deb-1.qcow2',
      'create default/deb-2.img',
    ])
    expect(bench.host.files.get('default/deb-1.qcow2')?.capacityBytes).toBe(100 * 2 ** 30)
  })

  test('of a disk that the manifest does not fit makes nothing', async () => {
    const manifest = `SHA256(deb-disk001.vmdk)= ${'0'.repeat(64)}`
    put(ovaOf({ 'deb.ovf': VIRTUALBOX, 'deb-disk001.vmdk': DISK }, manifest))
    const { taskId } = await bench.service.import(await orderOf(), AUTHOR, SIGNAL)
    expect(await bench.task(taskId)).toMatchObject({
      state: 'failed',
      error: { code: 'ova.checksum', details: { name: 'deb-disk001.vmdk' } },
    })
    expect(bench.host.calls).toEqual([])
  })

  test('that fails takes back what it had made, and keeps the package', async () => {
    put(ovaOf({ 'a.ovf': VMWARE, 'appliance-disk1.vmdk': DISK }))
    const full = new AppError({ kind: 'exhausted', code: 'volume.pool-full', message: 'Full.' })
    bench.host.disturb.set('create default/deb-1.qcow2', () => Promise.reject(full))
    const { taskId } = await bench.service.import(await orderOf({ removePackage: true }), AUTHOR, SIGNAL)
    expect(await bench.task(taskId)).toMatchObject({ state: 'failed', error: { code: 'volume.pool-full' } })
    expect([...bench.host.files.keys()]).toEqual(['default/deb.ova'])
    expect(bench.host.defined.size).toBe(0)
  })

  test('whose name is taken meanwhile takes back its disks', async () => {
    put(ovaOf({ 'deb.ovf': VIRTUALBOX, 'deb-disk001.vmdk': DISK }))
    const taken = new AppError({ kind: 'conflict', code: 'build.name-taken', message: 'There is one.' })
    bench.host.disturb.set('define deb', () => Promise.reject(taken))
    const { taskId } = await bench.service.import(await orderOf(), AUTHOR, SIGNAL)
    expect(await bench.task(taskId)).toMatchObject({ state: 'failed', error: { code: 'build.name-taken' } })
    expect([...bench.host.files.keys()]).toEqual(['default/deb.ova'])
  })

  test('does not read it all when told not to', async () => {
    put(ovaOf({ 'deb.ovf': VIRTUALBOX, 'deb-disk001.vmdk': DISK }, `SHA256(deb-disk001.vmdk)= ${'0'.repeat(64)}`))
    const { taskId } = await bench.service.import(await orderOf({ verify: false }), AUTHOR, SIGNAL)
    expect(await bench.task(taskId)).toMatchObject({ state: 'succeeded' })
  })

  test('under a name that is taken is refused at its own field', async () => {
    put(ovaOf({ 'deb.ovf': VIRTUALBOX, 'deb-disk001.vmdk': DISK }))
    bench.addMachine('deb')
    const order = await orderOf()
    expect(await bench.service.check(order, SIGNAL)).toEqual(
      expect.arrayContaining([expect.objectContaining({ code: 'build.name-taken', field: 'machine', severity: 'blocks' })]),
    )
    await expect(bench.service.import(order, AUTHOR, SIGNAL)).rejects.toMatchObject({ kind: 'conflict', code: 'build.blocked' })
  })

  test('under a name that another import is just making is refused', async () => {
    put(ovaOf({ 'deb.ovf': VIRTUALBOX, 'deb-disk001.vmdk': DISK }))
    const order = await orderOf()
    await bench.service.import(order, AUTHOR, SIGNAL)
    expect(codes(await bench.service.check(order, SIGNAL))).toContain('build.name-taken')
  })

  test('keeps the package’s disks the first', async () => {
    put(ovaOf({ 'deb.ovf': VIRTUALBOX, 'deb-disk001.vmdk': DISK }))
    const order = await orderOf()
    const existing = { kind: 'existing' as const, pool: 'default', volume: 'deb.ova' }
    const spec = { ...order.spec, disks: order.spec.disks.map((disk) => ({ ...disk, source: existing })) }
    expect(codes(await bench.service.check({ ...order, spec }, SIGNAL))).toContain('ova.disk-not-new')
    expect(codes(await bench.service.check({ ...order, spec: { ...order.spec, disks: [] } }, SIGNAL))).toContain('ova.disk-not-new')
  })

  test('goes on in a new process where the old one ended', async () => {
    put(ovaOf({ 'deb.ovf': VIRTUALBOX, 'deb-disk001.vmdk': DISK }))
    const never = new Promise<'done'>(() => {})
    bench.host.disturb.set('convert default/deb.qcow2', () => never)
    const { taskId } = await bench.service.import(await orderOf({ removePackage: true }), AUTHOR, SIGNAL)
    expect(await bench.task(taskId)).toMatchObject({ state: 'running' })
    await bench.tasks.stop()
    bench.host.disturb.clear()
    const later = new OvaBench(bench)
    await later.tasks.start()
    expect(await later.task(taskId)).toMatchObject({ state: 'succeeded', error: null })
    expect(bench.host.calls).toEqual([
      'convert default/deb.qcow2',
      'convert default/deb.qcow2',
      'resize default/deb.qcow2',
      'define deb',
      'remove default/deb.ova',
    ])
  })

  test('that is cancelled while it compares makes nothing', async () => {
    put(ovaOf({ 'deb.ovf': VIRTUALBOX, 'deb-disk001.vmdk': DISK }))
    const { taskId } = await bench.service.import(await orderOf(), AUTHOR, SIGNAL)
    await bench.tasks.cancel(taskId)
    expect(await bench.task(taskId)).toMatchObject({ state: 'cancelled' })
    expect(bench.host.calls).toEqual([])
    expect([...bench.host.files.keys()]).toEqual(['default/deb.ova'])
  })

  test('clicked twice is one', async () => {
    put(ovaOf({ 'deb.ovf': VIRTUALBOX, 'deb-disk001.vmdk': DISK }))
    const order = await orderOf()
    const [first, second] = await Promise.all([1, 2].map(() => bench.service.import(order, AUTHOR, SIGNAL, 'click')))
    expect(first?.taskId).toBe(second?.taskId)
  })
})
