import { badDescriptor } from './ova-errors.ts'
import { type OvfCard, type OvfDrive, type OvfOs, type OvfSystem, type OwnNotes, RESOURCE } from './ovf.ts'
import { bytesOf, wholeNumber } from './ovf-units.ts'
import { childOf, childrenOf, type Element, textOf } from './xml.ts'

const MIB = 2 ** 20
/** What every machine has, or gets of its own. */
const NOT_MISSED: ReadonlySet<number> = new Set([
  RESOURCE.other,
  RESOURCE.cpu,
  RESOURCE.memory,
  RESOURCE.ide,
  RESOURCE.scsi,
  RESOURCE.ethernet,
  RESOURCE.cd,
  RESOURCE.dvd,
  RESOURCE.disk,
  RESOURCE.storage,
  RESOURCE.usb,
  RESOURCE.graphics,
])

/** A hardware item, whatever element it stands in: OVF 2 has two more for disks and cards. */
interface Item {
  readonly element: Element
  readonly type: number
  readonly subType: string | null
}

/**
 * One virtual system, in the given one of its configurations.
 * @throws AppError invalid-input ova.bad-descriptor
 */
export function systemOf(system: Element, configuration: string | null): OvfSystem {
  const hardware = childOf(system, 'VirtualHardwareSection')
  const items = itemsOf(hardware, configuration)
  const settings = settingsOf(hardware)
  const machine = childOf(system, 'Machine')
  const virtualBox = childOf(machine, 'Hardware')
  return {
    name: textOf(system, 'Name') ?? system.attributes['id'] ?? '',
    description: textOf(childOf(system, 'AnnotationSection'), 'Annotation'),
    os: osOf(childOf(system, 'OperatingSystemSection')),
    ...sizeOf(items),
    firmware: firmwareOf(settings, childOf(virtualBox, 'Firmware')?.attributes['type'] ?? null),
    tpm:
      items.some(({ subType }) => subType === 'vmware.vtpm') ||
      childOf(virtualBox, 'TrustedPlatformModule')?.attributes['type']?.startsWith('v2') === true,
    drives: drivesOf(items),
    cards: items.filter(({ type }) => type === RESOURCE.ethernet).map(cardOf),
    others: items.filter(isMissed).map(({ element }) => textOf(element, 'ElementName') ?? textOf(element, 'Caption') ?? '?'),
    own: ownNotes(childOf(system, 'OwnNotes')),
  }
}

/** Those of the configuration and those of all; where both set the same, the configuration's own is last. */
function itemsOf(hardware: Element | undefined, configuration: string | null): readonly Item[] {
  const elements = childrenOf(hardware, 'Item', 'StorageItem', 'EthernetPortItem')
    // limits of what one may set, not what is set
    .filter((element) => element.attributes['bound'] === undefined)
    .filter((element) => {
      const only = element.attributes['configuration']
      return only === undefined || (configuration !== null && only.split(/\s+/).includes(configuration))
    })
  return elements.map((element) => {
    const type = textOf(element, 'ResourceType')
    if (type === null)
      throw badDescriptor('missing', 'a hardware item has no ResourceType.', { element: 'Item', attribute: 'ResourceType' })
    return { element, type: wholeNumber(type), subType: textOf(element, 'ResourceSubType') }
  })
}

function sizeOf(items: readonly Item[]): Pick<OvfSystem, 'vcpus' | 'coresPerSocket' | 'memoryMiB'> {
  const last = (type: number): Element | undefined => items.findLast((item) => item.type === type)?.element
  const cpu = last(RESOURCE.cpu)
  const memory = last(RESOURCE.memory)
  const vcpus = textOf(cpu, 'VirtualQuantity')
  const cores = textOf(cpu, 'CoresPerSocket')
  const quantity = textOf(memory, 'VirtualQuantity')
  return {
    vcpus: vcpus === null ? null : wholeNumber(vcpus),
    coresPerSocket: cores === null ? null : wholeNumber(cores),
    memoryMiB: quantity === null ? null : Math.ceil(bytesOf(quantity, textOf(memory, 'AllocationUnits'), MIB) / MIB),
  }
}

/** VMware's `<vmw:Config vmw:key vmw:value>`. */
function settingsOf(hardware: Element | undefined): ReadonlyMap<string, string> {
  return new Map(childrenOf(hardware, 'Config').map(({ attributes }) => [attributes['key'] ?? '', attributes['value'] ?? '']))
}

function firmwareOf(settings: ReadonlyMap<string, string>, virtualBox: string | null): OvfSystem['firmware'] {
  const isUefi = settings.get('firmware')?.toLowerCase() === 'efi' || (virtualBox !== null && /^EFI/i.test(virtualBox))
  if (!isUefi) return 'bios'
  return settings.get('bootOptions.efiSecureBootEnabled') === 'true' ? 'uefi-secure' : 'uefi'
}

/** By the controllers' places in the list, then by the place on the controller: the order in which their own hypervisor shows them. */
function drivesOf(items: readonly Item[]): readonly OvfDrive[] {
  const controllers = new Map(items.map((item, index) => [textOf(item.element, 'InstanceID'), { item, index }]))
  const drives = items
    .filter(({ type }) => type === RESOURCE.disk)
    .flatMap(({ element }) => {
      const diskId = /^(?:ovf:\/?)?\/disk\/(.+)$/.exec(textOf(element, 'HostResource') ?? '')?.[1]
      if (diskId === undefined) return []
      const controller = controllers.get(textOf(element, 'Parent'))
      const place = Number(textOf(element, 'AddressOnParent') ?? 0)
      return [
        { diskId, controller: controllerName(controller?.item), order: [controller?.index ?? 0, Number.isNaN(place) ? 0 : place] as const },
      ]
    })
  return drives.sort((a, b) => a.order[0] - b.order[0] || a.order[1] - b.order[1]).map(({ diskId, controller }) => ({ diskId, controller }))
}

function controllerName(item: Item | undefined): string | null {
  if (!item) return null
  return item.subType ?? (item.type === RESOURCE.ide ? 'IDE' : item.type === RESOURCE.scsi ? 'SCSI' : null)
}

function cardOf({ element, subType }: Item): OvfCard {
  return { network: textOf(element, 'Connection'), model: subType }
}

function isMissed({ type }: Item): boolean {
  return !NOT_MISSED.has(type)
}

function osOf(section: Element | undefined): OvfOs {
  const id = section?.attributes['id']
  const names = [section?.attributes['osType'], textOf(section, 'OSType'), textOf(section, 'Description')]
  return { id: id !== undefined && /^\d{1,5}$/.test(id) ? Number(id) : null, names: names.filter((name) => name != null) }
}

function ownNotes(notes: Element | undefined): OwnNotes | null {
  if (!notes) return null
  const disks = childrenOf(notes, 'Disk').flatMap(({ attributes: { diskId, bus } }) => (diskId && bus ? [[diskId, bus] as const] : []))
  return {
    os: notes.attributes['os'] ?? null,
    buses: Object.fromEntries(disks),
    nicModels: childrenOf(notes, 'Card').map(({ attributes }) => attributes['model'] ?? ''),
  }
}
