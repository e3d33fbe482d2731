import type { Reason } from '../../../../shared/model/index.ts'
import { at, attributeOf, childrenOf, type XmlElement } from '../../../xml/index.ts'
import { readNic } from './nic-xml.ts'
import { attribute, type Tree } from './xml-tree.ts'

/** What a clone will not have of its original, or has to share with it, and why one should care. */
export function cloneWarnings(domain: XmlElement, cards: readonly Tree[], snapshots: number): readonly Reason[] {
  const devices = at(domain, 'devices')
  const warnings: Reason[] = []
  const warn = (code: string, text: string, params?: Record<string, string>) => warnings.push({ code, text, ...(params && { params }) })
  const emulated = childrenOf(devices, 'tpm').some((tpm) => attributeOf(at(tpm, 'backend'), 'type') === 'emulator')
  if (emulated) {
    const text = 'The clone gets a new TPM: keys that the original keeps in its own, such as those of BitLocker, are not in it.'
    warn('build.clone-without-tpm', text)
  }
  if (hasVariables(at(domain, 'os'))) {
    const text = 'The clone gets new firmware variables: boot entries that the original has added are not in them.'
    warn('build.clone-without-nvram', text)
  }
  if (snapshots > 0) {
    const count = String(snapshots)
    warn('build.clone-without-snapshots', `The ${count} snapshots stay with the original.`, { count })
  }
  for (const hostDevice of childrenOf(devices, 'hostdev')) {
    const device = hostDeviceName(hostDevice)
    const text = `The clone will not have the host's device ${device}: only one machine at a time can.`
    warn('build.clone-without-device', text, { device })
  }
  const folders = childrenOf(devices, 'filesystem').map((each) => attributeOf(at(each, 'source'), 'dir') ?? '?')
  if (folders.length > 0) {
    const list = folders.join(', ')
    warn('build.clone-shares-folders', `The clone shares folders of the host with the original: ${list}.`, { folders: list })
  }
  const nvdimms = childrenOf(devices, 'memory').filter((each) => at(each, 'source', 'path') !== undefined).length
  if (nvdimms > 0) {
    warn('build.clone-shares-nvdimm', 'A memory module is kept in a file of the host, the same for both: never run them at the same time.')
  }
  const odd = cards.filter((card) => readNic(card) === null).map((card) => attribute(card, 'type') ?? '?')
  if (odd.length > 0) {
    const types = odd.join(', ')
    warn('build.clone-odd-cards', `Network cards of a kind that cannot be changed here are taken over as they are: ${types}.`, { types })
  }
  const ports = listeningPorts(devices)
  if (ports.length > 0) {
    const list = ports.join(', ')
    const text = `A serial port or channel listens on a fixed port of the host (${list}): only one of both can run at a time.`
    warn('build.clone-fixed-ports', text, { ports: list })
  }
  if (domain.children.some(({ name }) => name.endsWith(':commandline'))) {
    warn('build.clone-command-line', 'Its own QEMU options are taken over as they are: look whether they name something of the original.')
  }
  return warnings
}

function hasVariables(os: XmlElement | undefined): boolean {
  return attributeOf(os, 'firmware') === 'efi' || at(os, 'nvram') !== undefined || attributeOf(at(os, 'loader'), 'type') === 'pflash'
}

function listeningPorts(devices: XmlElement | undefined): readonly string[] {
  const ports = ['serial', 'parallel', 'channel'].flatMap((name) =>
    childrenOf(devices, name).flatMap((device) =>
      childrenOf(device, 'source')
        .filter(({ attributes }) => attributes.mode === 'bind')
        .flatMap(({ attributes }) => attributes.service ?? []),
    ),
  )
  return [...new Set(ports)]
}

/** Such as `pci 0000:41:00.0` or `usb 1d6b:0002`. */
function hostDeviceName(device: XmlElement): string {
  const { type, mode } = device.attributes
  const source = at(device, 'source')
  const { domain, bus, slot, function: part, uuid, device: number } = at(source, 'address')?.attributes ?? {}
  const hex = (value: string | undefined) => value?.replace(/^0x/, '') ?? ''
  const product = attributeOf(at(source, 'product'), 'id')
  const vendor = attributeOf(at(source, 'vendor'), 'id')
  const where =
    slot !== undefined
      ? `${hex(domain)}:${hex(bus)}:${hex(slot)}.${hex(part)}`
      : vendor !== null
        ? `${hex(vendor)}:${hex(product ?? undefined)}`
        : (uuid ?? [bus, number].filter((each) => each !== undefined).join(':'))
  return [type ?? mode ?? 'hostdev', where].filter((each) => each !== '').join(' ')
}
