import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Lab, type LabHost, startLab } from '../../../../e2e/lab/lab.ts'
import { requirePeer } from '../../../../e2e/lab/requires.ts'
import { type SnapshotOperationInput, type SnapshotTree, snapshotOperationSchema } from '../../../../shared/model/index.ts'
import type { ProvidedSnapshotOperation, ProviderPorts, SnapshotKeeper } from '../../provider.ts'
import { libvirtProvider } from '../index.ts'
import { testPorts } from '../testing/ports.ts'

const IMAGES = '/var/lib/libvirt/images'

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

  async function keeperOn(): Promise<SnapshotKeeper> {
    const given = { host: host.address, user: 'root', keyFile: host.keyFile, useSshConfig: false }
    const connection = await libvirtProvider.connect(libvirtProvider.configSchema.parse(given), {}, ports, {
      onHostKey: () => Promise.resolve(true),
    })
    onTestFinished(() => connection.close())
    if (!connection.snapshots) throw new Error('no snapshots')
    return connection.snapshots
  }

  const parsed = (operation: SnapshotOperationInput) => snapshotOperationSchema.parse(operation) as ProvidedSnapshotOperation

  async function act(keeper: SnapshotKeeper, uuid: string, operation: SnapshotOperationInput, acceptsLosses = true): Promise<SnapshotTree> {
    const { revision } = await keeper.tree(uuid, {})
    await keeper.act(uuid, parsed(operation), revision, { acceptsLosses })
    return await keeper.tree(uuid, {})
  }

  /** While the machine is off: one pattern over the first 64 KiB. */
  const write = (path: string, pattern: number, at = 0) => host.exec(['qemu-io', '-c', `write -P ${pattern} ${at} 64k`, path])
  const holds = async (path: string, pattern: number, at = 0) =>
    !(await host.exec(['qemu-io', '-r', '-U', '-c', `read -P ${pattern} ${at} 64k`, path])).stdout.includes('verification failed')
  const activeOf = (tree: SnapshotTree) => tree.chains[0]?.files[0]?.path ?? ''

  test('a tree of three, back and forth, and a deletion that merges', async () => {
    const keeper = await keeperOn()
    const guest = await host.defineGuest({ name: 'web', boots: false, diskMiB: 16 })
    const base = `${IMAGES}/${guest.uuid}.qcow2`
    await write(base, 1)
    let tree = await act(keeper, guest.uuid, { operation: 'create', name: 'one', kind: 'external', tags: ['t'], description: 'first' })
    expect(tree.snapshots).toMatchObject([
      { name: 'one', isCurrent: true, tags: ['t'], description: 'first', kind: 'external', noRevert: null, noDelete: null },
    ])
    expect(tree.chains).toMatchObject([
      {
        target: 'vda',
        files: [
          { isActive: true, path: `${IMAGES}/web-vda.one.qcow2` },
          { path: base, snapshots: ['one'] },
        ],
      },
    ])
    await write(activeOf(tree), 2)
    tree = await act(keeper, guest.uuid, { operation: 'create', name: 'two', kind: 'external' })
    await write(activeOf(tree), 3)
    tree = await act(keeper, guest.uuid, { operation: 'revert', name: 'one', keepAs: 'three' })
    expect(await holds(activeOf(tree), 1)).toBe(true)
    expect(tree.snapshots.map(({ name, parent, isCurrent }) => [name, parent, isCurrent])).toEqual([
      ['one', null, true],
      ['three', 'two', false],
      ['two', 'one', false],
    ])
    tree = await act(keeper, guest.uuid, { operation: 'revert', name: 'two' })
    expect(await holds(activeOf(tree), 2)).toBe(true)
    tree = await act(keeper, guest.uuid, { operation: 'revert', name: 'three' })
    expect(await holds(activeOf(tree), 3)).toBe(true)
    tree = await act(keeper, guest.uuid, { operation: 'delete', name: 'three' })
    expect(await holds(activeOf(tree), 3)).toBe(true)
    expect(tree).toMatchObject({ snapshots: [{ name: 'one' }, { name: 'two' }] })
  })
})
