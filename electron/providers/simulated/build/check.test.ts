import { XMLValidator } from 'fast-xml-parser'
import { expect, test } from 'vitest'
import { type BuildFinding, buildFindingSchema, buildOptionsSchema, type MachineSpecInput } from '../../../../shared/model/index.ts'
import type { ProviderConnection } from '../../provider.ts'
import { definitionOf, IMAGE } from '../testing/builds.ts'
import { createPeer } from '../testing/peer.ts'

const HOST = 'kvm-gdn-001'
const GIB = 2 ** 30

function builderOf(connection: ProviderConnection) {
  if (!connection.builder) throw new Error('no builder')
  return connection.builder
}

async function findingsOf(spec: Partial<MachineSpecInput>, count = 1, hostRef = HOST): Promise<readonly BuildFinding[]> {
  const peer = createPeer({ hosts: 40, machines: 400 })
  const findings = await builderOf(await peer.connect()).check(hostRef, definitionOf('web-01', 1, spec), count, {})
  for (const each of findings) expect(buildFindingSchema.parse(each)).toEqual(each)
  return findings
}

function diskOf(pool: string, gibs: number, format: 'raw' | 'qcow2' = 'raw') {
  return { source: { kind: 'new', pool, sizeBytes: gibs * GIB, format } } as const
}

test('a sound machine has nothing against it', async () => {
  expect(await findingsOf({})).toEqual([])
})

test.each<readonly [string, Partial<MachineSpecInput>, string, unknown]>([
  ['build.pool-missing', { disks: [diskOf('nowhere', 1)] }, 'spec.disks.0.source.pool', expect.any(String)],
  ['build.pool-too-small', { disks: [diskOf('default', 4_000)] }, 'spec.disks.0.source.pool', expect.any(String)],
  ['build.pool-takes-no-qcow2', { disks: [diskOf('ceph-vm', 1, 'qcow2')] }, 'spec.disks.0.source.pool', 'raw'],
  ['build.network-missing', { nics: [{ source: { kind: 'network', network: 'nowhere' } }] }, 'spec.nics.0.source.network', 'prod'],
  ['build.bridge-missing', { nics: [{ source: { kind: 'bridge', bridge: 'br9' } }] }, 'spec.nics.0.source.bridge', 'br0'],
  ['build.device-missing', { nics: [{ source: { kind: 'macvtap', device: 'eth9' } }] }, 'spec.nics.0.source.device', 'eno1'],
  ['build.vlan-not-possible', { nics: [{ source: { kind: 'network', network: 'prod' }, vlan: 7 }] }, 'spec.nics.0.vlan', null],
  ['build.pool-overcommitted', { disks: [diskOf('default', 4_000, 'qcow2')] }, 'spec.disks.0.source.pool', null],
  ['build.machine-type-not-offered', { machineType: 'virt' }, 'spec.machineType', 'q35'],
  ['build.cpu-model-not-offered', { cpu: { vcpus: 1, mode: 'custom', model: 'Pentium-9' } }, 'spec.cpu.model', null],
  ['build.too-many-vcpus', { cpu: { vcpus: 1_000, mode: 'maximum' } }, 'spec.cpu.vcpus', 288],
  ['build.more-vcpus-than-host', { cpu: { vcpus: 200, mode: 'maximum' } }, 'spec.cpu.vcpus', null],
  ['build.memory-above-host', { memoryMiB: 64 * 1_048_576 }, 'spec.memoryMiB', null],
  ['build.not-a-cd', { media: [IMAGE] }, 'spec.media.0', null],
  ['build.volume-missing', { media: [{ pool: 'iso', volume: 'none.iso' }] }, 'spec.media.0', null],
])('%s is found where it stands, with its mend', async (code, spec, field, mend) => {
  const findings = await findingsOf(spec)
  expect(findings.map((each) => each.code)).toContain(code)
  const finding = findings.find((each) => each.code === code)
  expect(finding).toMatchObject({ field, text: expect.stringMatching(/./) })
  expect(finding?.mend?.value ?? null).toEqual(mend)
})

test('a disk that is smaller than its image is mended by its size', async () => {
  const source = { kind: 'image', pool: 'default', base: IMAGE, mode: 'copy', sizeBytes: GIB, format: 'qcow2' } as const
  expect(await findingsOf({ disks: [{ source }] })).toMatchObject([
    { code: 'build.disk-smaller-than-image', severity: 'blocks', mend: { field: 'spec.disks.0.source.sizeBytes', value: 2 * GIB } },
  ])
})

test('an image that a machine has as its disk is warned of', async () => {
  const peer = createPeer({ hosts: 1, machines: 40 })
  const connection = await peer.connect()
  const used = (await connection.volumes?.list(HOST, 'default', {}))?.find(({ usedBy, format }) => usedBy.length > 0 && format === 'qcow2')
  const base = { pool: 'default', volume: used?.name ?? '' }
  for (const [mode, code] of [
    ['linked', 'build.base-is-a-disk'],
    ['copy', 'build.base-may-change'],
  ] as const) {
    const source = { kind: 'image', pool: 'default', base, mode, sizeBytes: null, format: 'qcow2' } as const
    const findings = await builderOf(connection).check(HOST, definitionOf('web-01', 1, { disks: [{ source }] }), 1, {})
    expect(findings).toContainEqual(expect.objectContaining({ code, severity: 'warns', field: 'spec.disks.0.source.base' }))
  }
})

test('space and memory are counted for as many as are asked for', async () => {
  const one = { disks: [diskOf('default', 100)], memoryMiB: 1_024 }
  expect(await findingsOf(one)).toEqual([])
  const many = await findingsOf(one, 200)
  expect(many.map(({ code, severity }) => [code, severity])).toEqual([
    ['build.memory-above-free', 'warns'],
    ['build.pool-too-small', 'blocks'],
  ])
})

test('most hosts have UEFI, Secure Boot and a TPM; where one lacks, the reason refuses the request as well', async () => {
  const peer = createPeer({ hosts: 200, machines: 200 })
  const builder = builderOf(await peer.connect())
  const lacking = { 'uefi-secure': 0, tpm: 0 }
  for (const hostRef of peer.controls.hostRefs()) {
    const options = await builder.options(hostRef, {})
    expect(buildOptionsSchema.omit({ hostId: true, hostName: true, pools: true }).parse(options)).toEqual(options)
    const reason = options.firmwares.find(({ id }) => id === 'uefi-secure')?.reason
    const asked = definitionOf('web-01', 1, { firmware: 'uefi-secure', tpm: true })
    const codes = (await builder.check(hostRef, asked, 1, {})).filter(({ severity }) => severity === 'blocks').map(({ code }) => code)
    expect(codes).toEqual([reason?.code, options.tpm?.code].filter((code) => code !== undefined))
    expect((await builder.preview(hostRef, asked, {})).complaint === null).toBe(codes.length === 0)
    if (reason) lacking['uefi-secure']++
    if (options.tpm) lacking.tpm++
  }
  for (const count of Object.values(lacking)) expect(count > 0 && count < 60).toBe(true)
})

test('a preview of everything there is is well-formed', async () => {
  const peer = createPeer({ hosts: 1, machines: 10 })
  const builder = builderOf(await peer.connect())
  const definition = definitionOf("o\"d<d> & 'one'", 1, {
    title: '<&>',
    tags: ['a"b'],
    firmware: 'uefi-secure',
    tpm: true,
    cpu: {
      vcpus: 4,
      mode: 'custom',
      model: 'EPYC-Milan',
      features: [{ name: 'aes', policy: 'require' }],
      topology: { sockets: 1, cores: 2, threads: 2 },
    },
    disks: [{ ...diskOf('default', 1), ioThread: true, cache: 'writeback' }],
    media: [{ pool: 'iso', volume: 'virtio-win-0.1.271.iso' }],
    nics: [
      { source: { kind: 'bridge', bridge: 'ovs-br0', openVSwitch: true }, vlan: 7 },
      { source: { kind: 'macvtap', device: 'eno1', mode: 'vepa' } },
    ],
    watchdog: 'reset',
    clipboard: true,
    graphics: 'spice',
  })
  const { xml, baseXml } = await builder.preview(HOST, definition, {})
  expect(XMLValidator.validate(xml)).toBe(true)
  expect(XMLValidator.validate(baseXml)).toBe(true)
  for (const said of [
    "<tag id='7'/>",
    "mode='vepa'",
    "iothread='1'",
    '<iothreads>1</iothreads>',
    "action='reset'",
    'qemu-vdagent',
    "secure='yes'",
    "policy='require' name='aes'",
  ]) {
    expect(xml).toContain(said)
    expect(baseXml).not.toContain(said)
  }
})

test('hosts of one vendor have a processor in common, of two they have none', async () => {
  const peer = createPeer({ hosts: 40, machines: 10 })
  const builder = builderOf(await peer.connect())
  const cpus = await Promise.all(peer.controls.hostRefs().map((hostRef) => builder.hostCpu(hostRef, {})))
  const amd = cpus.filter((cpu) => cpu.includes('AMD'))
  expect(amd.length).toBeGreaterThan(0)
  expect(await builder.commonCpu(HOST, amd, {})).toEqual({ model: 'EPYC-Milan', features: [] })
  await expect(builder.commonCpu(HOST, cpus, {})).rejects.toMatchObject({ kind: 'unsupported', code: 'build.no-common-cpu' })
  await expect(builder.commonCpu(HOST, ['what?'], {})).rejects.toMatchObject({ kind: 'invalid-input', code: 'build.bad-host-cpu' })
})
