import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lab, type LabGuest, type LabHost, startLab, until } from '../../../../e2e/lab/lab.ts'
import { requirePeer } from '../../../../e2e/lab/requires.ts'
import { hardwareEditSchema } from '../../../../shared/model/index.ts'
import type { ProviderPorts } from '../../provider.ts'
import { testPorts } from '../testing/ports.ts'
import { HOST_REF } from '../watch.ts'
import { act, activeOf, contentOf, failureOf, IMAGES, keeperOn, parsed, snapshotContent, stateOf, write } from './testing/lab-keeper.ts'

const MIB = 1_048_576

describe.skipIf(!requirePeer('libvirtd').ok)('snapshots of a lab host', () => {
  let lab: Lab
  let host: LabHost
  let ports: ProviderPorts & { dispose(): Promise<void> }

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a'], prefix: 'sn' })
    host = lab.host('a')
    ports = await testPorts()
  })
  afterAll(async () => {
    await lab.stop()
    await ports.dispose()
  })

  const define = (name: string, disk: { readonly diskMiB: number } | { readonly diskPath: string } = { diskMiB: 16 }): Promise<LabGuest> =>
    host.defineGuest({ name, boots: false, ...disk })
  const baseOf = ({ uuid }: LabGuest) => `${IMAGES}/${uuid}.qcow2`
  const first = async (path: string) => (await contentOf(host, path))[0]

  test('a tree of three, back and forth, and a deletion that merges', async () => {
    const { keeper, connection } = await keeperOn(host, ports)
    const guest = await define('web')
    await write(host, baseOf(guest), 1)
    let tree = await act(keeper, guest.uuid, { operation: 'create', name: 'one', kind: 'external', tags: ['t'], description: 'first' })
    expect(tree.snapshots).toMatchObject([
      { name: 'one', isCurrent: true, tags: ['t'], description: 'first', kind: 'external', noRevert: null, noDelete: null },
    ])
    expect(tree.chains).toMatchObject([
      {
        target: 'vda',
        files: [
          { isActive: true, path: `${IMAGES}/web-vda.one.qcow2` },
          { path: baseOf(guest), snapshots: ['one'] },
        ],
      },
    ])
    await write(host, activeOf(tree), 2)
    tree = await act(keeper, guest.uuid, { operation: 'create', name: 'two', kind: 'external' })
    await write(host, activeOf(tree), 3)
    tree = await act(keeper, guest.uuid, { operation: 'revert', name: 'one', keepAs: 'three' })
    expect(await first(activeOf(tree))).toBe(1)
    expect(tree.snapshots.map(({ name, parent, isCurrent }) => [name, parent, isCurrent])).toEqual([
      ['one', null, true],
      ['three', 'two', false],
      ['two', 'one', false],
    ])
    // what the keeping began and nobody needs is gone
    expect(tree.chains[0]?.others.map(({ path }) => path)).toEqual([`${IMAGES}/web-vda.two.qcow2`, `${IMAGES}/web-vda.one.qcow2`])
    // the end of a branch stands in no definition and carries no image, and is needed all the same
    const tip = { pool: 'default', volume: 'web-vda.two.qcow2' }
    const removing = connection.volumes?.remove(HOST_REF, tip, {}) ?? Promise.resolve()
    expect(await failureOf(removing)).toMatchObject({ code: 'volume.in-use', details: { by: ['web (three)'] } })
    tree = await act(keeper, guest.uuid, { operation: 'revert', name: 'two' })
    expect(await first(activeOf(tree))).toBe(2)
    tree = await act(keeper, guest.uuid, { operation: 'revert', name: 'three' })
    expect(await first(activeOf(tree))).toBe(3)
    tree = await act(keeper, guest.uuid, { operation: 'delete', name: 'three' })
    expect(await first(activeOf(tree))).toBe(3)
    expect(activeOf(tree)).toBe(`${IMAGES}/web-vda.two.qcow2`)
    expect(tree).toMatchObject({ snapshots: [{ name: 'one' }, { name: 'two' }] })
    expect(await stateOf(host, guest)).toBe('shut off')
    tree = await act(keeper, guest.uuid, { operation: 'describe', name: 'one', description: null, tags: ['x', 'y'] })
    expect(tree.snapshots[0]).toMatchObject({ description: null, tags: ['x', 'y'], isCurrent: false })
    expect(await snapshotContent(host, tree, 'one')).toEqual([1, 0, 0, 0, 0, 0, 0, 0])
    expect(await snapshotContent(host, tree, 'two')).toEqual([2, 0, 0, 0, 0, 0, 0, 0])
  })

  test('a definition of before a snapshot, or a disk more, never lets the machine write into what the snapshot froze', async () => {
    const { keeper, connection } = await keeperOn(host, ports)
    const guest = await define('frozen')
    const before = (await connection.hardware?.view(guest.uuid, {}))?.keptXml ?? ''
    await act(keeper, guest.uuid, { operation: 'create', name: 'one', kind: 'external' })
    const back = await connection.hardware?.preview(guest.uuid, { edit: 'setDefinition', xml: before }, {})
    const refused = {
      code: 'hardware.volume-frozen',
      params: { volume: baseOf(guest), by: `frozen (one), ${IMAGES}/frozen-vda.one.qcow2` },
    }
    expect(back?.nextStart).toMatchObject({ ok: false, reason: refused })
    const other = await define('other')
    const source = { kind: 'existing', pool: 'default', volume: `${guest.uuid}.qcow2` } as const
    const disk = hardwareEditSchema.parse({ edit: 'addDisk', disk: { source, bus: 'virtio' }, readOnly: false })
    expect((await connection.hardware?.preview(other.uuid, disk, {}))?.nextStart).toMatchObject({ ok: false, reason: refused })
    const readOnly = hardwareEditSchema.parse({ ...disk, readOnly: true })
    expect((await connection.hardware?.preview(other.uuid, readOnly, {}))?.nextStart).toEqual({ ok: true })
  })

  test('one in the middle of a chain goes, of a machine that runs, and the next stands on the base', async () => {
    const { keeper } = await keeperOn(host, ports)
    const guest = await define('middle')
    await write(host, baseOf(guest), 1)
    let tree = await act(keeper, guest.uuid, { operation: 'create', name: 'one', kind: 'external' })
    await write(host, activeOf(tree), 2, 1)
    tree = await act(keeper, guest.uuid, { operation: 'create', name: 'two', kind: 'external' })
    await write(host, activeOf(tree), 3, 2)
    await guest.start()
    tree = await act(keeper, guest.uuid, { operation: 'delete', name: 'one' })
    expect(await stateOf(host, guest)).toBe('running')
    expect(tree.chains[0]?.files.map(({ path }) => path)).toEqual([`${IMAGES}/middle-vda.two.qcow2`, baseOf(guest)])
    expect(tree.snapshots).toMatchObject([{ name: 'two', disks: [{ file: baseOf(guest) }] }])
    expect(await snapshotContent(host, tree, 'two')).toEqual([1, 2, 0, 0, 0, 0, 0, 0])
    expect(await contentOf(host, activeOf(tree))).toEqual([1, 2, 3, 0, 0, 0, 0, 0])
    expect((await host.exec(['test', '-e', `${IMAGES}/middle-vda.one.qcow2`])).code).toBe(1)
    // the machine starts on what the definition says now
    tree = await act(keeper, guest.uuid, { operation: 'delete', name: 'two' })
    await host.virsh(['destroy', guest.uuid])
    await guest.start()
    expect(activeOf(await keeper.tree(guest.uuid, {}))).toBe(baseOf(guest))
    expect(await contentOf(host, baseOf(guest))).toEqual([1, 2, 3, 0, 0, 0, 0, 0])
    await host.virsh(['destroy', guest.uuid])
  })

  test('one inside, with the memory of a machine that runs, and back to it', async () => {
    const { keeper } = await keeperOn(host, ports)
    const guest = await define('inside')
    await write(host, baseOf(guest), 1)
    await guest.start()
    let tree = await act(keeper, guest.uuid, { operation: 'create', name: 'live', kind: 'internal', memory: true })
    expect(tree.snapshots).toMatchObject([{ name: 'live', kind: 'internal', hasMemory: true, state: 'running', noRevert: null }])
    await host.virsh(['destroy', guest.uuid])
    await write(host, baseOf(guest), 2)
    tree = await act(keeper, guest.uuid, { operation: 'revert', name: 'live', keepAs: 'kept' })
    expect(await stateOf(host, guest)).toBe('running')
    expect(await first(baseOf(guest))).toBe(1)
    expect(await snapshotContent(host, tree, 'kept')).toEqual([2, 0, 0, 0, 0, 0, 0, 0])
    await host.virsh(['destroy', guest.uuid])
    tree = await act(keeper, guest.uuid, { operation: 'delete', name: 'live' })
    expect(tree.snapshots.map(({ name }) => name)).toEqual(['kept'])
    expect(await first(baseOf(guest))).toBe(1)
    expect((await host.exec(`qemu-img info ${baseOf(guest)}`)).stdout).not.toContain('live')
  })

  test('one beside, with memory, of a machine that runs on meanwhile; it comes back running', async () => {
    const { keeper } = await keeperOn(host, ports)
    const guest = await define('memory')
    await write(host, baseOf(guest), 1)
    await guest.start()
    let tree = await act(keeper, guest.uuid, { operation: 'create', name: 'live', kind: 'external', memory: true })
    expect(tree.snapshots).toMatchObject([{ hasMemory: true, kind: 'external', noRevert: null }])
    expect(tree.snapshots[0]?.sizeBytes).toBeGreaterThan(MIB)
    await host.virsh(['destroy', guest.uuid])
    await write(host, activeOf(tree), 2)
    tree = await act(keeper, guest.uuid, { operation: 'revert', name: 'live' })
    expect(await stateOf(host, guest)).toBe('running')
    expect(activeOf(tree)).toBe(`${IMAGES}/memory-vda.live-again.qcow2`)
    expect(await first(activeOf(tree))).toBe(1)
    // the kept definition names the same file as the running one
    await host.virsh(['destroy', guest.uuid])
    expect(activeOf(await keeper.tree(guest.uuid, {}))).toBe(activeOf(tree))
    await act(keeper, guest.uuid, { operation: 'delete', name: 'live' })
    expect((await host.exec(['test', '-e', `${IMAGES}/memory.live.memory`])).code).toBe(1)
  })

  test('a running machine goes back and is started, and what it was is kept with its memory', async () => {
    const { keeper } = await keeperOn(host, ports)
    const guest = await define('restless')
    await write(host, baseOf(guest), 1)
    let tree = await act(keeper, guest.uuid, { operation: 'create', name: 'one', kind: 'external' })
    await write(host, activeOf(tree), 2)
    await guest.start()
    const plan = await keeper.plan(guest.uuid, parsed({ operation: 'revert', name: 'one', keepAs: 'was', start: true }), {})
    expect(plan).toMatchObject({ reason: null, losses: [], interrupts: 'off', needs: [{ pool: 'default' }] })
    tree = await act(keeper, guest.uuid, { operation: 'revert', name: 'one', keepAs: 'was', start: true })
    expect(await stateOf(host, guest)).toBe('running')
    expect(await first(activeOf(tree))).toBe(1)
    expect(tree.snapshots).toMatchObject([
      { name: 'one', isCurrent: true },
      { name: 'was', hasMemory: true, state: 'running', noRevert: null },
    ])
    tree = await act(keeper, guest.uuid, { operation: 'revert', name: 'was' })
    expect(await stateOf(host, guest)).toBe('running')
    expect(await first(activeOf(tree))).toBe(2)
    await host.virsh(['destroy', guest.uuid])
  })

  test('with the guest frozen, by its own agent', async () => {
    const { keeper } = await keeperOn(host, ports)
    const guest = await host.defineGuest({ name: 'agent', diskMiB: 16 })
    await guest.start()
    expect((await keeper.tree(guest.uuid, {})).offers.freeze).toMatchObject({ code: 'snapshot.agent-silent' })
    await guest.waitReady()
    await until('the agent', async () => (await keeper.tree(guest.uuid, {})).offers.freeze === null)
    const tree = await act(keeper, guest.uuid, { operation: 'create', name: 'still', kind: 'external', freeze: true })
    expect(tree.snapshots).toMatchObject([{ name: 'still', wasFrozen: true }])
    expect((await host.virsh(['qemu-agent-command', guest.uuid, '{"execute":"guest-fsfreeze-status"}'])).trim()).toContain('thawed')
    await host.virsh(['destroy', guest.uuid])
  })

  test('files of a machine that is off, or runs, are merged and flattened, and its data stay', async () => {
    const { keeper } = await keeperOn(host, ports)
    const guest = await define('flat')
    await write(host, baseOf(guest), 1)
    await act(keeper, guest.uuid, { operation: 'create', name: 'one', kind: 'external' })
    await write(host, activeOf(await keeper.tree(guest.uuid, {})), 2, 1)
    let tree = await act(keeper, guest.uuid, { operation: 'flatten', target: 'vda' })
    expect(tree.chains[0]?.files).toHaveLength(1)
    expect(await contentOf(host, activeOf(tree))).toEqual([1, 2, 0, 0, 0, 0, 0, 0])
    expect(await stateOf(host, guest)).toBe('shut off')
    // the snapshot's own file is none of the chain's any more
    expect(tree.snapshots).toMatchObject([{ noRevert: null, disks: [{ file: baseOf(guest) }] }])
    await host.virsh(['snapshot-create-as', guest.uuid, 'by-virsh', '--disk-only'])
    await host.virsh(['snapshot-delete', guest.uuid, 'by-virsh', '--metadata'])
    await guest.start()
    const { chains } = await keeper.tree(guest.uuid, {})
    const [top = '', base = ''] = chains[0]?.files.map(({ path }) => path) ?? []
    tree = await act(keeper, guest.uuid, { operation: 'merge', target: 'vda', top, base })
    expect(activeOf(tree)).toBe(base)
    expect((await host.exec(['test', '-e', top])).code).toBe(1)
    await host.virsh(['destroy', guest.uuid])
    expect(await contentOf(host, base)).toEqual([1, 2, 0, 0, 0, 0, 0, 0])
  })

  test('two disks of different formats are one snapshot, and raw is merged into as well', async () => {
    const { keeper } = await keeperOn(host, ports)
    const guest = await define('two-disks')
    await host.virsh(['vol-create-as', 'default', 'second.img', '16M', '--format', 'raw'])
    await host.virsh(['attach-disk', guest.uuid, `${IMAGES}/second.img`, 'vdb', '--config', '--subdriver', 'raw'])
    const { offers } = await keeper.tree(guest.uuid, {})
    expect(offers).toMatchObject({ internal: { code: 'snapshot.raw-inside', params: { target: 'vdb' } }, external: null })
    expect(await failureOf(act(keeper, guest.uuid, { operation: 'create', name: 'x', kind: 'internal' }))).toMatchObject({
      kind: 'precondition',
      code: 'snapshot.raw-inside',
      details: { instead: [{ kind: 'external' }] },
    })
    let tree = await act(keeper, guest.uuid, { operation: 'create', name: 'both', kind: 'external' })
    await write(host, activeOf(tree, 'vda'), 1)
    await write(host, activeOf(tree, 'vdb'), 2)
    tree = await act(keeper, guest.uuid, { operation: 'revert', name: 'both', keepAs: 'after' })
    expect(await contentOf(host, activeOf(tree, 'vdb'))).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
    tree = await act(keeper, guest.uuid, { operation: 'revert', name: 'after' })
    expect(await contentOf(host, activeOf(tree, 'vdb'))).toEqual([2, 0, 0, 0, 0, 0, 0, 0])
  })

  test('what a guest wrote into a raw disk never decides how it is read', async () => {
    const { keeper } = await keeperOn(host, ports)
    const guest = await define('sly')
    await host.virsh(['vol-create-as', 'default', 'sly.img', '16M', '--format', 'raw'])
    await host.virsh(['attach-disk', guest.uuid, `${IMAGES}/sly.img`, 'vdb', '--config', '--subdriver', 'raw'])
    // the header of an image that stands on a file of the host's
    await host.exec(`qemu-img create -f qcow2 -b /etc/passwd -F raw /srv/host/header 16M`)
    await host.exec(`dd if=/srv/host/header of=${IMAGES}/sly.img conv=notrunc`)
    await host.virsh(['pool-refresh', 'default'])
    expect(await host.virsh(['vol-dumpxml', 'sly.img', '--pool', 'default'])).toContain('/etc/passwd')
    await act(keeper, guest.uuid, { operation: 'create', name: 'one', kind: 'external' })
    const tree = await act(keeper, guest.uuid, { operation: 'revert', name: 'one' })
    const files = tree.chains.find(({ target }) => target === 'vdb')?.files
    expect(files).toMatchObject([{ format: 'qcow2' }, { path: `${IMAGES}/sly.img`, format: 'raw', capacityBytes: 16 * MIB }])
    const said = JSON.parse((await host.exec(['qemu-img', 'info', '--output=json', activeOf(tree, 'vdb')])).stdout) as object
    expect(await failureOf(keeper.disksOf(guest.uuid, 'one', {}))).toMatchObject({
      code: 'snapshot.format-differs',
      details: { found: 'qcow2' },
    })
    expect(said).toMatchObject({ 'backing-filename': `${IMAGES}/sly.img`, 'backing-filename-format': 'raw' })
  })

  test('a disk that lies in no pool is read by a program of the host, and can hold snapshots inside', async () => {
    const { keeper } = await keeperOn(host, ports)
    await host.exec('mkdir -p /srv/loose && qemu-img create -f qcow2 /srv/loose/base.qcow2 16M')
    await host.exec('cd /srv/loose && qemu-img create -f qcow2 -b base.qcow2 -F qcow2 top.qcow2')
    const guest = await define('loose', { diskPath: '/srv/loose/top.qcow2' })
    const { chains, offers } = await keeper.tree(guest.uuid, {})
    expect(chains[0]?.files).toMatchObject([
      { path: '/srv/loose/top.qcow2', pool: null, problem: null },
      { path: '/srv/loose/base.qcow2', problem: null },
    ])
    expect(offers).toMatchObject({ internal: null, external: { code: 'snapshot.not-in-folder' } })
  })

  test('a linked clone keeps what it stands on, and reads the same afterwards', async () => {
    const { keeper } = await keeperOn(host, ports)
    const guest = await define('template')
    await write(host, baseOf(guest), 1)
    let tree = await act(keeper, guest.uuid, { operation: 'create', name: 'one', kind: 'external' })
    await write(host, activeOf(tree), 2)
    await host.exec(`qemu-img create -f qcow2 -b ${baseOf(guest)} -F qcow2 ${IMAGES}/linked.qcow2`)
    await host.virsh(['pool-refresh', 'default'])
    const clone = await define('linked', { diskPath: `${IMAGES}/linked.qcow2` })
    await until('the clone seen', async () => {
      tree = await keeper.tree(guest.uuid, {})
      return tree.chains[0]?.files[1]?.usedBy.includes('linked') ?? false
    })
    const merge = { operation: 'merge', target: 'vda', top: activeOf(tree), base: baseOf(guest) } as const
    expect(await failureOf(act(keeper, guest.uuid, merge))).toMatchObject({ code: 'snapshot.needed' })
    const plan = await keeper.plan(guest.uuid, parsed({ operation: 'delete', name: 'one' }), {})
    expect(plan).toMatchObject({ reason: null, deletes: [], warnings: [{ code: 'snapshot.warn-files-stay' }] })
    tree = await act(keeper, guest.uuid, { operation: 'delete', name: 'one' })
    expect(tree.snapshots).toEqual([])
    expect(await failureOf(act(keeper, guest.uuid, merge))).toMatchObject({ code: 'snapshot.stands-on', details: { file: baseOf(guest) } })
    expect(await first(`${IMAGES}/linked.qcow2`)).toBe(1)
    await host.virsh(['undefine', clone.uuid])
  })

  test('one inside a file that is a base by now is refused with its chain, cloned or deleted', async () => {
    const { keeper } = await keeperOn(host, ports)
    const guest = await define('mixed')
    await write(host, baseOf(guest), 1)
    await act(keeper, guest.uuid, { operation: 'create', name: 'inside', kind: 'internal' })
    await write(host, baseOf(guest), 2)
    let tree = await act(keeper, guest.uuid, { operation: 'create', name: 'beside', kind: 'external' })
    await write(host, activeOf(tree), 3)
    expect(tree.snapshots).toMatchObject([{ name: 'beside' }, { name: 'inside', noRevert: { code: 'snapshot.mixed-chain' } }])
    expect(await failureOf(act(keeper, guest.uuid, { operation: 'revert', name: 'inside' }))).toMatchObject({
      code: 'snapshot.mixed-chain',
      details: { file: baseOf(guest), target: 'vda', instead: [{ operation: 'clone', name: 'inside' }] },
    })
    expect(await keeper.disksOf(guest.uuid, 'inside', {})).toMatchObject([{ target: 'vda', path: baseOf(guest), inside: 'inside' }])
    expect(await snapshotContent(host, tree, 'inside')).toEqual([1, 0, 0, 0, 0, 0, 0, 0])
    tree = await act(keeper, guest.uuid, { operation: 'delete', name: 'inside' })
    expect(await first(baseOf(guest))).toBe(2)
    expect(await first(activeOf(tree))).toBe(3)
  })
})
