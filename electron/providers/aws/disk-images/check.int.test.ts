import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type AwsCloud, startAwsCloud } from '../../../../e2e/lab/clouds/aws/index.ts'
import type { CloudMachineSpec, MigrationFinding } from '../../../../shared/model/index.ts'
import type { CloudLink } from '../../cloud/index.ts'
import type { DiskExport, DiskImport, ImportDisk } from '../../provider.ts'
import { linkTest } from '../testing/account.ts'

const REGION = 'eu-central-1'
const GIB = 1_073_741_824
let cloud: AwsCloud
let link: CloudLink
let into: DiskImport
let out: DiskExport

beforeAll(async () => {
  cloud = await startAwsCloud({ machines: 2, regions: 1, transitionMs: 60 })
  link = await linkTest(cloud, { regions: [REGION] })
  const { images } = link.cloud
  if (!images.into || !images.out) throw new Error('both ways are there')
  into = images.into
  out = images.out
})
afterEach(() => {
  cloud.faults.clear()
  cloud.world.region(REGION).encryptsByDefault = false
})
afterAll(async () => {
  await link.close()
  await cloud.stop()
})

const disk = (sizeBytes: number, target = 'vda'): ImportDisk => ({
  target,
  sizeBytes,
  isBoot: target === 'vda',
  isUefi: false,
  isWindows: false,
  name: 'web-01',
})

function ask(
  spec: Partial<CloudMachineSpec> = {},
  disks: readonly ImportDisk[] = [disk(20 * GIB)],
  { isUefi = false, isWindows = false } = {},
) {
  const usual = { name: 'web-01', zone: null, type: 't3.small', imageId: '', subnetId: null, groupIds: [], publicAddress: false }
  const none = { keyName: null, sshKey: null, user: null, tags: [] }
  return into.check(REGION, { spec: { ...usual, ...none, ...spec }, isUefi, isWindows }, disks, {})
}

const codes = (findings: readonly MigrationFinding[], severity: MigrationFinding['severity']) =>
  findings.filter((finding) => finding.severity === severity).map(({ reason }) => reason.code.replace('transfer.aws-check.', ''))

test('nothing stands in the way of a usual machine, nothing is made by asking, and what cannot be known is said', async () => {
  const before = cloud.world.region(REGION).images.size
  const findings = await ask({}, [disk(20 * GIB), disk(1.5 * GIB, 'vdb')])
  expect(codes(findings, 'blocks')).toEqual([])
  expect(codes(findings, 'warns')).toEqual([])
  expect(codes(findings, 'passed')).toEqual(['type-fits', 'disk-size', 'disk-size', 'not-encrypted'])
  expect(findings.find(({ id }) => id === 'disks.aws-disk-size:vdb')?.reason.params).toMatchObject({ gib: '2' })
  const unknown = findings.find(({ severity }) => severity === 'unknown')?.reason.params?.permissions
  expect(unknown).toContain('ebs:StartSnapshot')
  expect(unknown).not.toContain('ec2:RegisterImage')
  expect([cloud.world.region(REGION).images.size, cloud.world.region(REGION).snapshots.size]).toEqual([before, 0])
})

test('permissions that are missing block, each by its name', async () => {
  cloud.faults.add({ operation: /^(RegisterImage|RunInstances|GetEbsEncryptionByDefault)$/, fault: { do: 'deny' } })
  const findings = await ask()
  expect(findings.filter(({ severity }) => severity === 'blocks').map(({ id }) => id)).toEqual([
    'trust.aws-permission-missing:ec2:RunInstances',
    'trust.aws-permission-missing:ec2:RegisterImage',
  ])
  expect(codes(findings, 'unknown')).toContain('encryption-unknown')
})

test('an endpoint that knows no dry run is not asked to register anything', async () => {
  cloud.ignoresDryRuns = true
  const before = cloud.faults.count('RegisterImage')
  const findings = await ask()
  cloud.ignoresDryRuns = false
  expect(cloud.faults.count('RegisterImage')).toBe(before)
  expect(findings.find(({ severity }) => severity === 'unknown')?.reason.params?.permissions).toContain('ec2:RegisterImage')
})

test('types that are not there, that are of another kind, or start in another way', async () => {
  expect(codes(await ask({ type: 'x9.none' }), 'blocks')).toEqual(['no-type'])
  const arm = await ask({ type: 't4g.small' })
  expect([codes(arm, 'warns'), codes(arm, 'blocks')]).toEqual([['arch'], ['boot-mode']])
  expect(codes(await ask({ type: 't4g.small' }, [disk(GIB)], { isUefi: true }), 'blocks')).toEqual([])
  expect(codes(await ask({}, [disk(GIB)], { isWindows: true }), 'warns')).toEqual(['windows-licence'])
})

test('disks that are too many, or too large to start from', async () => {
  expect(codes(await ask({}, [disk(3_000 * GIB)]), 'warns')).toEqual(['bios-boot'])
  const many = Array.from({ length: 13 }, (_, at) => disk(GIB, `vd${String.fromCodePoint(97 + at)}`))
  expect(codes(await ask({}, many), 'blocks')).toEqual(['too-many-disks'])
})

test('what the machine is to have and is not there; disks that will be encrypted', async () => {
  cloud.world.region(REGION).encryptsByDefault = true
  const findings = await ask({ subnetId: 'subnet-00000000000000000', groupIds: ['sg-00000000000000000'], keyName: 'nobody' })
  expect(codes(findings, 'blocks')).toEqual(['no-subnet', 'no-group', 'no-key'])
  expect(codes(findings, 'passed')).toContain('encrypted')
  const there = await ask({ subnetId: [...cloud.world.region(REGION).subnets.keys()][0] ?? null, keyName: 'operator' })
  expect(codes(there, 'blocks')).toEqual([])
})

test('out of it: what is missing, what is encrypted, what is gone', async () => {
  const ref = cloud.world.runningRef
  const [root] = [...(cloud.world.machine(ref)?.disks.values() ?? [])]
  cloud.faults.add({ operation: 'CreateSnapshot', fault: { do: 'deny' } })
  const findings = await out.check(ref, [root?.volumeId ?? '', 'vol-00000000000000000'], {})
  expect(codes(findings, 'blocks')).toEqual(['permission-missing', 'no-disk'])
  expect(codes(findings, 'unknown')).toEqual(['permissions-unknown', 'disk-encrypted'])
})
