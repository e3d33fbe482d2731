import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AzureWorld } from '../../../e2e/lab/clouds/azure/world.ts'
import type { CloudMachineSpec, MachineAction } from '../../../shared/model/index.ts'
import type { CloudLink, KnownMachines, SeenMachine } from '../cloud/index.ts'
import { failure } from '../conformance/fixture.ts'
import { Recorder } from '../conformance/index.ts'
import { REQUEST_TAG } from './gallery.ts'
import { type AzureBench, startBench } from './testing/azure-bench.ts'

const GIB = 1024 ** 3
const ALL = { withSnapshots: true, withNvram: true, withTpm: true, withManagedSave: true } as const

let bench: AzureBench
let world: AzureWorld
let link: CloudLink
let seen: Recorder

beforeEach(async () => {
  bench = await startBench({ machines: 12 })
  ;({ world } = bench.cloud)
  link = await bench.link()
  seen = new Recorder()
  await link.watch(seen, {})
})
afterEach(async () => {
  await link.close()
  await bench.stop()
})

function act(ref: string, action: MachineAction): Promise<void> {
  return link.act(ref, action, {})
}

describe('power', () => {
  it('a shutdown keeps what it stands on and goes on costing; to deallocate ends that', async () => {
    const ref = world.running
    await act(ref, { action: 'shutdown', method: 'auto', deadlineMs: 60_000 })
    expect(world.machine(ref).power).toBe('stopped')
    expect(seen.machine(ref)).toMatchObject({ state: 'stopped', nativeState: 'stopped', cloud: { billing: 'compute', stopBills: true } })
    await act(ref, { action: 'deallocate' })
    expect(seen.machine(ref)).toMatchObject({ state: 'stopped', nativeState: 'deallocated', cloud: { billing: 'storage' } })
  })

  it('a shutdown that is to deallocate does so at once', async () => {
    await act(world.running, { action: 'shutdown', method: 'auto', deadlineMs: 60_000, deallocate: true })
    expect(world.machine(world.running).power).toBe('deallocated')
    expect(bench.cloud.faults.count('VirtualMachines_PowerOff')).toBe(0)
  })

  it('a machine hibernates, costs its disks only, and goes on where it was or is dropped', async () => {
    const ref = world.running
    await act(ref, { action: 'managedSave' })
    expect(world.machine(ref)).toMatchObject({ power: 'deallocated', hibernated: true })
    expect(seen.machine(ref)).toMatchObject({ state: 'saved', hasManagedSave: true, cloud: { billing: 'storage', hibernates: true } })
    await failure(act(ref, { action: 'delete', diskKeys: [], ...ALL, withManagedSave: false }), 'precondition', 'machine.has-managed-save')
    await act(ref, { action: 'restore' })
    expect(seen.machine(ref)).toMatchObject({ state: 'running', hasManagedSave: false })
    await act(ref, { action: 'managedSave' })
    await act(ref, { action: 'discardSave' })
    expect(world.machine(ref)).toMatchObject({ power: 'deallocated', hibernated: false })
    expect(seen.machine(ref)).toMatchObject({ state: 'stopped', hasManagedSave: false })
  })

  it('one that is not set up to hibernate is not asked to', async () => {
    const ref = world.add({ name: 'plain' })
    world.machine(ref).canHibernate = false
    await link.refresh({})
    const error = await failure(act(ref, { action: 'managedSave' }), 'precondition', 'machine.no-hibernation')
    expect(error.details).toEqual({ name: 'plain' })
    expect(bench.cloud.faults.count('VirtualMachines_Deallocate')).toBe(0)
  })

  it('whether a restart arrived is told by the activity log when its reply was lost', async () => {
    const ref = world.running
    const baseline = await link.baseline(ref, { action: 'reboot', method: 'auto' }, {})
    expect(await link.probe(ref, { action: 'reboot', method: 'auto' }, baseline, {})).toBe('unknown')
    bench.cloud.faults.add({ operation: 'VirtualMachines_Restart', times: 1, fault: { do: 'lose-reply' } })
    await failure(link.act(ref, { action: 'reboot', method: 'auto' }, { baseline }), 'indeterminate')
    expect(await link.probe(ref, { action: 'reboot', method: 'auto' }, baseline, {})).toBe('done')
  })

  it('a restart that was refused was not done', async () => {
    const [api, requestId] = [await bench.api(), 'b1a5d9a2-2c55-4c0e-8a57-1d0c8f1f9f10']
    const off = await api.machine(world.off, {})
    if (off === null) throw new Error('it is there')
    const error = await failure(api.begin({ action: 'reboot', method: 'auto' }, { seen: off, requestId }, {}), 'remote-failure')
    expect(error.remote).toMatchObject({ status: 409, code: 'OperationNotAllowed' })
    expect(await api.outcome({ action: 'reboot', method: 'auto' }, world.off, requestId, {})).toBe('not-done')
    api.close()
  })
})

describe('looks', () => {
  it('what another one did is told by the list of states alone', async () => {
    const api = await bench.api()
    const place = world.subscriptions[0] as string
    const before = new Map<string, SeenMachine>()
    for await (const page of api.machines(place, {})) for (const each of page) before.set(each.ref, each)
    const known: KnownMachines = { get: (ref) => before.get(ref), refs: () => before.keys() }
    const none = await api.changedMachines?.(place, known, {})
    expect(none).toEqual({ changed: [], gone: [] })
    const made = world.add()
    world.setPower(world.off, 'running')
    world.remove(world.running)
    const told = await api.changedMachines?.(place, known, {})
    expect(told?.changed.map(({ ref, facts }) => [ref, facts.state])).toEqual([
      [world.off, 'running'],
      [made, 'running'],
    ])
    expect(told?.gone).toEqual([world.running])
    bench.cloud.settings.knowsStatusOnly = false
    expect(await api.changedMachines?.(place, known, {})).toBeNull()
    api.close()
  })
})

describe('tags', () => {
  it('a key with “=” in it is kept as it is when others change', async () => {
    world.setTags(world.off, { 'odd=key': 'value', env: 'test' })
    await act(world.off, { action: 'setMetadata', removeTags: ['env=test'], addTags: ['env=prod'] })
    expect(world.machine(world.off).tags).toEqual({ 'odd=key': 'value', env: 'prod' })
  })

  it('what Azure does not take is refused before it is asked', async () => {
    const error = await failure(act(world.off, { action: 'setMetadata', addTags: ['a/b=c'] }), 'invalid-input', 'cloud.tag-refused')
    expect(error.details).toEqual({ tag: 'a/b=c' })
    const many = Array.from({ length: 51 }, (_, index) => `key-${index}=x`)
    await failure(act(world.off, { action: 'setMetadata', tags: many }), 'invalid-input', 'cloud.tag-refused')
    expect(bench.cloud.faults.count('VirtualMachines_Update')).toBe(0)
  })
})

describe('disks', () => {
  it('are attached, grown, photographed and detached', async () => {
    const ref = world.running
    const vm = world.machine(ref)
    const diskId = vm.disks[0]?.disk.id.replace('_OsDisk_1', '_spare') ?? ''
    const { subscription, location } = vm
    world.addDisk({ id: diskId, name: 'spare', subscription, location, sku: 'Premium_LRS', osType: null, sizeGiB: 16, owner: null })
    await act(ref, { action: 'attachDisk', diskId })
    expect(world.machine(ref).disks.at(-1)).toMatchObject({ lun: 1, disk: { name: 'spare' } })
    await act(ref, { action: 'growDisk', diskId, sizeBytes: 32 * GIB })
    expect(seen.machine(ref)?.cloud?.disks.find(({ name }) => name === 'spare')).toMatchObject({ sizeBytes: 32 * GIB, boot: false })
    await act(ref, { action: 'snapshotDisk', diskId, name: 'spare-snap' })
    expect([...world.snapshots.values()][0]).toMatchObject({ name: 'spare-snap', sizeBytes: 32 * 1024 ** 3 })
    await act(ref, { action: 'detachDisk', diskId })
    expect(world.disks.get(diskId.toLowerCase())?.owner).toBeNull()
    await failure(act(ref, { action: 'detachDisk', diskId: vm.disks[0]?.disk.id ?? '' }), 'precondition', 'azure.os-disk')
  })

  it('a snapshot of a name that is taken is refused, and a repetition is none', async () => {
    const vm = world.machine(world.running)
    const action = { action: 'snapshotDisk', diskId: vm.disks[0]?.disk.id ?? '', name: 'twice' } as const
    const baseline = await link.baseline(world.running, action, {})
    expect(await link.probe(world.running, action, baseline, {})).toBe('not-done')
    await link.act(world.running, action, { baseline })
    expect(await link.probe(world.running, action, baseline, {})).toBe('done')
    await link.act(world.running, action, { baseline })
    expect([...world.snapshots.values()].map(({ tags }) => Object.keys(tags))).toEqual([[REQUEST_TAG]])
    await failure(act(world.running, action), 'conflict', 'azure.name-taken')
  })

  it('only the chosen ones go with a machine', async () => {
    const ref = world.running
    const [os = '', data = ''] = world.machine(ref).disks.map(({ disk }) => disk.id.toLowerCase())
    await failure(act(ref, { action: 'delete', diskKeys: ['/strange'], ...ALL }), 'invalid-input', 'cloud.disk-not-there')
    await act(ref, { action: 'delete', diskKeys: [data], ...ALL })
    expect(seen.known.machine.has(ref)).toBe(false)
    expect([world.disks.has(os), world.disks.has(data)]).toEqual([true, false])
  })
})

describe('locks', () => {
  it('one of the whole group is named and not taken off', async () => {
    const ref = world.off
    const scope = world.machine(ref).id.split('/').slice(0, 5).join('/')
    world.setLock({ id: `${scope}/providers/Microsoft.Authorization/locks/team`, scope, level: 'CanNotDelete' })
    await link.refresh({})
    expect(seen.machine(ref)?.cloud?.isProtected).toBe(true)
    const error = await failure(act(ref, { action: 'setProtection', isProtected: false }), 'precondition', 'azure.lock-inherited')
    expect(error.details).toEqual({ scope: scope.toLowerCase() })
  })
})

describe('new machines', () => {
  const spec: CloudMachineSpec = {
    name: 'fresh',
    zone: '1',
    type: 'Standard_B2s',
    imageId: 'Canonical:ubuntu-24_04-lts:server:latest',
    subnetId: null,
    groupIds: [],
    publicAddress: true,
    keyName: 'team',
    sshKey: null,
    user: 'admin',
    tags: ['env=test'],
  }
  const token = 'b1a5d9a2-2c55-4c0e-8a57-1d0c8f1f9f10'

  async function withSubnet(): Promise<{ readonly place: string; readonly whole: CloudMachineSpec }> {
    const place = world.subscriptions[0] as string
    const [subnet] = await link.cloud.resources(place, 'subnet', '', {})
    return { place, whole: { ...spec, subnetId: subnet?.id ?? '' } }
  }

  it('are made once for one token, with card, address, key and tags', async () => {
    const { place, whole } = await withSubnet()
    expect(await link.cloud.created(place, token, {})).toBeNull()
    const ref = await link.cloud.create(place, whole, token, {})
    expect(await link.cloud.create(place, whole, token, {})).toBe(ref)
    expect(await link.cloud.created(place, token, {})).toBe(ref)
    expect(world.machine(ref)).toMatchObject({
      name: 'fresh',
      size: 'Standard_B2s',
      zone: '1',
      tags: { env: 'test', 'novacron-token': token },
    })
    expect(world.machine(ref).nics[0]?.publicIp).not.toBeNull()
    await failure(link.cloud.create(place, whole, 'another-token', {}), 'conflict', 'azure.name-taken')
  })

  it('leave no card behind when Azure refuses them', async () => {
    const { place, whole } = await withSubnet()
    const cards = world.nics.size
    await failure(link.cloud.create(place, { ...whole, type: 'Standard_None' }, token, {}), 'invalid-input', 'azure.refused-value')
    await expect.poll(() => world.nics.size).toBe(cards)
  })

  it.each([
    'MicrosoftWindowsServer:WindowsServer:2025-datacenter-azure-edition:latest',
    'MicrosoftSQLServer:sql2022-ws2022:web-gen2:16.0.1',
  ])('of Windows (%s) they get a password that nobody keeps, and it is said', async (imageId) => {
    const { place, whole } = await withSubnet()
    const notes: unknown[] = []
    const without = { ...whole, name: 'a-name-of-windows', imageId, keyName: null }
    const ref = await link.cloud.create(place, without, token, { onProgress: ({ note }) => void notes.push(note) })
    expect(notes.at(-1)).toBe('outcome-windows-password')
    expect(world.machine(ref).windows).toBe(true)
    const other = await link.cloud.create(place, { ...without, name: 'other' }, 'another-token', {})
    const [first, second] = [world.passwords.get(ref), world.passwords.get(other)]
    expect(first).toMatch(/^[\w-]{32}aA1!$/)
    expect(second).not.toBe(first)
    expect(JSON.stringify(await link.detail(ref, {}))).not.toContain(first)
  })

  it('of Windows tell no password when Azure refuses them', async () => {
    const { place, whole } = await withSubnet()
    const imageId = 'MicrosoftWindowsServer:WindowsServer:2025-datacenter-azure-edition:latest'
    const error = await failure(link.cloud.create(place, { ...whole, imageId, type: 'Standard_None' }, token, {}), 'invalid-input')
    const [password] = world.passwords.values()
    expect(password).toMatch(/aA1!$/)
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(password)
  })

  it('of Windows are known by name to who may not look at images', async () => {
    bench.cloud.faults.add({ operation: /^VirtualMachineImages/, fault: { do: 'deny' } })
    const { place, whole } = await withSubnet()
    const imageId = 'MicrosoftWindowsServer:WindowsServer:2025-datacenter-azure-edition:latest'
    expect(world.machine(await link.cloud.create(place, { ...whole, imageId }, token, {})).windows).toBe(true)
    expect(world.machine(await link.cloud.create(place, { ...whole, name: 'tux' }, 'another-token', {})).windows).toBe(false)
  })

  it.each([
    ['no subnet', { subnetId: null }, 'azure.subnet-needed'],
    ['no key', { keyName: null }, 'azure.key-needed'],
    ['two groups', { groupIds: ['a', 'b'] }, 'azure.one-group'],
    ['an image of another form', { imageId: 'ubuntu' }, 'azure.image-form'],
  ])('%s is told before anything is made', async (_, wrong, code) => {
    const { place, whole } = await withSubnet()
    await failure(link.cloud.create(place, { ...whole, ...wrong }, token, {}), 'invalid-input', code)
    expect(bench.cloud.faults.count('NetworkInterfaces_CreateOrUpdate')).toBe(0)
  })
})

describe('inside and beside', () => {
  it('a command runs by the agent, and not in a machine that is off', async () => {
    const outcome = await link.cloud.runCommand(world.running, 'uptime\nwho', {})
    expect(outcome).toMatchObject({ exitCode: null, stdout: expect.stringContaining('uptime\nwho'), stderr: '' })
    await failure(link.cloud.runCommand(world.off, 'uptime', {}), 'precondition', 'machine.wrong-state')
  })

  it('a screen comes as PNG; without boot diagnostics the reason is told', async () => {
    expect((await link.cloud.screenshot(world.running, {})).mediaType).toBe('image/png')
    world.machine(world.running).bootDiagnostics = false
    await failure(link.cloud.screenshot(world.running, {}), 'unsupported', 'cloud.no-screenshot')
    await failure(link.cloud.serialOutput(world.running, {}), 'unsupported', 'cloud.no-serial')
  })

  it.each(['image', 'disk', 'address', 'network', 'subnet', 'firewall', 'key', 'snapshot'] as const)(
    '%s: what there is can be listed',
    async (kind) => {
      const found = await link.cloud.resources(world.subscriptions[0] as string, kind, '', {})
      expect(found.every((each) => each.kind === kind && each.id !== '' && each.name !== '')).toBe(true)
      expect(found.length > 0).toBe(kind !== 'firewall' && kind !== 'snapshot')
    },
  )

  it('samples of many machines of a region come in one call', async () => {
    const many = await startBench({ machines: 60 })
    const api = await many.api()
    const running: SeenMachine[] = []
    for (const place of many.cloud.world.subscriptions) {
      for await (const page of api.machines(place, {})) running.push(...page.filter(({ facts }) => facts.state === 'running'))
    }
    const told = await api.metrics(
      running.map(({ ref }) => ref),
      null,
      {},
    )
    expect(told.map(({ ref }) => ref).toSorted()).toEqual(running.map(({ ref }) => ref).toSorted())
    expect(told.every(({ metrics }) => (metrics.cpuPercent ?? 0) > 0 && (metrics.netRxBytesPerS ?? 0) > 0)).toBe(true)
    // of a size that nobody knows it is not known how much is used
    const unknown = running.filter(({ facts }) => facts.memoryKiB === 0).map(({ ref }) => ref)
    expect(told.filter(({ metrics }) => metrics.memoryUsedKiB === null).map(({ ref }) => ref)).toEqual(unknown)
    // two subscriptions with three regions each
    expect(many.cloud.faults.count('Metrics_ListAtSubscriptionScope')).toBe(6)
    api.close()
    await many.stop()
  })

  it.each([1, 30])(
    'samples since a time, of %i together: every minute at its own time, oldest first, none of a minute that goes on',
    async (count) => {
      const own = await startBench({ machines: 60 })
      const api = await own.api()
      const running: SeenMachine[] = []
      for await (const page of api.machines(own.cloud.world.subscriptions[0] as string, {})) {
        running.push(...page.filter(({ facts }) => facts.state === 'running'))
      }
      const refs = running.slice(0, count).map(({ ref }) => ref)
      const sinceMs = Date.now() - 15 * 60_000
      const told = await api.metrics(refs, sinceMs, {})
      expect(own.cloud.faults.count('Metrics_ListAtSubscriptionScope')).toBe(count === 1 ? 0 : 3)
      for (const ref of refs) {
        const times = told.filter((sample) => sample.ref === ref).map(({ metrics }) => metrics.atMs)
        expect(times.length).toBeGreaterThanOrEqual(14)
        expect(times.length).toBeLessThanOrEqual(15)
        expect(times[0]).toBeGreaterThanOrEqual(sinceMs)
        for (const [index, atMs] of times.entries()) expect(atMs).toBe((times[0] ?? 0) + index * 60_000)
        expect((times.at(-1) ?? 0) + 60_000).toBeLessThanOrEqual(Date.now())
      }
      expect(told.every(({ metrics }) => (metrics.cpuPercent ?? 0) > 0 && (metrics.netRxBytesPerS ?? 0) > 0)).toBe(true)
      expect(new Set(told.map(({ metrics }) => metrics.cpuPercent)).size).toBeGreaterThan(10)
      api.close()
      await own.stop()
    },
  )
})
