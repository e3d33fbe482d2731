/** How the tiny guest is to look. Everything but the name has a default. */
export interface GuestSpec {
  readonly name: string
  readonly uuid?: string
  /** False: its firmware finds nothing to boot and waits, which takes no processor time. Default true. */
  readonly boots?: boolean
  /** Default 96, the least the tiny guest boots with; 32 for one that does not boot. */
  readonly memoryMiB?: number
  readonly vcpus?: number
  readonly title?: string
  readonly description?: string
  /** XML put inside <metadata>. */
  readonly metadata?: string
  /** A qcow2 of this size in the host's default pool, attached as vda. Default: no disk. */
  readonly diskMiB?: number
  /** A ready image instead, by its path as the host sees it. */
  readonly diskPath?: string
  /** `default`: libvirt's NAT network; `bridge`: the lab's own wire; `none` (the default). */
  readonly network?: 'default' | 'bridge' | 'none'
  /** A seed image of cloud-init by its path as the host sees it; a CD is on a virtio-scsi controller. Such a guest serves SSH. */
  readonly seed?: { readonly path: string; readonly as: 'disk' | 'cd' }
  /** Of its network card. Default: libvirt makes one up. */
  readonly mac?: string
  /** Address on the bridge; DHCP otherwise. A seed's network-config counts more. */
  readonly address?: string
  /** VNC and a VGA card: on the host's loopback (true), there behind a password, or on a unix socket; or SPICE. Default false. */
  readonly graphics?: boolean | { readonly password: string } | { readonly socket: string } | 'spice'
  /** Writes to the disk and prints TICK lines. */
  readonly load?: boolean
  /** Writes to its memory, over and over, so many KiB at a time with a pause after each, within a file of so many KiB. */
  readonly writes?: { readonly kib: number; readonly setKiB: number; readonly pauseUs: number }
  /** More kernel command line, e.g. to make the guest ignore the power button. */
  readonly cmdline?: string
}

/** Escapes text for element content and for attributes. */
export function xmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll("'", '&apos;').replaceAll('"', '&quot;')
}

/** The log a guest's first serial port is copied to, by its path inside the host. */
export function serialLogName(guestName: string): string {
  return `serial-${Buffer.from(guestName).toString('hex').slice(0, 80)}.log`
}

/** Domain XML of the tiny guest, for qemu under TCG. */
export function guestXml(spec: GuestSpec, diskPath: string | undefined): string {
  const boots = spec.boots ?? true
  const memory = spec.memoryMiB ?? (boots ? 96 : 32)
  const optional = [
    spec.uuid === undefined ? '' : `<uuid>${spec.uuid}</uuid>`,
    spec.title === undefined ? '' : `<title>${xmlText(spec.title)}</title>`,
    spec.description === undefined ? '' : `<description>${xmlText(spec.description)}</description>`,
    spec.metadata === undefined ? '' : `<metadata>${spec.metadata}</metadata>`,
  ]
  return `<domain type='qemu'>
  <name>${xmlText(spec.name)}</name>
  ${optional.filter((part) => part !== '').join('\n  ')}
  <memory unit='MiB'>${memory}</memory>
  <vcpu>${spec.vcpus ?? 1}</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>${boots ? kernelXml(spec) : ''}
  </os>
  <features><acpi/><apic/></features>
  <cpu mode='custom' match='exact'><model>qemu64</model></cpu>
  <on_poweroff>destroy</on_poweroff><on_reboot>restart</on_reboot><on_crash>destroy</on_crash>
  <devices>
    <controller type='usb' model='none'/>
    <controller type='virtio-serial' index='0'/>
    <serial type='pty'><log file='/var/log/libvirt/${serialLogName(spec.name)}' append='off'/><target port='0'/></serial>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    ${diskXml(diskPath)}${seedXml(spec.seed)}${networkXml(spec.network ?? 'none', spec.mac)}${graphicsXml(spec.graphics ?? false)}
    <memballoon model='virtio'><stats period='5'/></memballoon>
  </devices>
</domain>
`
}

function kernelXml(spec: GuestSpec): string {
  const label = spec.name.replaceAll(/[^A-Za-z0-9-]/g, '-').slice(0, 60)
  const cmdline = ['console=ttyS0', 'panic=1', 'quiet', `labname=${label}`]
  if (spec.address !== undefined) cmdline.push(`labip=${spec.address}`)
  if ((spec.network ?? 'none') === 'none') cmdline.push('labquiet')
  if (spec.load) cmdline.push('labload')
  if (spec.writes) cmdline.push(`labwrites=${spec.writes.kib},${spec.writes.setKiB},${spec.writes.pauseUs}`)
  if (spec.cmdline !== undefined) cmdline.push(spec.cmdline)
  return `
    <kernel>/srv/host/boot/vmlinuz</kernel>
    <initrd>/srv/host/boot/${spec.seed === undefined ? 'initrd' : 'initrd-seed'}.gz</initrd>
    <cmdline>${xmlText(cmdline.join(' '))}</cmdline>`
}

function diskXml(path: string | undefined): string {
  if (path === undefined) return ''
  return `<disk type='file' device='disk'><driver name='qemu' type='qcow2' discard='unmap'/><source file='${xmlText(path)}'/><target dev='vda' bus='virtio'/></disk>\n    `
}

function seedXml(seed: GuestSpec['seed']): string {
  if (seed === undefined) return ''
  const image = `<driver name='qemu' type='raw'/><source file='${xmlText(seed.path)}'/>`
  if (seed.as === 'disk') return `<disk type='file' device='disk'>${image}<target dev='vdz' bus='virtio'/><readonly/></disk>\n    `
  return `<controller type='scsi' model='virtio-scsi'/><disk type='file' device='cdrom'>${image}<target dev='sda' bus='scsi'/></disk>\n    `
}

function networkXml(network: 'default' | 'bridge' | 'none', mac: string | undefined): string {
  if (network === 'none') return ''
  const source = network === 'default' ? `type='network'><source network='default'/>` : `type='bridge'><source bridge='br0'/>`
  return `<interface ${source}${mac === undefined ? '' : `<mac address='${mac}'/>`}<model type='virtio'/></interface>\n    `
}

function graphicsXml(graphics: NonNullable<GuestSpec['graphics']>): string {
  if (graphics === false) return ''
  return `${listenerXml(graphics)}\n    <video><model type='vga' vram='16384' heads='1'/></video>`
}

function listenerXml(graphics: Exclude<NonNullable<GuestSpec['graphics']>, false>): string {
  if (graphics === 'spice') return `<graphics type='spice' autoport='yes' listen='127.0.0.1'/>`
  if (graphics !== true && 'socket' in graphics)
    return `<graphics type='vnc'><listen type='socket' socket='${xmlText(graphics.socket)}'/></graphics>`
  const password = graphics === true ? '' : ` passwd='${xmlText(graphics.password)}'`
  return `<graphics type='vnc' port='-1' autoport='yes' listen='127.0.0.1'${password}/>`
}
