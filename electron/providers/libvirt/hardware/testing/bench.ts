import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { LabHost } from '../../../../../e2e/lab/lab.ts'
import { isAppError } from '../../../../../shared/errors/index.ts'
import { type EditTime, type HardwareEditInput, hardwareEditSchema } from '../../../../../shared/model/index.ts'
import { Recorder } from '../../../conformance/index.ts'
import type { HardwareEditor, ProviderConnection, ProviderPorts } from '../../../provider.ts'
import { libvirtProvider } from '../../index.ts'

export async function failureOf(call: Promise<unknown>) {
  const error: unknown = await call.then(
    () => new Error('it should have failed'),
    (thrown: unknown) => thrown,
  )
  if (!isAppError(error)) throw error
  return error
}

export const MIB = 1_048_576

export const GUEST_MAC = '52:54:00:aa:00:01'

/** A machine with everything that is edited: four vCPUs of which one is on, a disk, a card, a drive, a SCSI controller, free ports. */
export function testMachineXml(
  name: string,
  more: {
    readonly disk?: string
    readonly devices?: string
    readonly boots?: boolean
    readonly ports?: number
    readonly noScsi?: boolean
  } = {},
): string {
  const ports = Array.from({ length: more.ports ?? 7 }, () => "<controller type='pci' model='pcie-root-port'/>").join('\n    ')
  const kernel = more.boots
    ? `<kernel>/srv/host/boot/vmlinuz</kernel><initrd>/srv/host/boot/initrd.gz</initrd><cmdline>console=ttyS0 panic=1 quiet labquiet labname=${name}</cmdline>`
    : ''
  const disk =
    more.disk === undefined
      ? ''
      : `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${more.disk}'/><target dev='vda' bus='virtio'/></disk>`
  return `<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>${name}</name>
  <metadata><other:thing xmlns:other='urn:other'>kept &amp; whole</other:thing></metadata>
  <memory unit='KiB'>131072</memory>
  <vcpu current='1'>4</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type>${kernel}</os>
  <features><acpi/><apic/></features>
  <devices>
    <controller type='usb' model='qemu-xhci'/>
    ${more.noScsi ? '' : "<controller type='scsi' index='0' model='virtio-scsi'/>"}
    <controller type='pci' model='pcie-root'/>
    ${ports}
    ${disk}
    <disk type='file' device='cdrom'><driver name='qemu' type='raw'/><target dev='sda' bus='sata'/><readonly/></disk>
    <interface type='network'><mac address='${GUEST_MAC}'/><source network='default'/><model type='virtio'/></interface>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <serial type='pty'><target port='0'/></serial>
    <graphics type='vnc' port='-1' autoport='yes' listen='127.0.0.1' passwd='hush'/>
    <video><model type='vga'/></video>
    <memballoon model='virtio'/>
    ${more.devices ?? ''}
  </devices>
  <qemu:commandline><qemu:env name='NOVACRON_TEST' value='1'/></qemu:commandline>
</domain>`
}

export interface HardwareBench {
  readonly connection: ProviderConnection
  readonly hardware: HardwareEditor
  /** Applies an edit to what stands now. */
  readonly edit: (ref: string, edit: HardwareEditInput, when: EditTime) => Promise<void>
  readonly preview: (ref: string, edit: HardwareEditInput) => ReturnType<HardwareEditor['preview']>
}

export async function connectedBench(host: LabHost, ports: ProviderPorts): Promise<HardwareBench> {
  const given = { host: host.address, user: 'root', keyFile: host.keyFile, useSshConfig: false }
  const connection = await libvirtProvider.connect(libvirtProvider.configSchema.parse(given), {}, ports, {
    onHostKey: () => Promise.resolve(true),
  })
  onTestFinished(() => connection.close())
  await connection.watch(new Recorder(), {})
  const { hardware } = connection
  if (!hardware) throw new Error('no hardware')
  return {
    connection,
    hardware,
    edit: async (ref, input, when) => {
      const { revision } = await hardware.view(ref, {})
      await hardware.apply(ref, hardwareEditSchema.parse(input), when, revision, {})
    },
    preview: (ref, input) => hardware.preview(ref, hardwareEditSchema.parse(input), {}),
  }
}

export interface TestMachine {
  readonly name: string
  readonly ref: string
  /** As `virsh` shows them: an independent judge. */
  kept(): Promise<string>
  running(): Promise<string>
}

/** `stopped` and `running` have a definition, `transient` has none. */
export async function testMachine(
  host: LabHost,
  name: string,
  state: 'stopped' | 'running' | 'transient',
  more: Parameters<typeof testMachineXml>[1] & { readonly diskMiB?: number } = {},
): Promise<TestMachine> {
  const disk = more.diskMiB === undefined ? more.disk : `/var/lib/libvirt/images/${name}.qcow2`
  if (more.diskMiB !== undefined) await newVolume(host, `${name}.qcow2`, more.diskMiB)
  const xml = testMachineXml(name, { ...more, ...(disk !== undefined && { disk }) })
  const file = join(host.dir, `${name}.xml`)
  await writeFile(file, xml)
  if (state === 'transient') await host.virsh(['create', file])
  else await host.virsh(['define', file])
  if (state === 'running') await host.virsh(['start', name])
  const ref = (await host.virsh(['domuuid', name])).trim()
  return {
    name,
    ref,
    kept: () => host.virsh(['dumpxml', '--inactive', '--security-info', name]),
    running: () => host.virsh(['dumpxml', name]),
  }
}

export async function newVolume(host: LabHost, volume: string, sizeMiB: number, format: 'qcow2' | 'raw' = 'qcow2'): Promise<void> {
  await host.virsh(['vol-create-as', 'default', volume, `${sizeMiB}M`, '--format', format])
}
