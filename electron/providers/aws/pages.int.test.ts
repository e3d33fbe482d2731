import { afterEach, expect, test } from 'vitest'
import { type AwsCloud, startAwsCloud } from '../../../e2e/lab/clouds/aws/index.ts'
import type { CloudApi, SeenMachine } from '../cloud/index.ts'
import { openTest } from './testing/account.ts'

const REGION = 'eu-central-1'
let cloud: AwsCloud | null = null
let api: CloudApi | null = null
afterEach(async () => {
  api?.close()
  await cloud?.stop()
})

async function begin(machines: number) {
  cloud = await startAwsCloud({ machines, regions: 1, transitionMs: 50 })
  cloud.world.pageSize = 10
  api = (await openTest(cloud, { regions: [REGION] })).api
  return { cloud, api }
}

async function list(of: CloudApi): Promise<Map<string, SeenMachine>> {
  const all = new Map<string, SeenMachine>()
  for await (const page of of.machines(REGION, {})) for (const seen of page) all.set(seen.ref, seen)
  return all
}

/** Those that were read anew: an answer with the same words gives the very same objects. */
function readAnew(before: ReadonlyMap<string, SeenMachine>, after: ReadonlyMap<string, SeenMachine>): string[] {
  return [...after].filter(([ref, seen]) => before.get(ref) !== seen).map(([ref]) => ref)
}

test('a page with the same words is not read again; one that changed is, and the others are not', async () => {
  const there = await begin(60)
  const first = await list(there.api)
  expect(first.size).toBe(60)
  const second = await list(there.api)
  expect(second.size).toBe(60)
  expect(readAnew(first, second)).toEqual([])

  there.cloud.world.setTag(there.cloud.world.stoppedRef, 'Name', 'renamed')
  const third = await list(there.api)
  expect(third.get(there.cloud.world.stoppedRef)?.facts.name).toBe('renamed')
  const anew = readAnew(second, third)
  expect(anew.length).toBeGreaterThan(0)
  expect(anew.length).toBeLessThan(30)
})

test('one more and one less are seen; a page that becomes the last one is', async () => {
  const there = await begin(30)
  await list(there.api)
  const added = there.cloud.world.add({ name: 'newcomer' })
  expect((await list(there.api)).get(added)?.facts.name).toBe('newcomer')
  there.cloud.world.setState(added, 'terminated')
  const after = await list(there.api)
  expect(after.has(added)).toBe(false)
  expect([...after.keys()].toSorted()).toEqual(there.cloud.world.refs().toSorted())
})

test('what lies beside a machine is not remembered with it: its protection, the size of its disk', async () => {
  const there = await begin(30)
  const ref = there.cloud.world.stoppedRef
  expect((await list(there.api)).get(ref)?.facts.cloud?.isProtected).toBeNull()
  await there.api.machine(ref, {})
  const known = (await list(there.api)).get(ref)
  expect(known?.facts.cloud?.isProtected).toBe(false)
  const [disk] = known?.facts.cloud?.disks ?? []
  if (!known || !disk) throw new Error('no disk')
  await there.api.begin({ action: 'growDisk', diskId: disk.id, sizeBytes: 64 * 1_073_741_824 }, { seen: known, requestId: 'r' }, {})
  await there.api.machine(ref, {})
  expect((await list(there.api)).get(ref)?.facts.cloud?.disks[0]?.sizeBytes).toBe(64 * 1_073_741_824)
})

test('images are called by their names, which are asked for once; where they may not be read, they have their ids', async () => {
  const there = await begin(30)
  const machines = [...(await list(there.api)).values()]
  const names = machines.map(({ facts }) => facts.cloud?.image?.name)
  expect(names.every((name) => typeof name === 'string' && name !== '')).toBe(true)
  const { faults } = there.cloud
  const asked = faults.count('DescribeImages')
  await list(there.api)
  expect(faults.count('DescribeImages')).toBe(asked)

  const poor = await begin(30)
  poor.cloud.faults.add({ operation: 'DescribeImages', fault: { do: 'deny' } })
  const nameless = [...(await list(poor.api)).values()]
  expect(nameless.length).toBe(30)
  expect(new Set(nameless.map(({ facts }) => facts.cloud?.image?.name))).toEqual(new Set([null]))
})

test('two lists at once do not mix up what they remember', async () => {
  const there = await begin(30)
  const [one, two] = await Promise.all([list(there.api), list(there.api)])
  there.cloud.world.setTag(there.cloud.world.runningRef, 'Name', 'changed')
  const [three, four] = await Promise.all([list(there.api), list(there.api)])
  for (const each of [one, two]) expect(each.get(there.cloud.world.runningRef)?.facts.name).not.toBe('changed')
  for (const each of [three, four, await list(there.api)]) expect(each.get(there.cloud.world.runningRef)?.facts.name).toBe('changed')
})
