import type { HardwareEdit } from '../../../../shared/model/index.ts'
import { at, childrenOf, type XmlElement } from '../../../xml/index.ts'
import { element } from '../build/xml-tree.ts'

/** What SCSI disks of a machine hang on; libvirt by itself would add one that few guests have a driver for. */
export const scsiController = () => element('controller', { type: 'scsi', index: 0, model: 'virtio-scsi' })

export function hasController(domain: XmlElement | undefined, type: 'scsi' | 'usb'): boolean {
  return childrenOf(at(domain, 'devices'), 'controller').some(({ attributes }) => attributes.type === type && attributes.model !== 'none')
}

/** The bus that an edit puts a disk or a drive on; null: none. */
export function busOf(edit: HardwareEdit): string | null {
  if (edit.edit === 'addDisk') return edit.disk.bus
  return edit.edit === 'addDrive' || edit.edit === 'changeDisk' ? (edit.bus ?? null) : null
}

/** Whether a SCSI controller comes with an edit, as the definition has none. */
export function bringsController(edit: HardwareEdit, domain: XmlElement | undefined): boolean {
  return busOf(edit) === 'scsi' && !hasController(domain, 'scsi')
}
