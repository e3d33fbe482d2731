import { describe, expect, test } from 'vitest'
import { transferPlanSchema } from '../../../shared/model/index.ts'
import { runBookOf } from './run-book.ts'
import { DISK, GIB, plan, type Wish } from './testing/plan-bench.ts'

describe('into a cloud', () => {
  test.each([
    ['c2.h.eu', 'eu-central-1', ['drivers', 'bucket', 'role', 'convert-vda', 'send-vda', 'import', 'run', 'tidy']],
    ['c3.h.sub', 'westeurope', ['drivers', 'group', 'convert-vda', 'disk-vda', 'send-vda', 'run', 'tidy']],
    ['c4.h.prj', 'europe-west3', ['drivers', 'bucket', 'convert-vda', 'send-vda', 'import-vda', 'run', 'tidy']],
  ])('%s: steps with commands and checks', async (to, region, ids) => {
    const made = await plan({ to, region })
    expect(transferPlanSchema.parse(made)).toEqual(made)
    const [way, ...others] = made.ways
    expect(others).toEqual([])
    expect(way).toMatchObject({ way: 'image-import', done: 'run-book', obstacle: null })
    expect(way?.steps.map(({ id }) => id)).toEqual(ids)
    const convert = way?.steps.find(({ id }) => id === 'convert-vda')?.command
    expect(convert).toContain("'/srv/it'\\''s here/web.qcow2'")
    expect(way?.steps.filter(({ check, id }) => check === null && id !== 'tidy')).toEqual([])
    expect(way?.findings.map(({ id, severity }) => [id, severity])).toEqual([
      ['transfer.off', 'passed'],
      ['transfer.by-hand', 'warns'],
    ])
  })

  test('costs are from the price list where it has any, and said to be unknown where not', async () => {
    const [way] = (await plan({ to: 'c2.h.eu' })).ways
    const [compute, storage, bucket] = way?.costs ?? []
    expect(compute?.usdPerMonth).toBeGreaterThan(5)
    expect(compute?.usdPerMonth).toBeLessThan(200)
    expect(compute?.source).toMatch(/\d{4}-\d\d-\d\d/)
    expect(storage).toMatchObject({ usdPerMonth: null, what: { params: { size: '20', cloud: 'AWS' } } })
    expect(bucket).toMatchObject({ usdPerMonth: null, what: { params: { size: '3.0 GiB' } } })
    const [nowhere] = (await plan({ to: 'c4.h.prj' })).ways
    expect(nowhere?.costs[0]).toMatchObject({ usdPerMonth: null, what: { code: 'transfer.cost.compute-unknown' } })
  })

  test('the type that is proposed is large enough', async () => {
    const [way] = (await plan({ to: 'c2.h.eu', machine: { vcpus: 16, memoryKiB: 64 * 1_048_576 } })).ways
    expect(way?.steps.find(({ id }) => id === 'run')?.command).toMatch(/--instance-type \S+(4|8)xlarge/)
  })

  test('Windows and UEFI are told to the import, and what differs for them', async () => {
    const [way] = (
      await plan({
        to: 'c2.h.eu',
        machine: { os: 'Microsoft Windows Server 2022' },
        firmware: 'uefi',
      })
    ).ways
    expect(way?.steps.find(({ id }) => id === 'import')?.command).toMatch(/--platform Windows .*--boot-mode uefi /)
    expect(way?.differs.map(({ topic }) => topic)).toContain('licence')
    expect(way?.differs.map(({ reason }) => reason.code)).toContain('transfer.differs.uefi')
  })

  test('one that is on, one too large, and one that cannot be seen now', async () => {
    const found = async (wish: Partial<Wish>) =>
      (await plan({ to: 'c3.h.sub', ...wish })).ways[0]?.findings.map(({ id, severity }) => `${severity} ${id}`)
    expect(await found({ machine: { state: 'running' } })).toContain('blocks transfer.on')
    expect(await found({ disks: [{ ...DISK, capacityBytes: 5_000 * GIB }] })).toContain('blocks transfer.disk-too-large:vda')
    expect(await found({ isLinked: false })).toContain('unknown transfer.disks-unknown')
  })
})

describe('out of a cloud', () => {
  const cloud = (id: string) => ({
    id,
    region: 'eu-central-1',
    zone: 'eu-central-1a',
    disks: [{ id: 'disk-1', name: 'boot', sizeBytes: 8 * GIB, type: null, boot: true }],
  })

  test.each([
    ['c2', 'c2.h.eu', 'i-0abc', ['bucket', 'image', 'export', 'link', 'fetch', 'convert', 'build', 'tidy']],
    [
      'c3',
      'c3.h.sub',
      '/subscriptions/s/resourceGroups/shop/providers/Microsoft.Compute/virtualMachines/web',
      ['link', 'fetch', 'convert', 'build', 'tidy'],
    ],
    ['c4', 'c4.h.prj', '4711', ['bucket', 'image', 'export', 'link', 'fetch', 'convert', 'build', 'tidy']],
  ])('%s: exported by hand, fetched and built by the console', async (connectionId, hostId, id, ids) => {
    const made = await plan({ to: 'c1.h.kvm', machine: { connectionId, hostId, cloud: cloud(id) } })
    expect(made.disks).toEqual([{ target: 'boot', format: null, capacityBytes: 8 * GIB, allocationBytes: null }])
    const [way] = made.ways
    expect(way?.steps.map((step) => step.id)).toEqual(ids)
    expect(way?.steps.filter(({ by }) => by === 'console').map((step) => step.id)).toEqual(['fetch', 'convert', 'build'])
  })

  test('of Azure the disk is named as its account names it', async () => {
    const id = '/subscriptions/s/resourceGroups/shop/providers/Microsoft.Compute/virtualMachines/web'
    const { ways } = await plan({ to: 'c1.h.kvm', machine: { connectionId: 'c3', hostId: 'c3.h.sub', cloud: cloud(id) } })
    expect(ways[0]?.steps[0]?.command).toContain('--resource-group shop --name boot')
  })

  test('to another cloud there is no way but over a host', async () => {
    const [way] = (await plan({ to: 'c4.h.prj', machine: { connectionId: 'c2', hostId: 'c2.h.eu', cloud: cloud('i-1') } })).ways
    expect(way?.obstacle?.code).toBe('transfer.obstacle.two-clouds')
  })
})

test('to a host of another kind it goes as a package', async () => {
  const { ways } = await plan({ to: 'c5.h.sim' })
  expect(ways.map(({ way, done }) => [way, done])).toEqual([['package', 'elsewhere']])
})

test('a run-book stands alone', async () => {
  const made = await plan({ to: 'c2.h.eu' })
  const [way] = made.ways
  if (!way) throw new Error('no way')
  const { fileName, markdown } = runBookOf(made, way)
  expect(fileName).toBe('web-shop-image-import.md')
  expect(markdown).toContain('# Web & Shop: kvm-01 → eu-central-1')
  expect(markdown).toContain('- vda: qcow2, 20.0 GiB, of which 3.0 GiB are used')
  expect(markdown.match(/^- \[ \] \*\*\d+\./gm)).toHaveLength(way.steps.length)
  expect(markdown).toContain('Done when this shows completed, and the image’s id (ami-…):')
  expect(markdown).toMatch(/^ {2}```sh\n {2}aws ec2 import-image --region eu-central-1 /m)
})
