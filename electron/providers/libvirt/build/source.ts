import type { CloneSource, Reason } from '../../../../shared/model/index.ts'
import { at, attributeOf, childrenOf, parseXml, textOf, type XmlElement } from '../../../xml/index.ts'
import { within } from '../act-context.ts'
import { findVolume, namedDisks } from '../disks.ts'
import { memoryKiB, readDefinition } from '../domain-facts.ts'
import type { BuildContext } from './build-context.ts'
import { cloneWarnings } from './clone-warnings.ts'
import { readSource } from './definition.ts'
import { oddNic, readNic } from './nic-xml.ts'
import { readVolume, type VolumeRead } from './storage.ts'
import { child, children, parseTree } from './xml-tree.ts'

/** What a machine is to its clones, by its kept definition. */
export async function cloneSource(context: BuildContext, ref: string): Promise<Omit<CloneSource, 'machineId'>> {
  const { host } = context
  const xml = await readSource(host, ref, false, within(context))
  const { dom } = await host.call('domainLookupByUuid', { uuid: ref }, within(context))
  const domain = parseXml(xml)
  const { vcpus, maxMemoryKiB, template } = readDefinition(xml)
  const cards = children(child(parseTree(xml), 'devices'), 'interface')
  const disks = namedDisks(domain).filter(({ named }) => named.device === 'disk' || named.device === 'lun')
  const { active } = await host.call('domainIsActive', { dom }, within(context))
  const [diskFacts, snapshots] = await Promise.all([
    Promise.all(disks.map((disk) => sourceDisk(context, disk, active !== 0))),
    host.call('domainListAllSnapshots', { dom, needResults: 1, flags: 0 }, within(context)).then(
      (listed) => listed.snapshots.length,
      () => 0,
    ),
  ])
  return {
    name: textOf(domain, 'name') ?? dom.name,
    vcpus,
    memoryMiB: Math.max(1, Math.round((memoryKiB(at(domain, 'memory')) ?? maxMemoryKiB) / 1_024)),
    disks: diskFacts,
    nics: cards.map((card) => readNic(card) ?? oddNic(card)),
    firmware: firmwareOf(at(domain, 'os')),
    template,
    warnings: [...cloneWarnings(domain, cards, snapshots)],
  }
}

type NamedDisk = ReturnType<typeof namedDisks>[number]

async function sourceDisk(context: BuildContext, { named, source }: NamedDisk, isActive: boolean): Promise<CloneSource['disks'][number]> {
  const found = await findVolume(context, source)
  const volume = found ? await readVolume(context.host, found, within(context)) : null
  const isShared = named.readOnly || named.shareable
  return {
    target: named.target,
    place: found ? { pool: found.pool, volume: found.name } : null,
    format: named.format ?? volume?.format ?? null,
    capacityBytes: volume?.capacityBytes ?? null,
    allocationBytes: volume?.allocationBytes ?? null,
    copied: !isShared,
    linkReason: linkReason(volume, isActive),
  }
}

/** An overlay needs a base that never changes, and is a file itself. */
function linkReason(volume: VolumeRead | null, isActive: boolean): Reason | null {
  if (volume === null) return { code: 'build.disk-in-no-pool', text: 'This disk lies in no pool of the host.' }
  if (isActive) return { code: 'build.link-running', text: 'The machine is running: an overlay needs a base that never changes.' }
  if (volume.kind === 'file') return null
  return { code: 'build.link-not-a-file', text: 'This disk is a block device: overlays are qcow2 files and lie in a pool of files.' }
}

function firmwareOf(os: XmlElement | undefined): CloneSource['firmware'] {
  const loader = at(os, 'loader')
  const isUefi = attributeOf(os, 'firmware') === 'efi' || attributeOf(loader, 'type') === 'pflash'
  if (!isUefi) return 'bios'
  const feature = childrenOf(at(os, 'firmware'), 'feature').find(({ attributes }) => attributes.name === 'secure-boot')
  return attributeOf(loader, 'secure') === 'yes' || feature?.attributes.enabled === 'yes' ? 'uefi-secure' : 'uefi'
}
