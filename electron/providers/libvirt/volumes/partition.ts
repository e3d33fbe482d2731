import { posix } from 'node:path'
import type { VolumePlace } from '../../../../shared/model/index.ts'
import type { StoragePoolRef } from '../../../libvirt/index.ts'
import { at, attributeOf, parseXml } from '../../../xml/index.ts'
import { type VolumeContext, within } from './volume-context.ts'
import { partitionName } from './volume-problems.ts'

/**
 * The format to make a new volume in. In a pool of the type disk it is a partition: it has no format, and its name is the kernel's, not ours.
 * libvirt would make it and then complain of the name. Throws `invalid-input` volume.partition-name.
 */
export async function formatIn(context: VolumeContext, pool: StoragePoolRef, place: VolumePlace, format: string): Promise<string> {
  const { host } = context
  const { xml } = await host.call('storagePoolGetXmlDesc', { pool, flags: 0 }, within(context))
  const element = parseXml(xml)
  if (attributeOf(element, 'type') !== 'disk') return format
  const { vols } = await host.call('storagePoolListAllVolumes', { pool, needResults: 1, flags: 0 }, within(context))
  const device = posix.basename(attributeOf(at(element, 'source', 'device'), 'path') ?? '')
  const expected = nextPartition(device, new Set(vols.map(({ name }) => name)))
  if (place.volume !== expected) throw partitionName(place, expected)
  return 'none'
}

/** The lowest number that is free: sdb1, and nvme0n1p1 where the device's own name ends with a digit. */
export function nextPartition(device: string, taken: ReadonlySet<string>): string {
  const stem = /\d$/.test(device) ? `${device}p` : device
  for (let number = 1; ; number += 1) if (!taken.has(`${stem}${number}`)) return `${stem}${number}`
}
