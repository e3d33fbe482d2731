import type { OsEntry } from '../../../shared/model/index.ts'
import { escapeXml, fitForXml } from '../../xml/index.ts'
import { OWN_NAMESPACE, RESOURCE } from './ovf.ts'
import { cimOsType } from './ovf-os.ts'

export interface ExportedMachine {
  readonly name: string
  readonly description: string | null
  readonly os: OsEntry
  readonly vcpus: number
  readonly memoryMiB: number
  readonly firmware: 'bios' | 'uefi' | 'uefi-secure'
  readonly disks: ReadonlyArray<{
    readonly fileName: string
    readonly sizeBytes: number
    readonly capacityBytes: number
    readonly bus: string
  }>
  readonly nics: ReadonlyArray<{ readonly network: string; readonly model: string }>
}

const VMDK = 'http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized'
/** Places on the one controller; AHCI has no more. */
const FIRST_DISK_ITEM = 10
const FIRST_NIC_ITEM = 100

/**
 * A descriptor that VMware, VirtualBox and other readers of OVF 1 take (DSP0243 1.1): disks on AHCI and cards of Intel's, which every system
 * knows. What the machine really has stands in a section of our own that others pass over.
 */
export function writeOvf(machine: ExportedMachine): string {
  const networks = [...new Set(machine.nics.map(({ network }) => network))]
  const items = [
    item({ id: 1, type: RESOURCE.cpu, name: `${machine.vcpus} virtual CPU(s)`, more: [units('hertz * 10^6'), quantity(machine.vcpus)] }),
    item({
      id: 2,
      type: RESOURCE.memory,
      name: `${machine.memoryMiB} MB of memory`,
      more: [units('byte * 2^20'), quantity(machine.memoryMiB)],
    }),
    ...(machine.disks.length > 0
      ? [item({ id: 3, type: RESOURCE.storage, name: 'SATA controller 0', subType: 'AHCI', more: [address(0)] })]
      : []),
    ...machine.disks.map((_, index) =>
      item({
        id: FIRST_DISK_ITEM + index,
        type: RESOURCE.disk,
        name: `Disk ${index + 1}`,
        more: [place(index), hostResource(`ovf:/disk/${diskId(index)}`), parent(3)],
      }),
    ),
    ...machine.nics.map(({ network }, index) =>
      item({
        id: FIRST_NIC_ITEM + index,
        type: RESOURCE.ethernet,
        name: `Network adapter ${index + 1}`,
        subType: 'E1000',
        more: [connection(network)],
      }),
    ),
  ]
  return `<?xml version="1.0" encoding="UTF-8"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
    xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData"
    xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData"
    xmlns:vmw="http://www.vmware.com/schema/ovf" xmlns:novacron="${OWN_NAMESPACE}" ovf:version="1.0" xml:lang="en-US">
  <References>
${machine.disks.map((disk, index) => `    <File ovf:id="${fileId(index)}" ovf:href="${xmlText(disk.fileName)}" ovf:size="${disk.sizeBytes}"/>\n`).join('')}  </References>
  <DiskSection>
    <Info>Virtual disks</Info>
${machine.disks.map(diskElement).join('')}  </DiskSection>
  <NetworkSection>
    <Info>Networks it was connected to</Info>
${networks.map((network) => `    <Network ovf:name="${xmlText(network)}"/>\n`).join('')}  </NetworkSection>
  <VirtualSystem ovf:id="${xmlText(machine.name)}">
    <Info>A virtual machine</Info>
    <Name>${xmlText(machine.name)}</Name>
${annotation(machine.description)}    <OperatingSystemSection ovf:id="${cimOsType(machine.os)}">
      <Info>The guest’s operating system</Info>
      <Description>${xmlText(machine.os.name)}</Description>
    </OperatingSystemSection>
    <VirtualHardwareSection>
      <Info>Virtual hardware</Info>
      <System>
        <vssd:ElementName>Virtual Hardware Family</vssd:ElementName>
        <vssd:InstanceID>0</vssd:InstanceID>
        <vssd:VirtualSystemIdentifier>${xmlText(machine.name)}</vssd:VirtualSystemIdentifier>
        <vssd:VirtualSystemType>vmx-13</vssd:VirtualSystemType>
      </System>
${items.join('')}${firmware(machine.firmware)}    </VirtualHardwareSection>
${ownNotes(machine)}  </VirtualSystem>
</Envelope>
`
}

const fileId = (index: number): string => `file${index + 1}`
const diskId = (index: number): string => `vmdisk${index + 1}`
const units = (text: string) => ['AllocationUnits', text] as const
const quantity = (value: number) => ['VirtualQuantity', String(value)] as const
const address = (value: number) => ['Address', String(value)] as const
const place = (value: number) => ['AddressOnParent', String(value)] as const
const parent = (value: number) => ['Parent', String(value)] as const
const hostResource = (text: string) => ['HostResource', text] as const
const connection = (network: string) => ['Connection', network] as const

/** Its fields in the order of their names, as the schema has them. */
function item(given: {
  readonly id: number
  readonly type: number
  readonly name: string
  readonly subType?: string
  readonly more: ReadonlyArray<readonly [name: string, value: string]>
}): string {
  const fields = [
    ...given.more,
    ['ElementName', given.name] as const,
    ['InstanceID', String(given.id)] as const,
    ['ResourceType', String(given.type)] as const,
    ...(given.subType === undefined ? [] : [['ResourceSubType', given.subType] as const]),
  ]
  const lines = fields
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `        <rasd:${name}>${xmlText(value)}</rasd:${name}>\n`)
  return `      <Item>\n${lines.join('')}      </Item>\n`
}

function diskElement({ capacityBytes }: ExportedMachine['disks'][number], index: number): string {
  return `    <Disk ovf:diskId="${diskId(index)}" ovf:fileRef="${fileId(index)}" ovf:capacity="${capacityBytes}" ovf:capacityAllocationUnits="byte" ovf:format="${VMDK}"/>\n`
}

function annotation(description: string | null): string {
  if (description === null || description.trim() === '') return ''
  return `    <AnnotationSection>
      <Info>What it is for</Info>
      <Annotation>${xmlText(description)}</Annotation>
    </AnnotationSection>
`
}

function firmware(kind: ExportedMachine['firmware']): string {
  if (kind === 'bios') return ''
  const setting = (key: string, value: string) => `      <vmw:Config ovf:required="false" vmw:key="${key}" vmw:value="${value}"/>\n`
  return setting('firmware', 'efi') + (kind === 'uefi-secure' ? setting('bootOptions.efiSecureBootEnabled', 'true') : '')
}

function ownNotes({ os, disks, nics }: ExportedMachine): string {
  return `    <novacron:OwnNotes ovf:required="false" novacron:os="${xmlText(os.id)}">
      <Info>What NovaCron gives back to the machine</Info>
${disks.map(({ bus }, index) => `      <novacron:Disk novacron:diskId="${diskId(index)}" novacron:bus="${xmlText(bus)}"/>\n`).join('')}${nics
  .map(({ model }) => `      <novacron:Card novacron:model="${xmlText(model)}"/>\n`)
  .join('')}    </novacron:OwnNotes>
`
}

/** A name or a note may hold what XML cannot; the rest of it counts. */
function xmlText(text: string): string {
  return escapeXml(fitForXml(text))
}
