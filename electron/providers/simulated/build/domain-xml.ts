import type { Template } from '../../../../shared/model/index.ts'
import type { MachineFacts } from '../../provider.ts'
import type { Shape, SimulatedDisk, SimulatedNic } from './shape.ts'

/** All that a definition says. */
export interface Definition {
  readonly uuid: string
  /** Of a running machine; null: it is off. */
  readonly liveId: number | null
  readonly facts: Pick<
    MachineFacts,
    'name' | 'title' | 'description' | 'tags' | 'notes' | 'vcpus' | 'memoryKiB' | 'maxMemoryKiB' | 'template'
  >
  readonly nvram: string | null
  readonly shape: Shape
  /** Types of its displays: those of the shape, and what came later. */
  readonly displays: readonly string[]
}

const BOOT_NAMES: Readonly<Record<Shape['boot'][number], string>> = { disk: 'hd', cdrom: 'cdrom', network: 'network' }

export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll("'", '&apos;').replaceAll('"', '&quot;')
}

function element(name: string, text: string | null, depth: number): string[] {
  return text === null ? [] : [`${'  '.repeat(depth)}<${name}>${escapeXml(text)}</${name}>`]
}

function templateXml({ family, version, changeable }: Template): string[] {
  return [
    `      <nc:template family='${escapeXml(family)}' version='${version}'>`,
    ...changeable.flatMap((field) => element('nc:changeable', field, 4)),
    '      </nc:template>',
  ]
}

function metadataXml({ tags, notes, template }: Definition['facts']): string[] {
  if (tags.length === 0 && notes === null && template === null) return []
  return [
    "  <metadata>\n    <nc:machine xmlns:nc='urn:novacron:machine:1.0'>",
    ...tags.flatMap((tag) => element('nc:tag', tag, 3)),
    ...element('nc:notes', notes, 3),
    ...(template ? templateXml(template) : []),
    '    </nc:machine>\n  </metadata>',
  ]
}

function osXml({ nvram, shape }: Definition): string[] {
  const secure = shape.firmware === 'uefi-secure'
  return [
    `  <os${nvram === null ? '' : " firmware='efi'"}>`,
    `    <type arch='x86_64' machine='${escapeXml(shape.machineType)}'>hvm</type>`,
    ...(secure ? ["    <firmware>\n      <feature enabled='yes' name='secure-boot'/>\n    </firmware>\n    <loader secure='yes'/>"] : []),
    ...element('nvram', nvram, 2),
    ...shape.boot.map((device) => `    <boot dev='${BOOT_NAMES[device]}'/>`),
    '  </os>',
    `  <features>\n    <acpi/>\n    <apic/>\n${secure ? "    <smm state='on'/>\n" : ''}  </features>`,
  ]
}

function cpuXml({ mode, model, features, topology }: Shape['cpu']): string[] {
  const inner = [
    ...(model === undefined ? [] : [`    <model fallback='forbid'>${escapeXml(model)}</model>`]),
    ...(topology === null ? [] : [`    <topology sockets='${topology.sockets}' cores='${topology.cores}' threads='${topology.threads}'/>`]),
    ...features.map(({ name, policy }) => `    <feature policy='${policy}' name='${escapeXml(name)}'/>`),
  ]
  const opening = `  <cpu mode='${mode}'${mode === 'host-passthrough' ? '' : " check='partial'"}`
  return inner.length === 0 ? [`${opening}/>`] : [`${opening}>`, ...inner, '  </cpu>']
}

function diskXml(disk: SimulatedDisk, ioThread: number | null): string {
  const file = disk.key.startsWith('/')
  const [pool, volume] = disk.key.split('/')
  const source = file
    ? `<source file='${escapeXml(disk.key)}'/>`
    : `<source pool='${escapeXml(pool ?? '')}' volume='${escapeXml(volume ?? '')}'/>`
  const driver = [
    `type='${disk.format ?? 'raw'}'`,
    ...(disk.cache === 'default' ? [] : [`cache='${disk.cache}'`]),
    ...(disk.discard && !disk.readOnly ? ["discard='unmap'"] : []),
    ...(ioThread === null ? [] : [`iothread='${ioThread}'`]),
  ]
  return [
    `    <disk type='${file ? 'file' : 'volume'}' device='${disk.device}'>`,
    `      <driver name='qemu' ${driver.join(' ')}/>`,
    `      ${source}`,
    `      <target dev='${disk.target}' bus='${disk.bus}'/>`,
    ...(disk.readOnly ? ['      <readonly/>'] : disk.shared && file ? ['      <shareable/>'] : []),
    '    </disk>',
  ].join('\n')
}

function disksXml(disks: readonly SimulatedDisk[]): string[] {
  let threads = 0
  return disks.map((disk) => diskXml(disk, disk.ioThread ? ++threads : null))
}

function nicXml({ source, mac, model, vlan }: SimulatedNic): string {
  const [type, from] =
    source.kind === 'network'
      ? ['network', `<source network='${escapeXml(source.network)}'/>`]
      : source.kind === 'bridge'
        ? ['bridge', `<source bridge='${source.bridge}'/>${source.openVSwitch ? "\n      <virtualport type='openvswitch'/>" : ''}`]
        : ['direct', `<source dev='${source.device}' mode='${source.mode}'/>`]
  const tag = vlan === null ? '' : `\n      <vlan>\n        <tag id='${vlan}'/>\n      </vlan>`
  return `    <interface type='${type}'>\n      <mac address='${mac}'/>\n      ${from}${tag}\n      <model type='${model}'/>\n    </interface>`
}

function hostDeviceXml({ address }: Shape['hostDevices'][number]): string {
  const [domain, bus, rest] = address.split(':')
  const [slot, fn] = (rest ?? '').split('.')
  const source = `<address domain='0x${domain}' bus='0x${bus}' slot='0x${slot}' function='0x${fn}'/>`
  return `    <hostdev mode='subsystem' type='pci' managed='yes'>\n      <source>\n        ${source}\n      </source>\n    </hostdev>`
}

function devicesXml({ shape, displays }: Definition): string[] {
  const channel = (type: string, name: string) =>
    `    <channel type='${type}'>\n      <target type='virtio' name='${name}'/>\n    </channel>`
  return [
    '  <devices>\n    <emulator>/usr/bin/qemu-system-x86_64</emulator>',
    ...disksXml(shape.disks),
    ...shape.nics.map(nicXml),
    "    <serial type='pty'>\n      <target type='isa-serial' port='0'/>\n    </serial>",
    ...(shape.agent ? [channel('unix', 'org.qemu.guest_agent.0')] : []),
    ...(shape.clipboard ? [channel('qemu-vdagent', 'com.redhat.spice.0')] : []),
    ...(shape.tpm ? ["    <tpm model='tpm-crb'>\n      <backend type='emulator' version='2.0'/>\n    </tpm>"] : []),
    ...displays.map((type) => `    <graphics type='${type}' port='-1' autoport='yes' listen='127.0.0.1'/>`),
    ...(displays.length === 0 ? [] : [`    <video>\n      <model type='${shape.video}' heads='1'/>\n    </video>`]),
    ...shape.hostDevices.map(hostDeviceXml),
    ...(shape.watchdog === 'none' ? [] : [`    <watchdog model='itco' action='${shape.watchdog}'/>`]),
    "    <memballoon model='virtio'>\n      <stats period='5'/>\n    </memballoon>",
    ...(shape.rng ? ["    <rng model='virtio'>\n      <backend model='random'>/dev/urandom</backend>\n    </rng>"] : []),
    '  </devices>\n</domain>\n',
  ]
}

/** A definition as libvirt would write it. */
export function domainXml(definition: Definition): string {
  const { facts, shape, uuid, liveId } = definition
  const ioThreads = shape.disks.filter((disk) => disk.ioThread).length
  return [
    `<domain type='kvm'${liveId === null ? '' : ` id='${liveId}'`}>`,
    ...element('name', facts.name, 1),
    ...element('uuid', uuid, 1),
    ...element('title', facts.title, 1),
    ...element('description', facts.description, 1),
    ...metadataXml(facts),
    `  <memory unit='KiB'>${facts.maxMemoryKiB}</memory>`,
    `  <currentMemory unit='KiB'>${facts.memoryKiB}</currentMemory>`,
    `  <vcpu placement='static'>${facts.vcpus}</vcpu>`,
    ...(ioThreads > 0 ? [`  <iothreads>${ioThreads}</iothreads>`] : []),
    ...osXml(definition),
    ...cpuXml(shape.cpu),
    ...devicesXml(definition),
  ].join('\n')
}
