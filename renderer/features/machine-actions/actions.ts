import type { Permission } from '../../../shared/contract/index.ts'
import type { MachineActionId, MachineActionInput } from '../../../shared/model/index.ts'
import type { MessageKey } from '../../lib/i18n/index.ts'

/** A thing to do as it is offered: some contract actions appear in more than one form. */
export type OfferId =
  | 'start'
  | 'shutdown'
  | 'reboot'
  | 'suspend'
  | 'resume'
  | 'managedSave'
  | 'restore'
  | 'discardSave'
  | 'reset'
  | 'powerOff'
  | 'deallocate'
  | 'shutdownDeallocate'
  | 'resize'
  | 'createImage'
  | 'attachDisk'
  | 'growDisk'
  | 'snapshotDisk'
  | 'detachDisk'
  | 'autostartOn'
  | 'autostartOff'
  | 'protectOn'
  | 'protectOff'
  | 'tags'
  | 'rename'
  | 'addDisplay'
  | 'delete'

/** What stands together in a menu, between lines. */
export type OfferSection = 'power' | 'restart' | 'memory' | 'shape' | 'disks' | 'settings' | 'delete'

export interface Offer {
  readonly id: OfferId
  readonly section: OfferSection
  readonly action: MachineActionId
  readonly label: MessageKey
  readonly permission: Permission
  /** What is asked first: nothing, a yes to what cannot be taken back, or more details. */
  readonly asks: 'nothing' | 'confirm' | 'delete' | 'tags' | 'name' | 'type' | 'image' | 'disk'
  /** Felt by others, the users of the machines or the hosts that carry them: asked about when it is many. */
  readonly disturbs?: boolean
  readonly danger?: boolean
  /** Makes sense for one machine only. */
  readonly single?: boolean
  /** It is about a disk of the machine: any that it has, or any but the one it boots from. */
  readonly needsDisk?: 'any' | 'data'
  /** Its dialog is worth a look, and says itself what state it needs. */
  readonly looksFirst?: boolean
  /** Rarely wanted: offered where it helps and in the palette, and not in every menu. */
  readonly rare?: boolean
  readonly input?: MachineActionInput
}

export const OFFERS: readonly Offer[] = [
  {
    id: 'start',
    section: 'power',
    action: 'start',
    label: 'act.start',
    permission: 'machine.operate',
    asks: 'nothing',
    disturbs: true,
    input: { action: 'start' },
  },
  {
    id: 'shutdown',
    section: 'power',
    action: 'shutdown',
    label: 'act.shutdown',
    permission: 'machine.operate',
    asks: 'nothing',
    disturbs: true,
    input: { action: 'shutdown' },
  },
  {
    id: 'deallocate',
    section: 'power',
    action: 'deallocate',
    label: 'act.deallocate',
    permission: 'machine.operate',
    asks: 'nothing',
    disturbs: true,
    input: { action: 'deallocate' },
  },
  {
    id: 'shutdownDeallocate',
    section: 'power',
    action: 'shutdown',
    label: 'act.shutdownDeallocate',
    permission: 'machine.operate',
    asks: 'nothing',
    disturbs: true,
    rare: true,
    input: { action: 'shutdown', deallocate: true },
  },
  {
    id: 'suspend',
    section: 'power',
    action: 'suspend',
    label: 'act.suspend',
    permission: 'machine.operate',
    asks: 'nothing',
    disturbs: true,
    input: { action: 'suspend' },
  },
  {
    id: 'resume',
    section: 'power',
    action: 'resume',
    label: 'act.resume',
    permission: 'machine.operate',
    asks: 'nothing',
    input: { action: 'resume' },
  },
  {
    id: 'powerOff',
    section: 'power',
    action: 'powerOff',
    label: 'act.powerOff',
    permission: 'machine.operate',
    asks: 'confirm',
    danger: true,
    input: { action: 'powerOff' },
  },
  {
    id: 'reboot',
    section: 'restart',
    action: 'reboot',
    label: 'act.reboot',
    permission: 'machine.operate',
    asks: 'nothing',
    disturbs: true,
    input: { action: 'reboot' },
  },
  {
    id: 'reset',
    section: 'restart',
    action: 'reset',
    label: 'act.reset',
    permission: 'machine.operate',
    asks: 'confirm',
    danger: true,
    input: { action: 'reset' },
  },
  {
    id: 'managedSave',
    section: 'memory',
    action: 'managedSave',
    label: 'act.managedSave',
    permission: 'machine.operate',
    asks: 'nothing',
    disturbs: true,
    input: { action: 'managedSave' },
  },
  {
    id: 'restore',
    section: 'memory',
    action: 'restore',
    label: 'act.restore',
    permission: 'machine.operate',
    asks: 'nothing',
    input: { action: 'restore' },
  },
  {
    id: 'discardSave',
    section: 'memory',
    action: 'discardSave',
    label: 'act.discardSave',
    permission: 'machine.operate',
    asks: 'confirm',
    danger: true,
    input: { action: 'discardSave' },
  },
  {
    id: 'resize',
    section: 'shape',
    action: 'resize',
    label: 'act.resize',
    permission: 'machine.modify',
    asks: 'type',
    single: true,
    looksFirst: true,
  },
  {
    id: 'createImage',
    section: 'shape',
    action: 'createImage',
    label: 'act.createImage',
    permission: 'machine.operate',
    asks: 'image',
    single: true,
  },
  {
    id: 'attachDisk',
    section: 'disks',
    action: 'attachDisk',
    label: 'act.attachDisk',
    permission: 'machine.modify',
    asks: 'disk',
    single: true,
  },
  {
    id: 'growDisk',
    section: 'disks',
    action: 'growDisk',
    label: 'act.growDisk',
    permission: 'machine.modify',
    asks: 'disk',
    single: true,
    needsDisk: 'any',
  },
  {
    id: 'snapshotDisk',
    section: 'disks',
    action: 'snapshotDisk',
    label: 'act.snapshotDisk',
    permission: 'machine.operate',
    asks: 'disk',
    single: true,
    needsDisk: 'any',
  },
  {
    id: 'detachDisk',
    section: 'disks',
    action: 'detachDisk',
    label: 'act.detachDisk',
    permission: 'machine.modify',
    asks: 'disk',
    single: true,
    needsDisk: 'data',
  },
  {
    id: 'autostartOn',
    section: 'settings',
    action: 'setAutostart',
    label: 'act.autostartOn',
    permission: 'machine.modify',
    asks: 'nothing',
    input: { action: 'setAutostart', autostart: true },
  },
  {
    id: 'autostartOff',
    section: 'settings',
    action: 'setAutostart',
    label: 'act.autostartOff',
    permission: 'machine.modify',
    asks: 'nothing',
    input: { action: 'setAutostart', autostart: false },
  },
  {
    id: 'protectOn',
    section: 'settings',
    action: 'setProtection',
    label: 'act.protectOn',
    permission: 'machine.delete',
    asks: 'nothing',
    input: { action: 'setProtection', isProtected: true },
  },
  {
    id: 'protectOff',
    section: 'settings',
    action: 'setProtection',
    label: 'act.protectOff',
    permission: 'machine.delete',
    asks: 'confirm',
    input: { action: 'setProtection', isProtected: false },
  },
  { id: 'tags', section: 'settings', action: 'setMetadata', label: 'act.tags', permission: 'machine.modify', asks: 'tags' },
  { id: 'rename', section: 'settings', action: 'rename', label: 'act.rename', permission: 'machine.modify', asks: 'name', single: true },
  {
    id: 'addDisplay',
    section: 'settings',
    action: 'addDisplay',
    label: 'act.addDisplay',
    permission: 'machine.modify',
    asks: 'nothing',
    rare: true,
    input: { action: 'addDisplay' },
  },
  { id: 'delete', section: 'delete', action: 'delete', label: 'act.delete', permission: 'machine.delete', asks: 'delete', danger: true },
]

export function offerOf(id: OfferId): Offer {
  const offer = OFFERS.find((one) => one.id === id)
  if (!offer) throw new Error(`no offer ${id}`)
  return offer
}
