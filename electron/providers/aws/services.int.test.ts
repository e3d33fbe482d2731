import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AwsCloud, startAwsCloud } from '../../../e2e/lab/clouds/aws/index.ts'
import { cloudResourceSchema } from '../../../shared/model/index.ts'
import type { CloudLink } from '../cloud/index.ts'
import type { MachineSample } from '../provider.ts'
import { linkTest } from './testing/account.ts'

const REGION = 'eu-central-1'
let cloud: AwsCloud
let link: CloudLink

beforeAll(async () => {
  cloud = await startAwsCloud({ machines: 12, regions: 1, transitionMs: 60 })
  link = await linkTest(cloud, { regions: [REGION] })
})
afterAll(async () => {
  await link.close()
  await cloud.stop()
})

const facts = async (ref: string) => {
  const detail = await link.detail(ref, {})
  return JSON.parse(detail.xml) as { readonly InstanceType?: string; readonly State?: { readonly Name?: string } }
}

test('another type, while it is off; types say why a machine cannot have them', async () => {
  const ref = cloud.world.stoppedRef
  const types = await link.cloud.machineTypes(REGION, ref, {})
  expect(types.find(({ name }) => name === 'm6i.large')).toMatchObject({
    vcpus: 2,
    memoryKiB: 8_388_608,
    arch: 'x86_64',
    family: 'm6i',
    reason: null,
  })
  expect(types.find(({ name }) => name === 't4g.small')?.reason).toMatch(/arm64/)
  expect(types.find(({ name }) => name === 'g5.xlarge')?.gpus).toBe(1)
  await link.act(ref, { action: 'resize', type: 'm6i.large' }, {})
  expect((await facts(ref)).InstanceType).toBe('m6i.large')
})

test('protection is set, seen, and taken off; protected it is not deleted', async () => {
  const ref = cloud.world.add({ name: 'guarded' })
  await link.act(ref, { action: 'setProtection', isProtected: true }, {})
  await expect(
    link.act(ref, { action: 'delete', diskKeys: [], withSnapshots: false, withNvram: false, withTpm: false, withManagedSave: false }, {}),
  ).rejects.toMatchObject({
    kind: 'precondition',
    code: 'machine.protected',
  })
  await link.act(ref, { action: 'setProtection', isProtected: false }, {})
  expect(cloud.world.machine(ref)?.isProtected).toBe(false)
})

test('of the disks those that were chosen go, and the others stay', async () => {
  const ref = cloud.world.add({ name: 'goes' })
  const region = cloud.world.region(REGION)
  const zone = cloud.world.machine(ref)?.zone ?? ''
  const data = region.addVolume({ sizeGb: 5, zone, state: 'available', snapshotId: null, type: 'gp3' })
  await link.act(ref, { action: 'attachDisk', diskId: data.id }, {})
  const plan = await link.deletionPlan(ref, {})
  expect(plan.disks.map(({ key, capacityBytes, deletable }) => [key, capacityBytes, deletable])).toContainEqual([
    data.id,
    5 * 1_073_741_824,
    true,
  ])
  const root = plan.disks.find(({ key }) => key !== data.id)?.key ?? ''
  await link.act(
    ref,
    { action: 'delete', diskKeys: [data.id], withSnapshots: false, withNvram: false, withTpm: false, withManagedSave: false },
    {},
  )
  expect(region.volumes.has(data.id)).toBe(false)
  expect(region.volumes.get(root)?.state).toBe('available')
})

test('a disk is attached, grown, copied and detached', async () => {
  const ref = cloud.world.runningRef
  const region = cloud.world.region(REGION)
  const zone = cloud.world.machine(ref)?.zone ?? ''
  const { id: diskId } = region.addVolume({ sizeGb: 2, zone, state: 'available', snapshotId: null, type: 'gp3' })
  await link.act(ref, { action: 'attachDisk', diskId }, {})
  await link.act(ref, { action: 'growDisk', diskId, sizeBytes: 3 * 1_073_741_824 }, {})
  expect(region.volumes.get(diskId)?.sizeGb).toBe(3)
  const action = { action: 'snapshotDisk', diskId, name: 'before' } as const
  const baseline = await link.baseline(ref, action, {})
  expect(await link.probe(ref, action, baseline, {})).toBe('not-done')
  await link.act(ref, action, { baseline })
  expect(await link.probe(ref, action, baseline, {})).toBe('done')
  // the same request once more makes no second one
  await link.act(ref, action, { baseline })
  expect([...region.snapshots.values()].filter(({ volumeId }) => volumeId === diskId).length).toBe(1)
  await link.act(ref, { action: 'detachDisk', diskId }, {})
  expect(region.volumes.get(diskId)?.state).toBe('available')
})

test('an image of a machine, and one whose answer was lost', async () => {
  const ref = cloud.world.runningRef
  const action = { action: 'createImage', name: 'golden' } as const
  const baseline = await link.baseline(ref, action, {})
  cloud.faults.add({ operation: 'CreateImage', times: 1, fault: { do: 'lose-reply' } })
  await expect(link.act(ref, action, { baseline })).rejects.toMatchObject({ kind: 'indeterminate' })
  expect(await link.probe(ref, action, baseline, {})).toBe('done')
  const images = await link.cloud.resources(REGION, 'image', '', {})
  expect(images[0]).toMatchObject({ name: 'golden', kind: 'image' })
})

test('hibernated it is saved, a start brings it back, and it is not deleted by the way', async () => {
  const ref = cloud.world.add({ name: 'sleeper', hibernation: true })
  await link.act(ref, { action: 'managedSave' }, {})
  expect(cloud.world.machine(ref)?.stateReason?.code).toBe('Client.UserInitiatedHibernate')
  const remove = { action: 'delete' as const, diskKeys: [], withSnapshots: false, withNvram: false, withTpm: false }
  await expect(link.act(ref, { ...remove, withManagedSave: false }, {})).rejects.toMatchObject({ code: 'machine.has-managed-save' })
  await link.act(ref, { action: 'restore' }, {})
  expect(cloud.world.machine(ref)?.state).toBe('running')
  await expect(link.act(cloud.world.add({ name: 'wakeful' }), { action: 'managedSave' }, {})).rejects.toMatchObject({ kind: 'unsupported' })
})

test('a launch is one launch, however often it is asked for', async () => {
  const [image] = await link.cloud.resources(REGION, 'image', 'al2023', {})
  const spec = {
    name: 'made',
    zone: null,
    type: 't3.small',
    imageId: image?.id ?? '',
    subnetId: null,
    groupIds: [],
    publicAddress: true,
    keyName: 'operator',
    sshKey: 'ssh-ed25519 AAAA operator',
    user: 'ops',
    tags: ['env=test'],
  }
  const token = '0b1f6471-0000-4000-8000-000000000001'
  expect(await link.cloud.created(REGION, token, {})).toBeNull()
  cloud.faults.add({ operation: 'RunInstances', times: 1, fault: { do: 'lose-reply' } })
  await expect(link.cloud.create(REGION, spec, token, {})).rejects.toMatchObject({ kind: 'indeterminate' })
  const ref = await link.cloud.created(REGION, token, {})
  expect(await link.cloud.create(REGION, spec, token, {})).toBe(ref)
  const made = cloud.world.machine(ref ?? '')
  expect(Object.fromEntries(made?.tags ?? [])).toEqual({ Name: 'made', env: 'test' })
  expect(Buffer.from(made?.userData ?? '', 'base64').toString()).toMatch(/^#cloud-config\n[\s\S]*"ops"[\s\S]*ssh-ed25519 AAAA operator/)
})

test.each(['image', 'disk', 'snapshot', 'address', 'network', 'subnet', 'firewall', 'key', 'zone'] as const)(
  '%ss can be read',
  async (kind) => {
    const found = await link.cloud.resources(REGION, kind, '', {})
    expect(found.length).toBeGreaterThan(0)
    for (const one of found) {
      expect(cloudResourceSchema.safeParse(one).error?.issues).toBeUndefined()
      expect([one.kind, one.id !== '', one.name !== '']).toEqual([kind, true, true])
    }
  },
)

test('serial output, a screenshot, a command by the agent, and one without an agent', async () => {
  const ref = cloud.world.runningRef
  expect(await link.cloud.serialOutput(ref, {})).toMatch(/Linux version[\s\S]*login: $/)
  const picture = await link.cloud.screenshot(ref, {})
  expect(Buffer.from(picture.base64, 'base64').subarray(0, 2).toString('hex')).toBe('ffd8')
  expect(await link.cloud.runCommand(ref, 'echo hello', {})).toEqual({ exitCode: 0, stdout: 'hello\n', stderr: '' })
  expect(await link.cloud.runCommand(ref, 'echo x\nexit 3', {})).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('exit status'),
  })
  await expect(link.cloud.runCommand(cloud.world.stoppedRef, 'true', {})).rejects.toMatchObject({
    kind: 'precondition',
    code: 'cloud.no-agent',
  })
})

test('machines that have neither serial output nor a picture say so', async () => {
  const ref = cloud.world.runningRef
  const refusal = { do: 'error', status: 400, code: 'UnsupportedOperation', message: 'This instance type does not support it' } as const
  const calm = cloud.faults.add({ operation: /^GetConsole/, fault: refusal })
  await expect(link.cloud.serialOutput(ref, {})).rejects.toMatchObject({ kind: 'unsupported', code: 'cloud.no-serial' })
  await expect(link.cloud.screenshot(ref, {})).rejects.toMatchObject({ kind: 'unsupported', code: 'cloud.no-screenshot' })
  calm()
  // without the latest output there is that of the last start
  cloud.faults.add({ operation: 'GetConsoleOutput', times: 1, fault: refusal })
  expect(await link.cloud.serialOutput(ref, {})).toContain('login:')
})

test('samples of more machines than one call takes; those that are off have none', async () => {
  const wide = await startAwsCloud({ machines: 150, regions: 1 })
  const opened = await linkTest(wide, { regions: [REGION] })
  const seen: string[] = []
  const sink = {
    changes: () => undefined,
    metrics: (
      samples: ReadonlyArray<{
        readonly ref: string
        readonly metrics: { readonly cpuPercent: number | null; readonly netRxBytesPerS: number | null }
      }>,
    ) => {
      for (const { ref, metrics } of samples) {
        if (metrics.cpuPercent !== null && (metrics.netRxBytesPerS ?? 0) > 0) seen.push(ref)
      }
    },
    event: () => undefined,
    confirmed: () => undefined,
    unseen: () => undefined,
  }
  await opened.watch(sink, {})
  const running = wide.world.refs().filter((ref) => wide.world.machine(ref)?.state === 'running')
  opened.setInterest({ visibleRefs: new Set(wide.world.refs()), focusedRef: null })
  await expect.poll(() => seen.length).toBe(running.length)
  expect(seen.toSorted()).toEqual(running.toSorted())
  expect(wide.faults.count('GetMetricData')).toBe(Math.ceil(running.length / 100))
  await opened.close()
  await wide.stop()
})

test('the machine in focus brings the periods of the last 15 minutes that are over, each at its own time', async () => {
  const opened = await linkTest(cloud, { regions: [REGION] })
  const heard: MachineSample[] = []
  const sink = {
    changes: () => undefined,
    metrics: (samples: readonly MachineSample[]) => heard.push(...samples),
    event: () => undefined,
    confirmed: () => undefined,
    unseen: () => undefined,
  }
  await opened.watch(sink, {})
  const focusedRef = cloud.world.runningRef
  const fromMs = Date.now() - 15 * 60_000
  opened.setInterest({ visibleRefs: new Set([focusedRef]), focusedRef })
  await expect.poll(() => heard.length).toBeGreaterThan(0)
  const times = heard.map(({ metrics }) => metrics.atMs)
  expect(heard.every(({ ref }) => ref === focusedRef)).toBe(true)
  expect(times.length).toBeGreaterThanOrEqual(2)
  expect(times.length).toBeLessThanOrEqual(3)
  expect(times[0]).toBeGreaterThanOrEqual(fromMs)
  for (const [index, atMs] of times.entries()) expect(atMs).toBe((times[0] ?? 0) + index * 300_000)
  expect((times.at(-1) ?? 0) + 300_000).toBeLessThanOrEqual(Date.now())
  expect(heard.map(({ isPast }) => isPast === true)).toEqual([...times.slice(1).map(() => true), false])
  expect(heard.every(({ metrics }) => (metrics.cpuPercent ?? 0) > 0 && (metrics.netRxBytesPerS ?? 0) > 0)).toBe(true)
  await opened.close()
})
