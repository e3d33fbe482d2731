import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { type Lab, type LabHost, startLab, until } from '../../../../e2e/lab/lab.ts'
import { requirePeer } from '../../../../e2e/lab/requires.ts'
import { AppError } from '../../../../shared/errors/index.ts'
import { type MigrationSpecInput, migrationSpecSchema } from '../../../../shared/model/index.ts'
import { CANCELLED_BY_PERSON, type MoveOrder, type MoveProgress, type ProviderConnection, type ProviderPorts } from '../../provider.ts'
import { libvirtProvider } from '../index.ts'
import { Link } from '../link.ts'
import { failureOf } from '../snapshots/testing/lab-keeper.ts'
import { testPorts } from '../testing/ports.ts'
import { HOST_REF } from '../watch.ts'
import type { LibvirtMoves } from './mover.ts'

describe.skipIf(!requirePeer('libvirtd').ok)('moves between lab hosts', () => {
  let lab: Lab
  let a: LabHost
  let b: LabHost
  let ports: ProviderPorts & { dispose(): Promise<void> }
  /** Those of the test that runs. */
  let links: ProviderConnection[] = []

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a', 'b'], prefix: 'mg' })
    a = lab.host('a')
    b = lab.host('b')
    ports = await testPorts()
  })
  afterAll(async () => {
    await lab.stop()
    await ports.dispose()
  })

  beforeEach(() => {
    links = []
  })

  async function moverOn(host: LabHost): Promise<LibvirtMoves> {
    const given = { host: host.address, user: 'root', keyFile: host.keyFile, useSshConfig: false }
    const link = await libvirtProvider.connect(libvirtProvider.configSchema.parse(given), {}, ports, {
      onHostKey: () => Promise.resolve(true),
    })
    links.push(link)
    onTestFinished(() => link.close())
    if (!(link instanceof Link) || !link.migration) throw new Error('no moves')
    return link.migration
  }

  function orderOf(wish: Partial<MigrationSpecInput>, copies: readonly string[] = []): MoveOrder {
    const spec = migrationSpecSchema.parse({ machineId: 'c1.m.1', targetHostId: 'c2.h.1', mode: 'live', ...wish })
    return { spec, files: [], copies, targetAddress: b.address, targetUri: `qemu+ssh://root@${b.address}/system` }
  }

  test('what a machine is and uses, what the other host has of it, and what is measured', async () => {
    const [from, to] = await Promise.all([moverOn(a), moverOn(b)])
    const guest = await a.defineGuest({ name: 'facts', diskMiB: 16, network: 'default', load: true })
    await guest.start()
    await guest.waitReady()
    const facts = await from.outgoing(guest.uuid, {})
    expect(facts).toMatchObject({
      name: 'facts',
      isRunning: true,
      isPersistent: true,
      agentAnswers: true,
      memoryKiB: 98_304,
      disks: [{ target: 'vda', pool: 'default', volume: `${guest.uuid}.qcow2`, format: 'qcow2', capacityBytes: 16 * 1_048_576 }],
      nics: [{ kind: 'network', network: 'default' }],
      hostDevices: [],
      job: null,
      host: { hostName: 'a' },
    })
    expect(facts.residentKiB).toBeGreaterThan(10_000)
    expect(Math.abs(facts.host.clockOffsetMs ?? Number.NaN)).toBeLessThan(10_000)
    expect(facts.host.addresses[0]).toBe(a.address)
    const spec = orderOf({ disks: [{ target: 'vda', how: 'copy' }] }).spec
    const there = await to.incoming(HOST_REF, facts, spec, {})
    expect(there).toMatchObject({
      cpuMissing: [],
      hasMachineType: true,
      uuidTaken: null,
      nameTaken: false,
      host: { hostName: 'b' },
    })
    // at a host that has it, and at one that has another of its name
    expect(await from.incoming(HOST_REF, facts, spec, {})).toMatchObject({
      uuidTaken: { name: 'facts', isRunning: true },
      nameTaken: false,
    })
    const namesake = { ...facts, uuid: randomUUID() }
    expect(await from.incoming(HOST_REF, namesake, spec, {})).toMatchObject({ uuidTaken: null, nameTaken: true })
    expect(there.pools.map(({ name, isActive, taken }) => [name, isActive, taken])).toEqual([['default', true, []]])
    expect(there.networks).toEqual([{ name: 'default', isActive: true, portGroups: [] }])
    expect(there.paths.get(facts.disks[0]?.path ?? '')).toEqual({ exists: false, isShared: null, sizeBytes: null })
    expect(there.bridges.toSorted()).toEqual(['br0', 'virbr0'])
    expect(there.ports).toEqual({ first: 49_152, last: 49_215, used: 0 })
    expect(there).toMatchObject({ peerTrust: null })
    const listening = await to.listen(HOST_REF, {})
    const bandwidth = await from.send(HOST_REF, b.address, listening.port, {})
    await listening.close()
    expect(bandwidth).toBeGreaterThan(10_000_000)
    expect(await failureOf(from.send(HOST_REF, b.address, listening.port, {}))).toMatchObject({ code: 'migration.no-way' })
    expect(await from.dirtyRate(guest.uuid, 1, {})).not.toBeNull()
    // a file that libvirt has not seen yet, to a link that has not looked a moment ago
    const file = `${guest.uuid}.qcow2`
    await b.exec(['truncate', '-s', '1M', `/var/lib/libvirt/images/${file}`])
    const later = await (await moverOn(b)).incoming(HOST_REF, facts, spec, {})
    expect(later.pools).toMatchObject([{ name: 'default', taken: [file] }])
    await b.exec(['rm', `/var/lib/libvirt/images/${file}`])
  })

  test('files that both hosts see are told from files of the same path, by a mark that is gone again', async () => {
    const [from, to] = await Promise.all([moverOn(a), moverOn(b)])
    const images = '/var/lib/libvirt/images'
    await a.exec(`qemu-img create -q -f qcow2 /srv/host/shared/base.qcow2 8M`)
    await a.exec(`qemu-img create -q -f qcow2 -b /srv/host/shared/base.qcow2 -F qcow2 ${images}/top.qcow2`)
    await b.exec(`qemu-img create -q -f qcow2 ${images}/top.qcow2 8M`)
    await a.virsh(['pool-refresh', 'default'])
    const guest = await a.defineGuest({ name: 'files', boots: false, diskPath: `${images}/top.qcow2`, graphics: { password: 'correct' } })
    const facts = await from.outgoing(guest.uuid, {})
    expect(facts.disks).toMatchObject([{ path: `${images}/top.qcow2`, backing: ['/srv/host/shared/base.qcow2'] }])
    expect(facts).toMatchObject({ displays: ['127.0.0.1'], isRunning: false, job: null })
    expect(facts.xml).not.toContain('correct')
    const { spec } = orderOf({ control: 'peer', mode: 'cold' })
    const there = await to.incoming(HOST_REF, facts, spec, { source: from })
    expect(there.paths.get(`${images}/top.qcow2`)).toMatchObject({ exists: true, isShared: false })
    expect(there.paths.get('/srv/host/shared/base.qcow2')).toMatchObject({ exists: true, isShared: true })
    expect(there).toMatchObject({ peerTrust: true, peerTrustNote: null })
    for (const folder of [images, '/srv/host/shared']) expect((await a.exec(`ls -A ${folder}`)).stdout).not.toContain('.novacron-')
    await b.stopSshd()
    onTestFinished(() => b.startSshd())
    expect(await from.trust(b.address)).toMatchObject({ peerTrust: false, peerTrustNote: expect.stringContaining('refused') })
  })

  test.each(['client', 'peer'] as const)('live, led by the %s, with a disk that is copied', async (control) => {
    const [from, to] = await Promise.all([moverOn(a), moverOn(b)])
    const guest = await a.defineGuest({ name: `web-${control}`, diskMiB: 32, load: true })
    await guest.start()
    await guest.waitReady()
    await b.virsh(['vol-create-as', 'default', `${guest.uuid}.qcow2`, '32M', '--format', 'qcow2'])
    const seen: MoveProgress[] = []
    const receiver = { providerId: 'libvirt', hostRef: HOST_REF, mover: to }
    // slow enough to be seen on its way by looks half a second apart
    const order = orderOf({ control, bandwidthBytesPerS: 40 * 1_048_576 }, ['vda'])
    const outcome = await from.move(guest.uuid, order, receiver, { onMove: (progress) => seen.push(progress) })
    expect(await from.standing(guest.uuid, {})).toEqual({ state: 'absent', isPersistent: false })
    expect(await to.standing(guest.uuid, {})).toEqual({ state: 'running', isPersistent: true })
    expect(seen.map(({ phase }) => phase).join()).toMatch(/copying-(disks|memory)/)
    expect(outcome.totalMs).toBeGreaterThan(0)
    expect(outcome.downtimeMs).toBeGreaterThan(0)
  })

  /** A guest on `a` whose move takes many seconds, so that a test can do something in the middle. */
  async function slowMove(name: string, wish: Partial<MigrationSpecInput> = {}) {
    const [from, to] = await Promise.all([moverOn(a), moverOn(b)])
    const guest = await a.defineGuest({ name })
    await guest.start()
    await guest.waitReady()
    let moving = () => {}
    const under = new Promise<void>((resolve) => {
      moving = resolve
    })
    const onMove = ({ phase, memory }: MoveProgress) => {
      if (phase === 'copying-memory' && (memory?.done ?? 0) > 0) moving()
    }
    const order = orderOf({ bandwidthBytesPerS: 2 * 1_048_576, ...wish })
    const receiver = { providerId: 'libvirt', hostRef: HOST_REF, mover: to }
    const signal = new AbortController()
    const move = from.move(guest.uuid, order, receiver, { onMove, signal: signal.signal })
    move.catch(() => undefined)
    await under
    return { guest, from, to, move, signal }
  }

  test('a person cancels: it runs on at the source, and nothing is left at the target', async () => {
    const { guest, from, to, move, signal } = await slowMove('cancelled')
    expect(await from.standing(guest.uuid, {})).toMatchObject({ state: 'outgoing' })
    expect(await to.standing(guest.uuid, {})).toMatchObject({ state: 'incoming' })
    signal.abort(new AppError({ kind: 'cancelled', code: CANCELLED_BY_PERSON, message: 'Enough.' }))
    expect(await failureOf(move)).toMatchObject({ kind: 'cancelled', code: 'migration.cancelled' })
    expect(await from.standing(guest.uuid, {})).toEqual({ state: 'running', isPersistent: true })
    expect(await to.standing(guest.uuid, {})).toEqual({ state: 'absent', isPersistent: false })
  })

  test('faster, and with more downtime, while it moves', async () => {
    const { guest, from, to, move } = await slowMove('tuned')
    await from.tune(guest.uuid, { bandwidthBytesPerS: 1_000 * 1_048_576, maxDowntimeMs: 900 }, {})
    await move
    expect(await to.standing(guest.uuid, {})).toEqual({ state: 'running', isPersistent: true })
    expect(await failureOf(from.tune(guest.uuid, { maxDowntimeMs: 900 }, {}))).toMatchObject({ code: 'machine.not-found' })
  })

  test('post-copy: it runs at the target before its memory is there, and there is no way back', async () => {
    const { guest, from, to, move } = await slowMove('postcopied', { postCopy: true })
    await from.tune(guest.uuid, { postCopy: true }, {})
    await move
    expect(await to.standing(guest.uuid, {})).toEqual({ state: 'running', isPersistent: true })
    expect(await from.standing(guest.uuid, {})).toEqual({ state: 'absent', isPersistent: false })
  })

  test('it runs, gets another name, and what waits for its next start and the password of its display go along', async () => {
    const [from, to] = await Promise.all([moverOn(a), moverOn(b)])
    const guest = await a.defineGuest({ name: 'old', graphics: { password: 'correct' } })
    await guest.start()
    await a.virsh(['setmaxmem', guest.uuid, '131072', '--config'])
    await from.move(guest.uuid, orderOf({ rename: 'new' }), { providerId: 'libvirt', hostRef: HOST_REF, mover: to }, {})
    expect((await b.virsh(['domname', guest.uuid])).trim()).toBe('new')
    const kept = await b.virsh(['dumpxml', guest.uuid, '--inactive', '--security-info'])
    expect(kept).toContain('<name>new</name>')
    expect(kept).toContain("<memory unit='KiB'>131072</memory>")
    expect(kept).toContain("passwd='correct'")
    expect(await b.virsh(['dumpxml', guest.uuid, '--security-info'])).toContain("passwd='correct'")
    expect((await to.outgoing(guest.uuid, {})).xml).not.toContain('correct')
  })

  test('a paused machine stays paused, and a transient one transient', async () => {
    const [from, to] = await Promise.all([moverOn(a), moverOn(b)])
    const guest = await a.defineGuest({ name: 'still', boots: false })
    await guest.start()
    await a.virsh(['suspend', guest.uuid])
    await a.virsh(['undefine', guest.uuid])
    const receiver = { providerId: 'libvirt', hostRef: HOST_REF, mover: to }
    await from.move(guest.uuid, orderOf({}), receiver, {})
    expect(await to.standing(guest.uuid, {})).toEqual({ state: 'paused', isPersistent: false })
    expect(await from.standing(guest.uuid, {})).toEqual({ state: 'absent', isPersistent: false })
  })

  test('off, and under another name', async () => {
    const [from, to] = await Promise.all([moverOn(a), moverOn(b)])
    const guest = await a.defineGuest({ name: 'cold', boots: false })
    const order = orderOf({ mode: 'cold', rename: 'colder' })
    await from.move(guest.uuid, order, { providerId: 'libvirt', hostRef: HOST_REF, mover: to }, {})
    expect(await from.standing(guest.uuid, {})).toEqual({ state: 'absent', isPersistent: false })
    expect(await to.standing(guest.uuid, {})).toEqual({ state: 'off', isPersistent: true })
    expect((await b.virsh(['domname', guest.uuid])).trim()).toBe('colder')
  })

  test('the console goes away in the middle: the machine runs once', async () => {
    const { guest, move } = await slowMove('left')
    await Promise.all(links.map((link) => link.close()))
    expect(await failureOf(move)).toMatchObject({ kind: 'indeterminate' })
    const [again, there] = await Promise.all([moverOn(a), moverOn(b)])
    await again.follow(guest.uuid, {})
    expect(await again.standing(guest.uuid, {})).toEqual({ state: 'running', isPersistent: true })
    // its daemon clears away by itself what it had received
    await until('the target has nothing of it', async () => (await there.standing(guest.uuid, {})).state === 'absent')
  })
})
