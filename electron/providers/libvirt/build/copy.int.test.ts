import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cloudImage } from '../../../../e2e/lab/cloud-image.ts'
import { type Lab, type LabHost, startLab, until } from '../../../../e2e/lab/lab.ts'
import { requirePeer } from '../../../../e2e/lab/requires.ts'
import { at, childrenOf, parseXml } from '../../../xml/index.ts'
import { failure } from '../../conformance/fixture.ts'
import { Recorder } from '../../conformance/index.ts'
import type { MachineBuilder, ProviderConnection, ProviderPorts, VolumeKeeper } from '../../provider.ts'
import { libvirtProvider } from '../index.ts'
import { testPorts } from '../testing/ports.ts'
import { HOST_REF } from '../watch.ts'
import { copyDefinition, newDefinition } from './testing/definitions.ts'

const ODD_UUID = '0dd00dd0-2222-4333-8444-555555555555'
/** With much that the form for new machines has no word for, and that qemu takes. */
const ODD = `<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>odd &lt;one&gt; &amp; "only"</name>
  <uuid>${ODD_UUID}</uuid>
  <genid>aaaaaaaa-2222-4333-8444-555555555555</genid>
  <title>The odd one</title>
  <metadata><x:y xmlns:x='urn:x' a='&lt;'><x:z>kept &amp; well</x:z></x:y></metadata>
  <memory unit='MiB'>96</memory>
  <vcpu cpuset='0' current='1'>2</vcpu>
  <cputune><shares>2048</shares><vcpupin vcpu='1' cpuset='0'/></cputune>
  <resource><partition>/machine</partition></resource>
  <sysinfo type='smbios'><system><entry name='product'>Odd Box</entry><entry name='uuid'>${ODD_UUID}</entry></system></sysinfo>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <loader readonly='yes' type='pflash'>/srv/host/CODE.fd</loader>
    <nvram template='/srv/host/VARS.fd'>/var/lib/libvirt/qemu/nvram/odd_VARS.fd</nvram>
    <bootmenu enable='yes' timeout='3000'/>
    <smbios mode='sysinfo'/>
  </os>
  <features><acpi/><apic/><kvm><hidden state='on'/></kvm></features>
  <cpu mode='custom' match='exact'><model fallback='forbid'>qemu64</model><topology sockets='2' cores='1' threads='1'/></cpu>
  <clock offset='variable' adjustment='120' basis='utc'/>
  <devices>
    <disk type='file' device='disk' snapshot='external'>
      <driver name='qemu' type='qcow2' cache='none' io='native' error_policy='stop'/>
      <source file='/var/lib/libvirt/images/odd.qcow2'/>
      <target dev='vda' bus='virtio'/>
      <iotune><total_iops_sec>1000</total_iops_sec></iotune>
      <serial>ODD-1</serial>
    </disk>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/><source file='/var/lib/libvirt/images/shared.img'/><target dev='vdb' bus='virtio'/><shareable/>
    </disk>
    <interface type='network'>
      <mac address='52:54:00:0d:d0:01'/><source network='default'/><model type='virtio'/>
      <driver name='vhost' queues='2'/><coalesce><rx><frames max='32'/></rx></coalesce><bandwidth><inbound average='1000'/></bandwidth>
    </interface>
    <serial type='file'><source path='/var/log/libvirt/odd-serial.log'/><target port='0'/></serial>
    <graphics type='vnc' port='5999' autoport='no' passwd='s3cret'/>
    <panic model='isa'/>
    <hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x0000' bus='0x41' slot='0x00' function='0x0'/></source></hostdev>
  </devices>
  <qemu:commandline><qemu:env name='ODD' value='1'/></qemu:commandline>
</domain>`

describe.skipIf(!requirePeer('libvirtd').ok)('copies made on a lab host', () => {
  let lab: Lab
  let host: LabHost
  let ports: ProviderPorts & { dispose(): Promise<void> }
  let connection: ProviderConnection
  let builder: MachineBuilder
  let volumes: VolumeKeeper
  let seen: Recorder

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a'], prefix: 'co' })
    host = lab.host('a')
    ports = await testPorts()
    const config = libvirtProvider.configSchema.parse({ transport: 'unix', socket: host.socketPath })
    connection = await libvirtProvider.connect(config, {}, ports, {})
    seen = new Recorder()
    await connection.watch(seen, {})
    if (!connection.builder || !connection.volumes) throw new Error('no builder')
    builder = connection.builder
    volumes = connection.volumes
    await host.virsh(['vol-create-as', 'default', 'odd.qcow2', '16M', '--format', 'qcow2'])
    await host.virsh(['vol-create-as', 'default', 'shared.img', '1M', '--format', 'raw'])
    await writeFile(join(host.dir, 'odd.xml'), ODD)
    await host.virsh(['define', join(host.dir, 'odd.xml')])
  })
  afterAll(async () => {
    await connection?.close()
    await lab?.stop()
    await ports?.dispose()
  })

  const place = (volume: string) => ({ pool: 'default', volume })
  const inactive = async (uuid: string, secure = false) =>
    await host.virsh(['dumpxml', '--inactive', ...(secure ? ['--security-info'] : []), uuid])

  test('what a machine is to its clones, and what they will not have', async () => {
    const source = await builder.source(ODD_UUID, {})
    expect(source).toMatchObject({
      name: 'odd <one> & "only"',
      vcpus: 1,
      memoryMiB: 96,
      firmware: 'uefi',
      template: null,
      disks: [
        { target: 'vda', place: place('odd.qcow2'), format: 'qcow2', capacityBytes: 16 * 2 ** 20, copied: true, linkReason: null },
        { target: 'vdb', place: place('shared.img'), copied: false },
      ],
      nics: [{ source: { kind: 'network', network: 'default' }, model: 'virtio', mac: null }],
    })
    expect(source.warnings.map(({ code }) => code)).toEqual([
      'build.clone-without-nvram',
      'build.clone-without-device',
      'build.clone-command-line',
    ])
    expect(source.warnings[1]?.params).toEqual({ device: 'pci 0000:41:00.0' })
  })

  test('a copy of a machine with odd elements keeps them all', async () => {
    await volumes.create(
      HOST_REF,
      place('odd-copy.qcow2'),
      { kind: 'copy', format: 'qcow2', from: place('odd.qcow2'), capacityBytes: null },
      {},
    )
    const definition = copyDefinition('odd copy', ODD_UUID, {
      macs: ['52:54:00:0d:d0:02'],
      disks: { vda: { ...place('odd-copy.qcow2'), format: 'qcow2' } },
    })
    await builder.define(HOST_REF, definition, {})
    const [before, after] = [await inactive(ODD_UUID, true), await inactive(definition.uuid, true)]
    const lines = (text: string) => text.split('\n').map((line) => line.trim())
    const gone = lines(before).filter((line) => !lines(after).includes(line))
    expect(gone.filter((line) => !/^<(\/?hostdev|\/?source|driver name='vfio'|address (type='pci' )?domain)/.test(line))).toEqual([
      '<name>odd &lt;one&gt; &amp; &quot;only&quot;</name>',
      `<uuid>${ODD_UUID}</uuid>`,
      '<genid>aaaaaaaa-2222-4333-8444-555555555555</genid>',
      '<title>The odd one</title>',
      `<entry name='uuid'>${ODD_UUID}</entry>`,
      "<nvram template='/srv/host/VARS.fd'>/var/lib/libvirt/qemu/nvram/odd_VARS.fd</nvram>",
      "<mac address='52:54:00:0d:d0:01'/>",
      "<graphics type='vnc' port='5999' autoport='no' passwd='s3cret'>",
    ])
    const domain = parseXml(after)
    expect(at(domain, 'genid')?.text).not.toBe('')
    expect(childrenOf(at(domain, 'devices'), 'disk').map((disk) => at(disk, 'source')?.attributes.file)).toEqual([
      '/var/lib/libvirt/images/odd-copy.qcow2',
      '/var/lib/libvirt/images/shared.img',
    ])
    expect(childrenOf(at(domain, 'devices'), 'graphics')[0]?.attributes).toMatchObject({ port: '-1', autoport: 'yes', passwd: 's3cret' })
    expect(await inactive(ODD_UUID, true)).toBe(before)
  })

  test('a preview of a copy shows no password, and makes nothing', async () => {
    const definition = copyDefinition('odd preview', ODD_UUID, { disks: { vda: { ...place('later.qcow2'), format: 'qcow2' } } })
    const { xml, baseXml } = await builder.preview(HOST_REF, definition, {})
    expect(xml).toContain('/var/lib/libvirt/images/later.qcow2')
    expect(baseXml).toContain(ODD_UUID)
    for (const text of [xml, baseXml]) expect(text).not.toContain('s3cret')
    expect(await builder.isDefined(HOST_REF, definition.uuid, {})).toBe(false)
    await failure(builder.define(HOST_REF, definition, {}), 'precondition', 'build.volume-missing')
  })

  test('what stands in the way of copies is found', async () => {
    const huge = 2 ** 49
    const definition = copyDefinition('odd', ODD_UUID, {
      disks: { vda: { pool: 'nowhere', volume: 'x.qcow2', format: 'qcow2' } },
      changes: {
        vcpus: 4_000,
        diskSizes: { vda: huge },
        nics: [{ source: { kind: 'network', network: 'no' }, vlan: null, model: 'virtio', mac: null }],
      },
    })
    const findings = await builder.check(HOST_REF, definition, 1, {})
    expect(findings.map(({ code, field }) => `${code} ${field}`)).toEqual([
      'build.too-many-vcpus changes.vcpus',
      'build.network-missing changes.nics.0.source.network',
      'build.pool-missing pool',
    ])
    const taken = copyDefinition('odd', ODD_UUID, {
      disks: { vda: { ...place('odd.qcow2'), format: 'qcow2' } },
      changes: { diskSizes: { vda: huge } },
    })
    expect((await builder.check(HOST_REF, taken, 1, {})).map(({ code, severity }) => `${severity} ${code}`)).toEqual([
      'warns build.pool-overcommitted',
      'blocks build.volume-taken',
    ])
  })

  test('an original that is gone is named', async () => {
    const definition = copyDefinition('copy of nothing', '00000000-1111-4222-8333-444444444444')
    await failure(builder.define(HOST_REF, definition, {}), 'not-found', 'machine.not-found')
    await failure(builder.preview(HOST_REF, definition, {}), 'not-found', 'machine.not-found')
    expect(await builder.isDefined(HOST_REF, definition.uuid, {})).toBe(false)
  })

  test('a copy of a template is none, has what was changed, and leaves the template as it is', async () => {
    await copyFile(await cloudImage(), join(host.dir, 'lib/images/golden.qcow2'))
    await host.virsh(['pool-refresh', 'default'])
    const source = { kind: 'existing' as const, pool: 'default', volume: 'golden.qcow2' }
    const original = newDefinition('golden', { disks: [{ source }], memoryMiB: 160, graphics: 'none', tags: ['golden'] })
    await builder.define(HOST_REF, original, {})
    const template = { family: 'golden', version: 1, changeable: ['vcpus' as const] }
    const asTemplate = copyDefinition('golden v1', original.uuid, {
      template,
      disks: { vda: { ...place('golden.qcow2'), format: 'qcow2' } },
    })
    await builder.define(HOST_REF, asTemplate, {})
    await until('the template', async () => seen.machine(asTemplate.uuid)?.template?.version === 1)
    await volumes.create(HOST_REF, place('linked.qcow2'), { kind: 'linked', from: place('golden.qcow2'), capacityBytes: null }, {})
    const linked = copyDefinition('linked', asTemplate.uuid, {
      mode: 'linked',
      disks: { vda: { ...place('linked.qcow2'), format: 'qcow2' } },
      changes: { vcpus: 2, tags: ['made'] },
    })
    await builder.define(HOST_REF, linked, {})
    await until('the linked machine', async () => seen.machine(linked.uuid)?.tags.includes('made') === true)
    expect(seen.machine(linked.uuid)).toMatchObject({ vcpus: 2, tags: ['made'], template: null })
    expect(seen.machine(asTemplate.uuid)).toMatchObject({ tags: ['golden'], state: 'stopped' })
  })
})
