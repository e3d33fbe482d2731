import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lab, type LabGuest, type LabHost, startLab, until } from '../../../../e2e/lab/lab.ts'
import { requirePeer } from '../../../../e2e/lab/requires.ts'
import { AppError } from '../../../../shared/errors/index.ts'
import { CANCELLED_BY_PERSON, type ProviderPorts, type SnapshotKeeper } from '../../provider.ts'
import { testPorts } from '../testing/ports.ts'
import {
  act,
  activeOf,
  contentOf,
  failureOf,
  holdNextJob,
  IMAGES,
  keeperOn,
  parsed,
  snapshotContent,
  stateOf,
  write,
} from './testing/lab-keeper.ts'

describe.skipIf(!requirePeer('libvirtd').ok)('snapshots when things go wrong', () => {
  let lab: Lab
  let host: LabHost
  let ports: ProviderPorts & { dispose(): Promise<void> }

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a'], prefix: 'sf' })
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

  /** A machine with a snapshot and so much written since that a merge takes a while. */
  async function heavy(keeper: SnapshotKeeper, name: string): Promise<LabGuest> {
    const guest = await define(name, { diskMiB: 512 })
    await write(host, baseOf(guest), 1)
    const tree = await act(keeper, guest.uuid, { operation: 'create', name: 'one', kind: 'external' })
    await host.exec(['qemu-io', '-c', 'write -P 9 1M 384M', activeOf(tree)])
    await write(host, activeOf(tree), 2)
    return guest
  }

  test('somebody else changes the tree meanwhile: nothing is done', async () => {
    const { keeper } = await keeperOn(host, ports)
    const guest = await define('raced')
    const { revision } = await keeper.tree(guest.uuid, {})
    await host.virsh(['snapshot-create-as', guest.uuid, 'theirs', '--disk-only'])
    const late = keeper.act(guest.uuid, parsed({ operation: 'create', name: 'ours', kind: 'external' }), revision, { acceptsLosses: false })
    expect(await failureOf(late)).toMatchObject({ kind: 'conflict', code: 'snapshot.changed-meanwhile' })
    expect((await keeper.tree(guest.uuid, {})).snapshots.map(({ name }) => name)).toEqual(['theirs'])
  })

  test('losses nobody agreed to are refused when it comes to it as well', async () => {
    const { keeper } = await keeperOn(host, ports)
    const guest = await define('loss')
    const { revision } = await act(keeper, guest.uuid, { operation: 'create', name: 'one', kind: 'external' })
    const lossy = keeper.act(guest.uuid, parsed({ operation: 'revert', name: 'one' }), revision, { acceptsLosses: false })
    expect(await failureOf(lossy)).toMatchObject({
      code: 'snapshot.would-lose',
      details: { losses: [{ code: 'snapshot.loss-left-behind' }] },
    })
  })

  test('a base that was moved is a problem in the chain, and everything waits until it is back', async () => {
    const { keeper } = await keeperOn(host, ports)
    const guest = await define('moved')
    await write(host, baseOf(guest), 1)
    let tree = await act(keeper, guest.uuid, { operation: 'create', name: 'one', kind: 'external' })
    await host.exec(`mv ${baseOf(guest)} /srv/host/away`)
    await host.virsh(['pool-refresh', 'default'])
    await until('the loss', async () => {
      tree = await keeper.tree(guest.uuid, {})
      return tree.chains[0]?.files.some(({ problem }) => problem !== null) ?? false
    })
    expect(tree.chains[0]?.files[1]).toMatchObject({ path: baseOf(guest), problem: { code: 'snapshot.file-missing' } })
    expect(tree.snapshots[0]).toMatchObject({ noRevert: { code: 'snapshot.file-missing' } })
    expect(tree.offers.external).toMatchObject({ code: 'snapshot.file-missing' })
    for (const operation of [
      { operation: 'flatten', target: 'vda' },
      { operation: 'revert', name: 'one' },
    ] as const) {
      expect(await failureOf(act(keeper, guest.uuid, operation))).toMatchObject({ code: 'snapshot.file-missing' })
    }
    await host.exec(`mv /srv/host/away ${baseOf(guest)}`)
    tree = await act(keeper, guest.uuid, { operation: 'delete', name: 'one' })
    expect(await contentOf(host, activeOf(tree))).toEqual([1, 0, 0, 0, 0, 0, 0, 0])
  })

  test('a chain that bites its own tail ends nothing but itself', async () => {
    const { keeper } = await keeperOn(host, ports)
    const guest = await define('round')
    const { chains } = await act(keeper, guest.uuid, { operation: 'create', name: 'one', kind: 'external' })
    const top = chains[0]?.files[0]?.path ?? ''
    await host.exec(`qemu-img rebase -u -f qcow2 -b ${top} -F qcow2 ${baseOf(guest)}`)
    await host.virsh(['pool-refresh', 'default'])
    const tree = await keeper.tree(guest.uuid, {})
    expect(tree.chains[0]?.files.map(({ problem }) => problem?.code ?? null)).toContain('snapshot.chain-cycle')
    expect(await failureOf(act(keeper, guest.uuid, { operation: 'flatten', target: 'vda' }))).toMatchObject({
      code: 'snapshot.chain-cycle',
    })
    await host.virsh(['undefine', guest.uuid, '--snapshots-metadata'])
  })

  test('a pool that runs full in the middle of a merge: told, the chain as it was, nothing lost', async () => {
    const { keeper } = await keeperOn(host, ports)
    await host.exec('mkdir -p /srv/small && mount -t tmpfs -o size=16M none /srv/small')
    await host.virsh(['pool-create-as', 'small', 'dir', '--target', '/srv/small'])
    await host.exec('qemu-img create -f qcow2 /srv/small/base.qcow2 64M')
    const guest = await define('full', { diskPath: '/srv/small/base.qcow2' })
    await write(host, '/srv/small/base.qcow2', 1)
    let tree = await act(keeper, guest.uuid, { operation: 'create', name: 'one', kind: 'external' })
    const top = activeOf(tree)
    // compressed it takes next to nothing, and so nobody can tell what it will take in the base
    await host.exec(
      `qemu-img create -f qcow2 -b /srv/small/base.qcow2 -F qcow2 /tmp/work.qcow2 && qemu-io -c 'write -P 2 0 40M' /tmp/work.qcow2`,
    )
    await host.exec(`qemu-img convert -c -O qcow2 -B /srv/small/base.qcow2 -F qcow2 /tmp/work.qcow2 ${top}`)
    expect(await contentOf(host, top)).toEqual([2, 2, 2, 2, 2, 2, 2, 2])
    const plan = await keeper.plan(guest.uuid, parsed({ operation: 'delete', name: 'one' }), {})
    expect(plan.needs).toMatchObject([{ pool: 'small' }])
    expect(await failureOf(act(keeper, guest.uuid, { operation: 'delete', name: 'one' }))).toMatchObject({
      kind: 'exhausted',
      code: 'snapshot.pool-full-meanwhile',
      details: { pool: 'small' },
    })
    tree = await keeper.tree(guest.uuid, {})
    expect(tree).toMatchObject({ snapshots: [], jobs: [], chains: [{ files: [{ path: top }, { path: '/srv/small/base.qcow2' }] }] })
    expect(await contentOf(host, top)).toEqual([2, 2, 2, 2, 2, 2, 2, 2])
    expect(await stateOf(host, guest)).toBe('shut off')
    await host.exec('mount -o remount,size=64M /srv/small')
    tree = await act(keeper, guest.uuid, { operation: 'merge', target: 'vda', top, base: '/srv/small/base.qcow2' })
    expect(await contentOf(host, '/srv/small/base.qcow2')).toEqual([2, 2, 2, 2, 2, 2, 2, 2])
    expect(activeOf(tree)).toBe('/srv/small/base.qcow2')
  })

  test('a merge that is cancelled leaves the chain as it was', async () => {
    const { keeper } = await keeperOn(host, ports)
    const guest = await heavy(keeper, 'cancel')
    await guest.start()
    const { revision } = await keeper.tree(guest.uuid, {})
    const abort = new AbortController()
    const job = holdNextJob(host, guest)
    const options = { acceptsLosses: false, signal: abort.signal }
    const acting = failureOf(keeper.act(guest.uuid, parsed({ operation: 'delete', name: 'one' }), revision, options))
    await job.held
    const during = await keeper.tree(guest.uuid, {})
    expect(during).toMatchObject({ snapshots: [], jobs: [{ target: 'vda', kind: 'active-commit' }] })
    expect(during.offers.external).toMatchObject({ code: 'snapshot.job-runs' })
    abort.abort(new AppError({ kind: 'cancelled', code: CANCELLED_BY_PERSON, message: 'no more' }))
    expect(await acting).toMatchObject({ kind: 'cancelled' })
    await until('the end of the job', async () => (await keeper.tree(guest.uuid, {})).jobs.length === 0)
    const tree = await keeper.tree(guest.uuid, {})
    expect(tree.chains[0]?.files).toHaveLength(2)
    expect((await contentOf(host, activeOf(tree)))[0]).toBe(2)
    await host.virsh(['destroy', guest.uuid])
  })

  test('a daemon that dies in the middle of a merge: the job is found again and brought to its end', async () => {
    const { keeper } = await keeperOn(host, ports)
    const guest = await heavy(keeper, 'cut')
    await guest.start()
    const operation = parsed({ operation: 'delete', name: 'one' })
    const { revision } = await keeper.tree(guest.uuid, {})
    const begun = await keeper.baseline(guest.uuid, operation, {})
    const job = holdNextJob(host, guest)
    const acting = failureOf(keeper.act(guest.uuid, operation, revision, { acceptsLosses: false }))
    await job.held
    await host.stopDaemon('KILL')
    expect(['indeterminate', 'unreachable']).toContain((await acting).kind)
    await host.startDaemon()
    const { keeper: again } = await keeperOn(host, ports)
    expect(await again.probe(guest.uuid, operation, begun, {})).toBe('not-done')
    await job.release()
    await again.act(guest.uuid, operation, revision, { acceptsLosses: false, begun })
    expect(await again.probe(guest.uuid, operation, begun, {})).toBe('done')
    const tree = await again.tree(guest.uuid, {})
    expect(tree).toMatchObject({ snapshots: [], jobs: [], chains: [{ files: [{ path: baseOf(guest) }] }] })
    await host.virsh(['destroy', guest.uuid])
    expect((await contentOf(host, baseOf(guest)))[0]).toBe(2)
  })

  test('a machine that is off when the daemon dies in the middle does not stay behind, and the merge begins anew', async () => {
    const { keeper } = await keeperOn(host, ports)
    const guest = await heavy(keeper, 'cut-off')
    const operation = parsed({ operation: 'delete', name: 'one' })
    const { revision } = await keeper.tree(guest.uuid, {})
    const begun = await keeper.baseline(guest.uuid, operation, {})
    const job = holdNextJob(host, guest)
    const acting = failureOf(keeper.act(guest.uuid, operation, revision, { acceptsLosses: false }))
    await job.held
    expect(await stateOf(host, guest)).toBe('paused')
    await host.cutNetwork('reset')
    expect(['indeterminate', 'unreachable']).toContain((await acting).kind)
    await host.restoreNetwork()
    await until('the end of what stood still', async () => (await stateOf(host, guest)) === 'shut off')
    const { keeper: again } = await keeperOn(host, ports)
    expect(await again.probe(guest.uuid, operation, begun, {})).toBe('not-done')
    expect((await contentOf(host, activeOf(await again.tree(guest.uuid, {}))))[0]).toBe(2)
    await again.act(guest.uuid, operation, revision, { acceptsLosses: false, begun })
    const tree = await again.tree(guest.uuid, {})
    expect(tree).toMatchObject({ snapshots: [], chains: [{ files: [{ path: baseOf(guest) }] }] })
    expect((await contentOf(host, baseOf(guest)))[0]).toBe(2)
  })

  test('a going back that broke off after its overlay was made goes on with that one', async () => {
    const { keeper } = await keeperOn(host, ports)
    const guest = await define('half')
    await write(host, baseOf(guest), 1)
    let tree = await act(keeper, guest.uuid, { operation: 'create', name: 'one', kind: 'external' })
    await write(host, activeOf(tree), 2)
    const operation = parsed({ operation: 'revert', name: 'one', keepAs: null })
    const { revision } = await keeper.tree(guest.uuid, {})
    const begun = await keeper.baseline(guest.uuid, operation, {})
    const overlay = `${IMAGES}/half-vda.one-again.qcow2`
    await host.exec(`qemu-img create -f qcow2 -b ${baseOf(guest)} -F qcow2 ${overlay}`)
    await host.virsh(['pool-refresh', 'default'])
    expect(await keeper.probe(guest.uuid, operation, begun, {})).toBe('not-done')
    await keeper.act(guest.uuid, operation, revision, { acceptsLosses: true, begun })
    expect(await keeper.probe(guest.uuid, operation, begun, {})).toBe('done')
    tree = await keeper.tree(guest.uuid, {})
    expect(activeOf(tree)).toBe(overlay)
    expect(await contentOf(host, overlay)).toEqual([1, 0, 0, 0, 0, 0, 0, 0])
    expect(await snapshotContent(host, tree, 'one')).toEqual([1, 0, 0, 0, 0, 0, 0, 0])
  })

  /** A machine with something written, frozen by a snapshot, and something written since. */
  async function frozen(keeper: SnapshotKeeper, name: string) {
    const guest = await define(name)
    await write(host, baseOf(guest), 1)
    const tree = await act(keeper, guest.uuid, { operation: 'create', name: 'one', kind: 'external' })
    await write(host, activeOf(tree), 2)
    const merge = { operation: 'merge', target: 'vda', top: activeOf(tree), base: baseOf(guest) } as const
    return { guest, base: baseOf(guest), merge }
  }
  const overlayOn = (base: string, path: string) => host.exec(['qemu-img', 'create', '-q', '-f', 'qcow2', '-b', base, '-F', 'qcow2', path])

  test('an image in a pool that is off keeps what it stands on, until it is gone', async () => {
    const { keeper } = await keeperOn(host, ports)
    const { guest, base, merge } = await frozen(keeper, 'hidden')
    await host.exec('mkdir -p /srv/off')
    await host.virsh(['pool-define-as', 'off', 'dir', '--target', '/srv/off'])
    await overlayOn(base, '/srv/off/hidden.qcow2')
    const files = (await keeper.tree(guest.uuid, {})).chains[0]
    expect(files?.others).toMatchObject([{ path: '/srv/off/hidden.qcow2', base, pool: null, problem: null }])
    const plan = await keeper.plan(guest.uuid, parsed({ operation: 'delete', name: 'one' }), {})
    expect(plan).toMatchObject({ reason: null, deletes: [] })
    expect(plan.warnings).toMatchObject([{ code: 'snapshot.warn-files-stay', params: { files: base, by: '/srv/off/hidden.qcow2' } }])
    await act(keeper, guest.uuid, { operation: 'delete', name: 'one' })
    const refused = { code: 'snapshot.stands-on', details: { file: base, by: '/srv/off/hidden.qcow2' } }
    expect(await failureOf(act(keeper, guest.uuid, merge))).toMatchObject(refused)
    expect(await contentOf(host, '/srv/off/hidden.qcow2')).toEqual([1, 0, 0, 0, 0, 0, 0, 0])
    await host.exec('rm /srv/off/hidden.qcow2')
    expect((await act(keeper, guest.uuid, merge)).chains[0]?.files.map(({ path }) => path)).toEqual([base])
    expect(await contentOf(host, base)).toEqual([2, 0, 0, 0, 0, 0, 0, 0])
    await host.virsh(['pool-undefine', 'off'])
  })

  test('one that came after the plan, in no pool and by another way to the file, is found when it comes to it', async () => {
    const { keeper } = await keeperOn(host, ports)
    const { guest, base, merge } = await frozen(keeper, 'late')
    await act(keeper, guest.uuid, { operation: 'delete', name: 'one' }).then(({ chains }) => expect(chains[0]?.files).toHaveLength(1))
    const tree = await act(keeper, guest.uuid, { operation: 'create', name: 'inside', kind: 'internal' })
    expect(tree.snapshots).toMatchObject([{ name: 'inside', noRevert: null, noDelete: null }])
    await host.exec(`mkdir -p /srv/way /srv/alone && ln -sfn ${IMAGES} /srv/way/images`)
    await overlayOn(`/srv/way/images/${guest.uuid}.qcow2`, '/srv/alone/linked.qcow2')
    const linked = await define('alone', { diskPath: '/srv/alone/linked.qcow2' })
    const revert = parsed({ operation: 'revert', name: 'inside' })
    const refused = { kind: 'precondition', code: 'snapshot.stands-on', details: { file: base, by: '/srv/alone/linked.qcow2, alone' } }
    expect(await failureOf(keeper.act(guest.uuid, revert, tree.revision, { acceptsLosses: true }))).toMatchObject(refused)
    expect((await keeper.tree(guest.uuid, {})).snapshots[0]?.noRevert).toMatchObject({ code: 'snapshot.stands-on' })
    expect(await contentOf(host, '/srv/alone/linked.qcow2')).toEqual([2, 0, 0, 0, 0, 0, 0, 0])
    expect(merge.base).toBe(base)
    await host.virsh(['undefine', linked.uuid])
  })

  test('what cannot be read is refused, and what is not there is said', async () => {
    const { keeper } = await keeperOn(host, ports)
    const { guest, merge } = await frozen(keeper, 'blind')
    const remove = parsed({ operation: 'delete', name: 'one' })
    await host.virsh(['pool-define-as', 'away', 'netfs', '--source-host', 'nas', '--source-path', '/x', '--target', '/srv/away'])
    const lost = await define('lost', { diskPath: '/srv/lost/disk.qcow2' })
    const { reason, warnings } = await keeper.plan(guest.uuid, remove, {})
    expect(reason).toBeNull()
    expect(warnings.map(({ code, params }) => [code, params?.pools ?? params?.images])).toEqual([
      ['snapshot.warn-not-again', undefined],
      ['snapshot.warn-pools-unseen', 'away'],
      ['snapshot.warn-images-unseen', '/srv/lost/disk.qcow2'],
    ])
    await host.exec("mkdir -p /srv/lost && printf 'QFI\\373 and nothing that makes sense of it' > /srv/lost/disk.qcow2")
    await act(keeper, guest.uuid, { operation: 'delete', name: 'one' })
    const refused = await failureOf(act(keeper, guest.uuid, merge))
    expect(refused).toMatchObject({ kind: 'precondition', code: 'snapshot.cannot-tell' })
    expect(refused.message).toContain('/srv/lost/disk.qcow2 lies in no pool that is on, and cannot be read')
    await host.virsh(['undefine', lost.uuid])
    await host.virsh(['pool-undefine', 'away'])
    expect((await act(keeper, guest.uuid, merge)).chains[0]?.files).toHaveLength(1)
  })

  /** base ← one ← two stayed behind when the machine went back to `first`, and no snapshot needs them. */
  async function branched(keeper: SnapshotKeeper, name: string) {
    const guest = await define(name)
    await write(host, baseOf(guest), 1)
    for (const [at, each] of ['first', 'second'].entries()) {
      const taken = await act(keeper, guest.uuid, { operation: 'create', name: each, kind: 'external' })
      await write(host, activeOf(taken), 2 + at)
    }
    await act(keeper, guest.uuid, { operation: 'revert', name: 'first' })
    const tree = await act(keeper, guest.uuid, { operation: 'delete', name: 'second' })
    const at = (what: string) => `${IMAGES}/${name}-vda.${what}.qcow2`
    return { guest, tree, active: at('first-again'), one: at('first'), two: at('second') }
  }
  const isThere = async (path: string) => (await host.exec(['test', '-e', path])).code === 0

  async function defineAs(xml: string): Promise<void> {
    const file = join(host.dir, 'next.xml')
    await writeFile(file, xml)
    await host.virsh(['define', file])
  }

  test('a branch that was left behind is discarded, and its base can be merged', async () => {
    const { keeper } = await keeperOn(host, ports)
    const { guest, tree: before, active, one, two } = await branched(keeper, 'branch')
    await write(host, active, 4, 1)
    expect(before.chains[0]?.others.map(({ path, base }) => [path, base])).toEqual([
      [one, baseOf(guest)],
      [two, one],
    ])
    await act(keeper, guest.uuid, { operation: 'delete', name: 'first' })
    const merge = parsed({ operation: 'merge', target: 'vda', top: active, base: baseOf(guest) })
    const discard = parsed({ operation: 'discard', target: 'vda', path: two })
    expect(await keeper.plan(guest.uuid, merge, {})).toMatchObject({ reason: { code: 'snapshot.stands-on' }, instead: [discard] })

    await host.exec(['qemu-img', 'snapshot', '-c', 'forgotten', one])
    const plan = await keeper.plan(guest.uuid, discard, {})
    expect(plan).toMatchObject({
      reason: null,
      deletes: [two, one],
      losses: [{ code: 'snapshot.loss-branch' }, { code: 'snapshot.loss-inside', params: { file: one, names: 'forgotten' } }],
      warnings: [],
      branch: [{ inside: [] }, { inside: ['forgotten'] }],
    })
    const mtime = Number((await host.exec(['stat', '-c', '%Y', two])).stdout)
    expect(Math.floor((plan.branch[0]?.writtenAtMs ?? 0) / 1_000)).toBe(mtime)
    const { revision } = await keeper.tree(guest.uuid, {})
    const lossy = keeper.act(guest.uuid, discard, revision, { acceptsLosses: false })
    expect(await failureOf(lossy)).toMatchObject({ code: 'snapshot.would-lose', details: { deletes: [two, one] } })
    const begun = await keeper.baseline(guest.uuid, discard, {})
    expect(await keeper.probe(guest.uuid, discard, begun, {})).toBe('not-done')
    await keeper.act(guest.uuid, discard, revision, { acceptsLosses: true })
    expect(await keeper.probe(guest.uuid, discard, begun, {})).toBe('done')
    expect([await isThere(one), await isThere(two), await isThere(active)]).toEqual([false, false, true])
    const after = await act(keeper, guest.uuid, { operation: 'merge', target: 'vda', top: active, base: baseOf(guest) })
    expect(after.chains).toMatchObject([{ files: [{ path: baseOf(guest) }], others: [] }])
    expect(await contentOf(host, baseOf(guest))).toEqual([1, 4, 0, 0, 0, 0, 0, 0])
  })

  test('a branch stays while a process writes into it, the next start needs it, or another image stands on it', async () => {
    const { keeper } = await keeperOn(host, ports)
    const { guest, two } = await branched(keeper, 'kept')
    const reason = async () => (await keeper.plan(guest.uuid, { operation: 'discard', target: 'vda', path: two }, {})).reason?.code ?? null
    const nbd = await host.exec(['qemu-nbd', '--fork', '--pid-file', '/srv/host/nbd.pid', '-k', '/srv/host/nbd.sock', '-f', 'qcow2', two])
    expect(nbd.code).toBe(0)
    expect(await reason()).toBe('snapshot.held-open')
    await host.exec('kill "$(cat /srv/host/nbd.pid)"')
    await until('the process is gone', async () => (await reason()) === null)
    await guest.start()
    const next = await host.virsh(['dumpxml', '--inactive', guest.uuid])
    await defineAs(next.replace(/file='[^']+kept-vda[^']+'/, `file='${two}'`))
    expect(await reason()).toBe('snapshot.next-start')
    await defineAs(next)
    expect(await reason()).toBeNull()
    // made by hand after the plan: the pool is looked at anew before anything is deleted
    const { revision } = await keeper.tree(guest.uuid, {})
    await host.exec(`qemu-img create -f qcow2 -b ${two} -F qcow2 ${IMAGES}/by-hand.qcow2`)
    const late = keeper.act(guest.uuid, parsed({ operation: 'discard', target: 'vda', path: two }), revision, { acceptsLosses: true })
    expect(await failureOf(late)).toMatchObject({ kind: 'precondition', code: 'snapshot.stands-on' })
    expect(await isThere(two)).toBe(true)
    await host.virsh(['destroy', guest.uuid])
  })

  test('a discarding that broke off after its first file goes on with the rest', async () => {
    const { keeper } = await keeperOn(host, ports)
    const { guest, one, two } = await branched(keeper, 'broken-off')
    const discard = parsed({ operation: 'discard', target: 'vda', path: two })
    const { revision } = await keeper.tree(guest.uuid, {})
    const begun = await keeper.baseline(guest.uuid, discard, {})
    await host.virsh(['vol-delete', two])
    expect(await keeper.probe(guest.uuid, discard, begun, {})).toBe('not-done')
    await keeper.act(guest.uuid, discard, revision, { acceptsLosses: true, begun })
    expect(await keeper.probe(guest.uuid, discard, begun, {})).toBe('done')
    expect(await isThere(one)).toBe(false)
    expect((await contentOf(host, activeOf(await keeper.tree(guest.uuid, {}))))[0]).toBe(1)
  })
})
