import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConnectionId, TaskId, TransferSpecInput } from '../../shared/model/index.ts'
import { type Lab, type LabGuest, type LabHost, startLab, until } from '../lab/lab.ts'
import { requirePeer } from '../lab/requires.ts'
import { done, IMAGES, imageOf, noise, sumOf, untilCopying } from './carried.ts'
import { dataOf, failureOf, TestEngine } from './engine.ts'
import { folderKnowing, linked } from './lab-links.ts'

const MIB = 1_048_576
/** VNC takes eight letters. */
const PASSWORD = 'kiwi8842'

describe.skipIf(!requirePeer('libvirtd').ok)('machines that are off, between hosts that only the console reaches', () => {
  let lab: Lab
  let a: LabHost
  let b: LabHost
  let folder: string
  let engine: TestEngine
  let from: ConnectionId
  let to: ConnectionId

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a', 'b'], prefix: 'ht' })
    a = lab.host('a')
    b = lab.host('b')
    for (const [host, other] of [
      [a, b],
      [b, a],
    ] as const) {
      await done(host, `iptables -w -I INPUT -s ${other.address} -j DROP && iptables -w -I OUTPUT -d ${other.address} -j DROP`)
    }
    folder = await folderKnowing(a)
    engine = await TestEngine.start({ folder })
    ;[from, to] = await linked(engine, [a, b])
  })
  afterAll(async () => {
    await engine?.stop()
    await lab?.stop()
  })

  /** A machine whose disk holds `dataMiB` of noise between holes. */
  async function machineWith(name: string, dataMiB: number, more: Parameters<LabHost['defineGuest']>[0] | object = {}): Promise<LabGuest> {
    const guest = await a.defineGuest({ name, boots: false, diskMiB: 16, ...more })
    await noise(a, imageOf(guest), dataMiB)
    return guest
  }

  async function wishOf({ uuid }: LabGuest, more: Partial<TransferSpecInput> = {}): Promise<TransferSpecInput> {
    const machineId = (await until('the machine', async () => engine.machine(from, uuid)))?.id
    const targetHostId = engine.hostOf(to)?.id
    if (!machineId || !targetHostId) throw new Error('not known yet')
    return { machineId, targetHostId, ...more }
  }

  const copying = (taskId: TaskId, moreThan: number) => untilCopying(engine, taskId, moreThan)

  test('neither host reaches the other', async () => {
    const probe = (other: LabHost) => ['timeout', '2', 'bash', '-c', `</dev/tcp/${other.address}/${other.port}`]
    expect((await a.exec(probe(b))).code).not.toBe(0)
    expect((await b.exec(probe(a))).code).not.toBe(0)
  })

  test('planned, copied with its holes, defined with its password, verified, and gone from the source', async () => {
    const guest = await machineWith('shop', 12, { graphics: { password: PASSWORD } })
    const sum = await sumOf(a, imageOf(guest))
    const spec = await wishOf(guest, { source: 'delete', rename: 'shop-2' })
    const plan = await engine.client.transfers.plan({ spec })
    expect(plan.ways.map(({ way, done: how }) => [way, how])).toEqual([
      ['console', 'task'],
      ['package', 'elsewhere'],
    ])
    expect(plan.ways[0]?.findings.filter(({ severity }) => severity === 'blocks')).toEqual([])
    expect(plan.ways[0]?.steps.map(({ id }) => id)).toEqual([
      'check',
      'copy-vda',
      'define',
      'verify',
      'retire',
      `clean-${guest.uuid}.qcow2`,
    ])
    const { taskId } = await engine.client.transfers.start({ spec, acceptsWarnings: true })
    expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded', error: null })
    expect(await sumOf(b, imageOf(guest))).toBe(sum)
    const blocks = Number(await done(b, `stat -c %b ${imageOf(guest)}`)) * 512
    expect(blocks).toBeLessThan(14 * MIB)
    const xml = await b.virsh(['dumpxml', guest.uuid, '--security-info'])
    expect(xml).toContain('<name>shop-2</name>')
    expect(xml).toContain(PASSWORD)
    expect(await failureOf(a.virsh(['domstate', guest.uuid]))).toBeDefined()
    expect(await a.virsh(['vol-list', 'default'])).not.toContain(guest.uuid)
    // it went from link to link: neither the journal nor anything else that is kept has it
    const kept = (await readdir(dataOf(folder), { withFileTypes: true })).filter((entry) => entry.isFile()).map(({ name }) => name)
    expect(kept.join(' ')).toMatch(/\.(db|sqlite)/)
    const telling = await Promise.all(
      kept.map(async (name) => ((await readFile(join(dataOf(folder), name))).includes(PASSWORD) ? [name] : [])),
    )
    expect(telling.flat()).toEqual([])
  })

  test('killed in the middle and a byte turned meanwhile: it goes on from what is right', async () => {
    const guest = await machineWith('archive', 232)
    const sum = await sumOf(a, imageOf(guest))
    const { taskId } = await engine.client.transfers.start({ spec: await wishOf(guest), acceptsWarnings: true })
    await copying(taskId, 66 * MIB)
    await engine.stop('SIGKILL')
    const head = (host: LabHost) => done(host, `head -c ${64 * MIB} ${imageOf(guest)} | sha256sum`)
    expect(await head(b)).toBe(await head(a))
    await done(b, `printf '\\xff\\x00\\xaa' | dd of=${imageOf(guest)} bs=1 seek=${40 * MIB} conv=notrunc status=none`)
    expect(await head(b)).not.toBe(await head(a))
    engine = await TestEngine.start({ folder })
    const task = await engine.ended(taskId, 150_000)
    expect(task).toMatchObject({ state: 'succeeded', error: null })
    expect(await sumOf(b, imageOf(guest))).toBe(sum)
    expect(await b.virsh(['domstate', guest.uuid])).toContain('shut off')
    // `keep`: both have it, off
    expect(await a.virsh(['domstate', guest.uuid])).toContain('shut off')
  })

  test('the way to the target breaks: it goes on when there is one', async () => {
    const guest = await machineWith('patient', 232)
    const sum = await sumOf(a, imageOf(guest))
    const { taskId } = await engine.client.transfers.start({ spec: await wishOf(guest, { source: 'undefine' }), acceptsWarnings: true })
    await copying(taskId, 66 * MIB)
    await b.cutNetwork('reset')
    await until('the link is missed', async () => engine.connection(to).status !== 'online')
    await b.restoreNetwork()
    expect(await engine.ended(taskId, 150_000)).toMatchObject({ state: 'succeeded', error: null })
    expect(await sumOf(b, imageOf(guest))).toBe(sum)
    expect(await failureOf(a.virsh(['domstate', guest.uuid]))).toBeDefined()
    expect(await sumOf(a, imageOf(guest))).toBe(sum)
  })

  test('the target is full: what was begun is taken back', async () => {
    const guest = await machineWith('large', 200)
    await done(b, 'mkdir -p /srv/small && mount -t tmpfs -o size=300m none /srv/small')
    await b.virsh(['pool-define-as', 'small', 'dir', '--target', '/srv/small'])
    await b.virsh(['pool-start', 'small'])
    const spec = await wishOf(guest, { disks: [{ target: 'vda', how: 'copy', pool: 'small', volume: null }], source: 'delete' })
    const { taskId } = await engine.client.transfers.start({ spec, acceptsWarnings: true })
    await copying(taskId, 0)
    await done(b, 'dd if=/dev/zero of=/srv/small/others bs=1M count=160 status=none; ls /srv/small/others')
    const task = await engine.ended(taskId)
    expect(task).toMatchObject({ state: 'failed', error: { code: 'volume.pool-full' } })
    expect(await done(b, 'ls /srv/small')).toBe('others')
    expect(await failureOf(b.virsh(['domstate', guest.uuid]))).toBeDefined()
    expect(await a.virsh(['domstate', guest.uuid])).toContain('shut off')
  })

  test('a disk that stands on an image arrives whole, and nothing else is left', async () => {
    const guest = await machineWith('linked', 4)
    const file = imageOf(guest)
    await done(
      a,
      `mv ${file} ${IMAGES}/base.qcow2 && qemu-img create -q -f qcow2 -b ${IMAGES}/base.qcow2 -F qcow2 ${file} && virsh pool-refresh default`,
    )
    const content = async (host: LabHost) =>
      await done(host, `whole=$(mktemp) && qemu-img convert -O raw ${file} $whole && sha256sum < $whole; rm $whole`)
    const spec = await wishOf(guest, { source: 'delete' })
    expect((await failureOf(engine.client.transfers.start({ spec }))).code).toBe('transfer.warned')
    const before = await content(a)
    const { taskId } = await engine.client.transfers.start({ spec, acceptsWarnings: true })
    expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded', error: null })
    expect(await content(b)).toBe(before)
    expect(await done(b, `qemu-img info ${file}`)).not.toContain('backing file')
    const left = await done(a, `ls ${IMAGES}`)
    expect(left).toContain('base.qcow2')
    expect(left).not.toMatch(new RegExp(`linked|${guest.uuid}`))
  })

  test('a disk that is written to once it was copied: nothing goes at the source', async () => {
    const guest = await machineWith('ledger', 2)
    const second = `${IMAGES}/ledger-2.img`
    await done(a, `dd if=/dev/urandom of=${second} bs=1M count=128 status=none && virsh pool-refresh default`)
    await a.virsh(['attach-disk', guest.uuid, second, 'vdb', '--config', '--subdriver', 'raw'])
    const { taskId } = await engine.client.transfers.start({ spec: await wishOf(guest, { source: 'delete' }), acceptsWarnings: true })
    await until('the first disk is there', async () => {
      const { steps } = await engine.client.tasks.get({ taskId })
      return steps.some(({ id, state }) => id === 'copy-0' && state === 'done')
    })
    await done(a, `touch ${imageOf(guest)}`)
    const task = await engine.ended(taskId)
    // before it is defined there, or after
    expect(['transfer.source-changed', 'transfer.source-written']).toContain(task.error?.code)
    expect(await a.virsh(['domstate', guest.uuid])).toContain('shut off')
    expect(await done(a, `ls ${imageOf(guest)} ${second}`)).toContain(second)
  })

  test('its disk, its card and its name are those that were wished', async () => {
    const guest = await machineWith('mapped', 2, { network: 'default' })
    const sum = await sumOf(a, imageOf(guest))
    await done(b, 'mkdir -p /srv/other')
    await b.virsh(['pool-define-as', 'other', 'dir', '--target', '/srv/other'])
    await b.virsh(['pool-start', 'other'])
    const net = '<network><name>lab</name><bridge name="virbr77"/><ip address="10.77.0.1" netmask="255.255.255.0"/></network>'
    await done(b, `echo '${net}' > /tmp/lab.xml && virsh net-define /tmp/lab.xml && virsh net-start lab`)
    const wish = { pool: 'other', network: { kind: 'network' as const, name: 'lab' }, rename: 'mapped-2' }
    const named = { ...wish, disks: [{ target: 'vda', how: 'copy' as const, pool: null, volume: 'named.qcow2' }] }
    const spec = await wishOf(guest, named)
    const plan = await until('the target’s pool and network', async () => {
      const made = await engine.client.transfers.plan({ spec })
      return made.ways[0]?.findings.some(({ severity }) => severity === 'blocks') ? false : made
    })
    expect(plan.spec).toMatchObject({ disks: [{ target: 'vda', pool: 'other', volume: 'named.qcow2' }], nics: [{ on: { name: 'lab' } }] })
    const { taskId } = await engine.client.transfers.start({ spec, acceptsWarnings: true })
    expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded', error: null })
    expect(await sumOf(b, '/srv/other/named.qcow2')).toBe(sum)
    const xml = await b.virsh(['dumpxml', guest.uuid])
    expect(xml).toContain('<name>mapped-2</name>')
    expect(xml).toContain("file='/srv/other/named.qcow2'")
    expect(xml).toContain("<source network='lab'")
    expect(await done(b, `ls ${IMAGES}`)).not.toContain(guest.uuid)
  })

  test('one that runs is refused, and why', async () => {
    const guest = await machineWith('busy', 1)
    await guest.start()
    await until('it runs', async () => engine.machine(from, guest.uuid)?.state === 'running')
    const refusal = await failureOf(engine.client.transfers.start({ spec: await wishOf(guest), acceptsWarnings: true }))
    expect(refusal).toMatchObject({ kind: 'precondition', code: 'transfer.blocked' })
    expect(refusal.message).toContain('busy is on')
  })
})
