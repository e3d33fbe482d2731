import { spawn } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConnectionId, MigrationSpecInput, TaskId } from '../../shared/model/index.ts'
import { addFirmware } from '../lab/firmware.ts'
import { type Lab, type LabGuest, type LabHost, startLab, until } from '../lab/lab.ts'
import { requirePeer } from '../lab/requires.ts'
import { done, IMAGES, imageOf, noise, sumOf, untilCopying } from './carried.ts'
import { dataOf, failureOf, TestEngine } from './engine.ts'
import { folderKnowing, linked } from './lab-links.ts'

const CLI = fileURLToPath(new URL('../../electron/cli/index.ts', import.meta.url))
const MIB = 1_048_576
/** Where both hosts see the same files. */
const SHARED = '/srv/host/shared'

type Storage = 'shared' | 'copied' | 'mixed'

describe.skipIf(!requirePeer('libvirtd').ok)('machines that are off move over the contract', () => {
  let lab: Lab
  let a: LabHost
  let b: LabHost
  let folder: string
  let engine: TestEngine
  let from: ConnectionId
  let to: ConnectionId

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a', 'b'], prefix: 'hc' })
    a = lab.host('a')
    b = lab.host('b')
    folder = await folderKnowing(a)
    engine = await TestEngine.start({ folder })
    ;[from, to] = await linked(engine, [a, b])
  })
  afterAll(async () => {
    await engine?.stop()
    await lab?.stop()
  })

  /** At `a`, with its disk in the pool. */
  async function machineWith(
    name: string,
    dataMiB: number,
    more: Pick<Parameters<LabHost['defineGuest']>[0], 'graphics'> = {},
  ): Promise<LabGuest> {
    const guest = await a.defineGuest({
      name,
      boots: false,
      diskMiB: 16,
      title: `${name} & friends`,
      description: 'kept along',
      ...more,
    })
    await noise(a, imageOf(guest), dataMiB)
    await until('the machine', async () => engine.machine(from, guest.uuid))
    return guest
  }

  function wish({ uuid }: Pick<LabGuest, 'uuid'>, more: Partial<MigrationSpecInput> = {}): MigrationSpecInput {
    const here = engine.machine(from, uuid)
    const machine = here ?? engine.machine(to, uuid)
    const targetHostId = engine.hostOf(here ? to : from)?.id
    if (!machine || !targetHostId) throw new Error('not known yet')
    return { machineId: machine.id, targetHostId, mode: 'cold', ...more }
  }

  const start = async (spec: MigrationSpecInput) => (await engine.client.migrations.start({ specs: [spec], acceptsWarnings: true })).taskId

  const copying = (taskId: TaskId, moreThan: number) => untilCopying(engine, taskId, moreThan)

  /** As each host itself says: off and kept there, and nothing of it where it was. */
  async function isAt(host: LabHost, { uuid }: LabGuest): Promise<void> {
    const left = host === a ? b : a
    expect((await host.virsh(['domstate', uuid])).trim()).toBe('shut off')
    expect(await left.virsh(['list', '--all', '--uuid'])).not.toContain(uuid)
    const [known, gone] = host === a ? [from, to] : [to, from]
    await until('it is known there alone', async () => engine.machine(known, uuid)?.state === 'stopped' && !engine.machine(gone, uuid))
  }

  test('foretold, its own disk through the console and the shared one left where it is; taken back the same way', async () => {
    const guest = await machineWith('mixed', 12)
    await done(a, `qemu-img create -q -f qcow2 ${SHARED}/mixed.qcow2 8M`)
    await a.virsh(['attach-disk', guest.uuid, `${SHARED}/mixed.qcow2`, 'vdb', '--subdriver', 'qcow2', '--targetbus', 'virtio', '--config'])
    await a.virsh(['autostart', guest.uuid])
    const sum = await sumOf(a, imageOf(guest))
    const spec = wish(guest, { sourceDisks: 'delete' })
    const measure = await engine.client.migrations.measure({ machineId: spec.machineId, targetHostId: spec.targetHostId })
    expect(measure).toMatchObject({ through: 'console', dirtyBytesPerS: null, notes: [] })
    const { spec: filled, findings, prediction } = await engine.client.migrations.preflight({ spec })
    expect(filled.disks.map(({ target, how }) => [target, how])).toEqual([
      ['vda', 'copy'],
      ['vdb', 'shared'],
    ])
    expect(findings.filter(({ severity }) => severity === 'blocks')).toEqual([])
    expect(findings.map(({ id }) => id)).toEqual(expect.arrayContaining(['disk-carried:vda', 'disk-shared:vdb', 'bandwidth-console']))
    expect(prediction).toMatchObject({ downtimeMs: { high: 0 }, bandwidthFrom: 'measured', bandwidthBytesPerS: expect.any(Number) })
    expect(prediction?.diskBytes).toBeGreaterThan(12 * MIB)
    expect(prediction?.diskBytes).toBeLessThan(16 * MIB)
    const taskId = await start(spec)
    expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded', error: null, undoable: true, progress: { note: null } })
    await isAt(b, guest)
    expect(await sumOf(b, imageOf(guest))).toBe(sum)
    expect(Number(await done(b, `stat -c %b ${imageOf(guest)}`)) * 512).toBeLessThan(14 * MIB)
    expect(await a.virsh(['vol-list', 'default'])).not.toContain(guest.uuid)
    const xml = await b.virsh(['dumpxml', guest.uuid])
    expect(xml).toContain(`${SHARED}/mixed.qcow2`)
    expect(xml).toContain('<title>mixed &amp; friends</title>')
    expect(await b.virsh(['dominfo', guest.uuid])).toMatch(/Autostart: +enable/)
    expect(await done(a, 'ls /etc/libvirt/qemu/autostart')).toBe('')
    const [record] = await engine.client.migrations.records({ machineId: spec.machineId })
    expect(record).toMatchObject({ taskId, mode: 'cold', outcome: 'moved', predicted: { diskBytes: prediction?.diskBytes } })
    const { taskId: back } = await engine.client.tasks.undo({ taskId })
    expect(await engine.ended(back)).toMatchObject({ state: 'succeeded', error: null })
    await isAt(a, guest)
    expect(await sumOf(a, imageOf(guest))).toBe(sum)
    expect(await b.virsh(['vol-list', 'default'])).not.toContain(guest.uuid)
  })

  describe('storage × way', () => {
    const guests = new Map<Storage, LabGuest>()

    beforeAll(async () => {
      for (const storage of ['shared', 'copied', 'mixed'] as const) {
        const shared = `${SHARED}/cold-${storage}.qcow2`
        if (storage !== 'copied') await noise(a, shared, 1)
        const guest = await a.defineGuest({
          name: `cold-${storage}`,
          boots: false,
          ...(storage === 'shared' ? { diskPath: shared } : { diskMiB: 8 }),
        })
        if (storage !== 'shared') await noise(a, imageOf(guest), 1)
        if (storage === 'mixed') {
          await a.virsh(['attach-disk', guest.uuid, shared, 'vdb', '--subdriver', 'qcow2', '--targetbus', 'virtio', '--config'])
        }
        guests.set(storage, guest)
      }
    })

    test.each([
      ['shared', 'client'],
      ['shared', 'peer'],
      ['copied', 'client'],
      ['copied', 'peer'],
      ['mixed', 'client'],
      ['mixed', 'peer'],
    ] as const)('%s, led by the %s', async (storage, control) => {
      const guest = guests.get(storage)
      if (!guest) throw new Error('no guest')
      const [here, there] = control === 'client' ? [a, b] : [b, a]
      await until('the machine', async () => engine.machine(control === 'client' ? from : to, guest.uuid)?.state === 'stopped')
      const file = storage === 'shared' ? `${SHARED}/cold-shared.qcow2` : imageOf(guest)
      const sum = await sumOf(here, file)
      const task = await engine.ended(await start(wish(guest, { control, sourceDisks: 'delete' })))
      expect(task).toMatchObject({ state: 'succeeded', error: null })
      expect(task.steps.some(({ id }) => id === 'copy-0')).toBe(storage !== 'shared')
      await isAt(there, guest)
      expect(await sumOf(there, file)).toBe(sum)
    })
  })

  test('the console is killed in the middle: the next one goes on from what is there', async () => {
    const guest = await machineWith('archive', 232)
    const sum = await sumOf(a, imageOf(guest))
    const taskId = await start(wish(guest))
    await copying(taskId, 66 * MIB)
    await engine.stop('SIGKILL')
    engine = await TestEngine.start({ folder })
    expect(await engine.ended(taskId, 150_000)).toMatchObject({ state: 'succeeded', error: null })
    await isAt(b, guest)
    expect(await sumOf(b, imageOf(guest))).toBe(sum)
    // `keep`: the file stays, and belongs to nobody
    expect(await sumOf(a, imageOf(guest))).toBe(sum)
  })

  test('the target’s network is cut in the middle, and comes back: it goes on, and it is there once', async () => {
    const guest = await machineWith('patient', 232)
    const sum = await sumOf(a, imageOf(guest))
    const taskId = await start(wish(guest, { sourceDisks: 'delete' }))
    await copying(taskId, 66 * MIB)
    await b.cutNetwork('reset')
    await until('the link is missed', async () => engine.connection(to).status !== 'online')
    await b.restoreNetwork()
    expect(await engine.ended(taskId, 150_000)).toMatchObject({ state: 'succeeded', error: null })
    await isAt(b, guest)
    expect(await sumOf(b, imageOf(guest))).toBe(sum)
  })

  test('cancelled, or started meanwhile by somebody else: it stays, and nothing of it is left there', async () => {
    const guest = await machineWith('restless', 200)
    const sum = await sumOf(a, imageOf(guest))
    const cancelled = await start(wish(guest))
    await copying(cancelled, 0)
    await engine.client.tasks.cancel({ taskId: cancelled })
    expect(await engine.ended(cancelled)).toMatchObject({ state: 'cancelled' })
    await isAt(a, guest)
    expect(await b.virsh(['vol-list', 'default'])).not.toContain(guest.uuid)
    const disturbed = await start(wish(guest))
    await copying(disturbed, 0)
    await a.virsh(['start', guest.uuid])
    const { state, error } = await engine.ended(disturbed)
    await a.virsh(['destroy', guest.uuid])
    // that it runs, or, had it been seen later, that what was copied is not what is there
    expect({ state, code: error?.code }).toEqual({
      state: 'failed',
      code: expect.stringMatching(/^transfer\.(machine-on|source-changed)$/),
    })
    await isAt(a, guest)
    expect(await b.virsh(['vol-list', 'default'])).not.toContain(guest.uuid)
    expect(await sumOf(a, imageOf(guest))).toBe(sum)
  })

  test('by command: a disk that stands on an image is told of, and arrives whole', async () => {
    const guest = await machineWith('linked', 4)
    const base = `${IMAGES}/base.qcow2`
    await done(
      a,
      `mv ${imageOf(guest)} ${base} && qemu-img create -q -f qcow2 -b ${base} -F qcow2 ${imageOf(guest)} && virsh pool-refresh default`,
    )
    const content = (host: LabHost) =>
      done(host, `whole=$(mktemp) && qemu-img convert -O raw ${imageOf(guest)} $whole && sha256sum < $whole; rm $whole`)
    const before = await content(a)
    const host = engine.hostOf(to)?.name ?? ''
    const check = await novacron('migrate', 'linked', '--to', host, '--check', '--mode', 'cold')
    expect(check).toMatchObject({ code: 0, err: '' })
    expect(check.out).toMatch(/warns +disks .*made whole first/)
    expect(check.out).toMatch(/Takes [\d.]+ s \([\d.]+ s to [\d.]+ s\), is off meanwhile/)
    const moved = await novacron('migrate', 'linked', '--to', host, '--mode', 'cold', '--watch', '--yes', '--delete-source-disks')
    expect(moved).toMatchObject({ code: 0 })
    expect(moved.out).toContain('copying disks')
    expect(moved.out.split('\n').filter(Boolean).at(-1)).toBe('linked: succeeded')
    await isAt(b, guest)
    expect(await content(b)).toBe(before)
    expect(await done(b, `qemu-img info ${imageOf(guest)}`)).not.toContain('backing file')
    const left = await done(a, `ls ${IMAGES}`)
    expect(left).toContain('base.qcow2')
    expect(left).not.toMatch(new RegExp(`linked|${guest.uuid}`))
  })

  describe('with UEFI and a TPM', () => {
    const NVRAM = '/var/lib/libvirt/qemu/nvram'
    const UUID = '5b1f9a52-7c1d-4b8e-9c53-6f6f0f9f2b12'
    /** Behind all that the firmware itself keeps there. */
    const AT = 400_000
    const MARK = 'kept by the guest'
    const guest = { uuid: UUID } as LabGuest

    beforeAll(async () => {
      for (const host of [a, b]) await addFirmware(host)
      for (const id of [from, to]) await engine.status(id, 'online')
      const xml = `<domain type='qemu'><name>uefi</name><uuid>${UUID}</uuid><memory unit='MiB'>64</memory><vcpu>1</vcpu>
<os firmware='efi'><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/></features>
<devices><tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm></devices></domain>`
      await writeFile(join(a.dir, 'uefi.xml'), xml)
      await a.virsh(['define', join(a.dir, 'uefi.xml')])
      // its first start makes both
      await a.virsh(['start', UUID])
      await a.virsh(['destroy', UUID])
      await done(a, `printf '%s' '${MARK}' | dd of=${NVRAM}/uefi_VARS.fd bs=1 seek=${AT} conv=notrunc status=none`)
      await engine.reaches(from, UUID, 'stopped')
    })

    const markIn = (host: LabHost, file: string) => done(host, `dd if=${NVRAM}/${file} bs=1 skip=${AT} count=${MARK.length} status=none`)

    test('settings of the firmware come along under a name of their own, what the TPM keeps only if nobody minds', async () => {
      await done(b, `printf other > ${NVRAM}/uefi_VARS.fd`)
      const said = async (spec: MigrationSpecInput) =>
        (await engine.client.migrations.preflight({ spec })).findings.flatMap(({ check, severity, id }) =>
          check === 'firmware' || check === 'tpm' ? [`${severity} ${id}`] : [],
        )
      expect(await said(wish(guest))).toEqual(['passed firmware-there', 'passed nvram-goes', 'blocks tpm-stays'])
      const spec = wish(guest, { leave: ['tpm'], sourceDisks: 'delete' })
      expect(await said(spec)).toEqual(['passed firmware-there', 'passed nvram-goes', 'warns tpm-left'])
      // left by a console that was killed
      await b.virsh(['pool-create-as', 'novacron-nvram', 'dir', '--target', NVRAM])
      const taskId = await start(spec)
      expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded', error: null, progress: { note: null } })
      await isAt(b, guest)
      const file = /nvram\/(uefi_VARS-[0-9a-f]{6}\.fd)<\/nvram>/.exec(await b.virsh(['dumpxml', UUID, '--inactive']))?.[1] ?? ''
      expect(await markIn(b, file)).toBe(MARK)
      expect(await done(b, `cat ${NVRAM}/uefi_VARS.fd`)).toBe('other')
      expect(await done(a, `ls ${NVRAM}`)).toBe('')
      // as was said of the TPM
      expect(await done(a, 'ls /var/lib/libvirt/swtpm')).toBe('')
      for (const host of [a, b]) expect((await host.virsh(['pool-list', '--all', '--name'])).trim()).toBe('default')
      await b.virsh(['start', UUID])
      await b.virsh(['destroy', UUID])
      expect(await markIn(b, file)).toBe(MARK)
      await engine.reaches(to, UUID, 'stopped')
      // a pool that somebody has made over the folder is used, and stays
      await a.virsh(['pool-define-as', 'mine', 'dir', '--target', NVRAM])
      await a.virsh(['pool-start', 'mine'])
      const { taskId: back } = await engine.client.tasks.undo({ taskId })
      expect(await engine.ended(back)).toMatchObject({ state: 'succeeded', error: null })
      expect((await a.virsh(['pool-list', '--name'])).trim().split(/\s+/).toSorted()).toEqual(['default', 'mine'])
      await isAt(a, guest)
      expect(await markIn(a, 'uefi_VARS.fd')).toBe(MARK)
      expect(await a.virsh(['dumpxml', UUID, '--inactive'])).toContain(`${NVRAM}/uefi_VARS.fd</nvram>`)
      expect(await done(b, `ls ${NVRAM}`)).toBe('uefi_VARS.fd')
    })

    test('a transfer between worlds carries the settings as well, and leaves no machine without its own', async () => {
      const { machineId, targetHostId } = wish(guest)
      const spec = { machineId, targetHostId, source: 'undefine' as const }
      const { ways } = await engine.client.transfers.plan({ spec })
      expect(ways[0]?.steps.map(({ id }) => id)).toEqual(['check', 'copy-nvram', 'define', 'verify', 'retire'])
      expect(ways[0]?.findings.filter(({ check }) => check === 'firmware').map(({ id }) => id)).toContain('transfer.nvram-goes')
      const { taskId } = await engine.client.transfers.start({ spec, acceptsWarnings: true })
      expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded', error: null })
      await isAt(b, guest)
      const file = /nvram\/(uefi_VARS-[0-9a-f]{6}\.fd)<\/nvram>/.exec(await b.virsh(['dumpxml', UUID, '--inactive']))?.[1] ?? ''
      expect(await markIn(b, file)).toBe(MARK)
      expect(await done(b, `cat ${NVRAM}/uefi_VARS.fd`)).toBe('other')
      // only a deletion takes it away there
      expect(await markIn(a, 'uefi_VARS.fd')).toBe(MARK)
    })
  })

  test('a disk in no pool, which the console cannot read, stops it in words', async () => {
    await done(a, 'mkdir -p /srv/loose && qemu-img create -q -f qcow2 /srv/loose/disk.qcow2 4M')
    const guest = await a.defineGuest({ name: 'loose', boots: false, diskPath: '/srv/loose/disk.qcow2' })
    await until('the machine', async () => engine.machine(from, guest.uuid))
    const disks = [{ target: 'vda', how: 'copy' as const, pool: 'default', volume: 'loose.qcow2' }]
    const refusal = await failureOf(start(wish(guest, { disks })))
    expect(refusal).toMatchObject({ code: 'migration.blocked' })
    expect(refusal.message).toContain('lies in no pool of a')
  })

  describe('with snapshots', () => {
    const PASSWORD = 'hushhush'
    const treeOf = async (host: LabHost, { uuid }: LabGuest) => {
      const tree = await host.virsh(['snapshot-list', uuid, '--tree'])
      return { tree: tree.trim(), current: (await host.virsh(['snapshot-current', uuid, '--name'])).trim() }
    }

    /** What the pre-flight says of its snapshots. */
    async function said(spec: MigrationSpecInput): Promise<string[]> {
      const { findings } = await engine.client.migrations.preflight({ spec })
      return findings.flatMap(({ check, severity, id }) => (check === 'snapshots' ? [`${severity} ${id}`] : []))
    }

    async function moves(spec: MigrationSpecInput): Promise<TaskId> {
      const taskId = await start(spec)
      const task = await engine.ended(taskId)
      expect(task).toMatchObject({ state: 'succeeded', error: null, progress: { note: null } })
      expect(task.steps.map(({ id }) => id)).toEqual(expect.arrayContaining(['forget-snapshots', 'recall-snapshots']))
      return taskId
    }

    test('in a disk that is copied: they are in its bytes, and what they say of it names its new place', async () => {
      const guest = await machineWith('told', 4, { graphics: { password: PASSWORD } })
      const notes = 'novacron: {"tags":["nightly"],"schedule":"nightly"}'
      for (const name of ['one', 'two']) await a.virsh(['snapshot-create-as', guest.uuid, name, notes])
      await a.virsh(['snapshot-revert', guest.uuid, 'one'])
      await a.virsh(['snapshot-create-as', guest.uuid, 'three'])
      const before = await treeOf(a, guest)
      expect(before.current).toBe('three')
      // by these a schedule knows those that it keeps, and deletes
      const notedOf = async (host: LabHost) =>
        (await host.virsh(['snapshot-dumpxml', guest.uuid, 'one'])).match(/<description>.*|<creationTime>.*/g)
      const noted = await notedOf(a)
      expect(String(noted)).toContain('nightly')
      const disks = [{ target: 'vda', how: 'copy' as const, pool: 'default', volume: 'elsewhere.qcow2' }]
      const spec = wish(guest, { disks, rename: 'told-again', sourceDisks: 'delete' })
      expect(await said(spec)).toEqual(['passed snapshots-go'])
      const taskId = await moves(spec)
      await isAt(b, guest)
      expect(await treeOf(b, guest)).toEqual(before)
      const inside = await b.virsh(['snapshot-dumpxml', guest.uuid, 'two', '--security-info'])
      expect(inside).toContain(`<source file='${IMAGES}/elsewhere.qcow2'`)
      expect(inside).toContain('<name>told-again</name>')
      expect(inside).toContain(`passwd='${PASSWORD}'`)
      expect(await notedOf(b)).toEqual(noted)
      const kept = (await readdir(dataOf(folder), { withFileTypes: true })).filter((entry) => entry.isFile()).map(({ name }) => name)
      const contents = await Promise.all(kept.map((name) => readFile(join(dataOf(folder), name))))
      expect(contents.some((content) => content.includes('nightly'))).toBe(true)
      expect(contents.some((content) => content.includes(PASSWORD))).toBe(false)
      await b.virsh(['snapshot-revert', guest.uuid, 'two'])
      expect(await b.virsh(['snapshot-current', guest.uuid, '--name'])).toContain('two')
      const { taskId: back } = await engine.client.tasks.undo({ taskId })
      expect(await engine.ended(back)).toMatchObject({ state: 'succeeded', error: null })
      await isAt(a, guest)
      expect(await treeOf(a, guest)).toEqual({ ...before, current: 'two' })
      await a.virsh(['snapshot-revert', guest.uuid, 'one'])
    })

    test('in and beneath a shared disk: while it runs, with the console killed in between, and while it is off', async () => {
      const disk = `${SHARED}/kept.qcow2`
      await done(a, `qemu-img create -q -f qcow2 ${disk} 8M`)
      const guest = await a.defineGuest({ name: 'kept', diskPath: disk })
      await guest.start()
      await engine.reaches(from, guest.uuid, 'running')
      await a.virsh(['snapshot-create-as', guest.uuid, 'within'])
      const overlay = `vda,file=${SHARED}/kept.over.qcow2`
      await a.virsh(['snapshot-create-as', guest.uuid, 'beneath', '--disk-only', '--diskspec', overlay])
      const before = await treeOf(a, guest)
      const live = wish(guest, { mode: 'live' })
      expect(await said(live)).toEqual(['passed snapshots-go'])
      const copied = { ...live, disks: [{ target: 'vda', how: 'copy' as const, pool: 'default', volume: 'kept.qcow2' }] }
      expect(await said(copied)).toEqual(['blocks snapshots-live-copy'])
      const taskId = await start(live)
      await until('the source has forgotten them', async () => {
        const { steps } = await engine.client.tasks.get({ taskId })
        return steps.some(({ id, state }) => id === 'forget-snapshots' && state === 'done')
      })
      await engine.stop('SIGKILL')
      engine = await TestEngine.start({ folder })
      expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded', error: null })
      expect((await b.virsh(['domstate', guest.uuid])).trim()).toBe('running')
      expect(await treeOf(b, guest)).toEqual(before)
      await b.virsh(['destroy', guest.uuid])
      await engine.reaches(to, guest.uuid, 'stopped')
      const chain = { ...wish(guest), disks: copied.disks }
      expect(await said(chain)).toEqual(['blocks snapshots-chain'])
      await moves(wish(guest, { control: 'peer' }))
      await isAt(a, guest)
      expect(await treeOf(a, guest)).toEqual(before)
      expect(await done(a, `qemu-img info -U --backing-chain ${SHARED}/kept.over.qcow2`)).toContain('within')
    })
  })

  /** The command line against the running engine. */
  async function novacron(...args: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
    const { PATH = '', NODE_COMPILE_CACHE } = process.env
    const env = { PATH, NODE_COMPILE_CACHE, LC_ALL: 'C.UTF-8', HOME: join(folder, 'home') }
    const child = spawn(process.execPath, [CLI, '--data', dataOf(folder), ...args], { stdio: ['ignore', 'pipe', 'pipe'], env })
    const said = { out: '', err: '' }
    child.stdout.on('data', (chunk: Buffer) => {
      said.out += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      said.err += chunk.toString()
    })
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
    return { code, ...said }
  }
})
