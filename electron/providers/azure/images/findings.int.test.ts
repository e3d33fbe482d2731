import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { AzureDisk } from '../../../../e2e/lab/clouds/azure/parts.ts'
import type { AzureWorld } from '../../../../e2e/lab/clouds/azure/world.ts'
import type { CloudMachineSpec, MigrationFinding } from '../../../../shared/model/index.ts'
import { failure } from '../../conformance/fixture.ts'
import type { DiskExport, DiskImport, ImportDisk } from '../../provider.ts'
import type { AzureApi } from '../api.ts'
import { type AzureBench, startBench } from '../testing/azure-bench.ts'

const GIB = 1024 ** 3

let bench: AzureBench
let world: AzureWorld
let api: AzureApi
let into: DiskImport
let out: DiskExport
let spec: Omit<CloudMachineSpec, 'imageId'>

beforeAll(async () => {
  bench = await startBench({ machines: 6 })
  ;({ world } = bench.cloud)
})
afterAll(() => bench.stop())

beforeEach(async () => {
  api = await bench.api()
  if (!api.images?.into || !api.images.out) throw new Error('Azure has both ways')
  ;({ into, out } = { into: api.images.into, out: api.images.out })
  const [subnet] = await api.resources(place(), 'subnet', '', {})
  const none = { groupIds: [], keyName: null, sshKey: null, user: null, tags: [], publicAddress: false, zone: null }
  spec = { ...none, name: 'moved', type: 'Standard_B2s', subnetId: subnet?.id ?? '' }
})
afterEach(() => {
  world.permissions.clear()
  bench.cloud.faults.clear()
  api.close()
})

function place(): string {
  return world.subscriptions[0] as string
}

function diskOf(over: Partial<ImportDisk> = {}): ImportDisk {
  return { target: 'vda', sizeBytes: 20 * GIB, isBoot: true, isUefi: false, isWindows: false, name: 'web vda', ...over }
}

function brief(findings: readonly MigrationFinding[]) {
  return findings.map(({ id, severity, reason: { text } }) => [id, severity, text])
}

async function intoAzure(over: Partial<typeof spec> = {}, disks: readonly ImportDisk[] = [diskOf()], isUefi = false) {
  return brief(await into.check(place(), { spec: { ...spec, ...over }, isUefi, isWindows: false }, disks, {}))
}

const ALLOWED = ['options.azure-disk-permissions-there', 'passed', 'This login has the permissions for it.']

it('into Azure: nothing in the way, and nothing is made', async () => {
  const before = [world.disks.size, world.nics.size, world.operations.size]
  expect(await intoAzure()).toEqual([
    ALLOWED,
    ['machine-type.azure-type-fits', 'passed', `Standard_B2s is offered in ${world.machine(world.running).location}`],
  ])
  expect([world.disks.size, world.nics.size, world.operations.size]).toEqual(before)
})

it('into Azure: what is too large, too many, taken or unknown', async () => {
  const { name, resourceGroup } = world.machine(world.running)
  const data = Array.from({ length: 70 }, (_, index) => diskOf({ isBoot: false, target: `d${index}`, sizeBytes: GIB }))
  const huge = [diskOf({ sizeBytes: 4_096 * GIB }), diskOf({ isBoot: false, target: 'vdb', sizeBytes: 32_768 * GIB })]
  expect(await intoAzure({ type: 'Standard_X' }, huge)).toEqual([
    ALLOWED,
    ['disks.azure-disk-too-large:vda', 'blocks', 'The disk vda has 4096 GiB; Azure takes 4095 GiB of it at most.'],
    ['disks.azure-disk-too-large:vdb', 'blocks', 'The disk vdb has 32768 GiB; Azure takes 32767 GiB of it at most.'],
    ['machine-type.azure-type-unknown', 'blocks', expect.stringContaining('has no machines of the type Standard_X')],
  ])
  expect(await intoAzure({ name }, [diskOf(), ...data])).toEqual([
    ALLOWED,
    ['name.azure-machine-name-taken', 'blocks', `The resource group ${resourceGroup} has a machine named ${name} already.`],
    ['disks.azure-too-many-disks', 'blocks', expect.stringMatching(/takes \d+ disks beside that of the system, and there are 70/)],
  ])
})

it('into Azure: without a subnet there is no region either', async () => {
  expect(await intoAzure({ subnetId: null })).toEqual([
    ALLOWED,
    ['networks.azure-disk-subnet', 'blocks', expect.stringContaining('Choose a subnet')],
  ])
})

it('into Azure: UEFI comes without what seals, BIOS not on a type that knows UEFI alone', async () => {
  expect(await intoAzure({}, [diskOf()], true)).toContainEqual([
    'tpm.azure-disk-no-trusted-launch',
    'warns',
    expect.stringContaining('without Secure Boot and without a TPM'),
  ])
  const arm = (await api.machineTypes(place(), null, {})).find(({ arch }) => arch === 'aarch64')
  expect(await intoAzure({ type: arm?.name ?? '' })).toEqual([
    ALLOWED,
    ['machine-type.azure-type-arm', 'warns', expect.stringContaining('Arm processors')],
    ['firmware.azure-type-generation', 'blocks', expect.stringContaining('do not start from BIOS')],
  ])
})

it('both ways: permissions that are missing are named, those that cannot be read are not taken for missing', async () => {
  world.permissions.set(place(), [{ actions: ['*'], notActions: ['Microsoft.Compute/*/endGetAccess/action'] }])
  const said = (kind: string) => `This login lacks permissions for it: Microsoft.Compute/${kind}/endGetAccess/action. Add them to its role.`
  expect((await intoAzure())[0]).toEqual(['options.azure-disk-permissions', 'blocks', said('disks')])
  const vm = world.machine(world.running)
  const disk = vm.disks[0]?.disk.id.toLowerCase() ?? ''
  expect(brief(await out.check(world.running, [disk], {}))[0]).toEqual(['options.azure-disk-permissions', 'blocks', said('snapshots')])
  bench.cloud.faults.add({ operation: /Permissions/, fault: { do: 'deny' } })
  expect((await intoAzure())[0]).toEqual(['options.azure-disk-permissions-unknown', 'unknown', expect.any(String)])
})

it('into Azure: types that may not be read are unknown, and no obstacle', async () => {
  for (const operation of ['ResourceSkus_List', 'VirtualMachineSizes_List']) bench.cloud.faults.add({ operation, fault: { do: 'deny' } })
  expect(await intoAzure()).toEqual([ALLOWED, ['machine-type.azure-type-unread', 'unknown', expect.stringContaining('may not be read')]])
})

it('a login that is refused is an error, and no finding', async () => {
  bench.cloud.faults.add({ operation: /Permissions/, fault: { do: 'revoke' } })
  expect((await failure(intoAzure(), 'unauthenticated')).code).toBe('cloud.credentials-refused')
})

it.each<[string, AzureDisk['properties'], MigrationFinding['severity']]>([
  ['readable', {}, 'passed'],
  ['deny-all', { networkAccessPolicy: 'DenyAll' }, 'blocks'],
  ['private', { networkAccessPolicy: 'AllowPrivate' }, 'warns'],
  ['private', { networkAccessPolicy: 'AllowAll', publicNetworkAccess: 'Disabled' }, 'warns'],
  ['login', { dataAccessAuthMode: 'AzureActiveDirectory' }, 'blocks'],
  ['encrypted', { encryptionSettingsCollection: { enabled: true } }, 'blocks'],
  ['confidential', { securityProfile: { securityType: 'ConfidentialVM_DiskEncryptedWithPlatformKey' } }, 'blocks'],
  ['sectors', { creationData: { createOption: 'Empty', logicalSectorSize: 4096 } }, 'warns'],
])('out of Azure: a disk that is %s', async (code, properties, severity) => {
  const disk = world.machine(world.running).disks[0]?.disk
  if (!disk) throw new Error('every machine has a disk')
  disk.properties = properties ?? {}
  const id = disk.id.toLowerCase()
  expect(brief(await out.check(world.running, [id], {}))).toEqual([
    ALLOWED,
    [`disks.azure-disk-${code}:${disk.name}`, severity, expect.stringContaining(` disk ${disk.name} `)],
  ])
  delete disk.properties
})

it('out of Azure: a disk that is gone, a machine that is', async () => {
  const id = `${world.machine(world.running).disks[0]?.disk.id.toLowerCase()}-none`
  expect(brief(await out.check(world.running, [id], {}))[1]).toMatchObject([
    expect.stringContaining('disk-gone'),
    'blocks',
    expect.stringContaining('There is no disk'),
  ])
  await failure(out.check(`${world.running}-none`, [], {}), 'not-found', 'machine.not-found')
})
