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
  | 'autostartOn'
  | 'autostartOff'
  | 'tags'
  | 'rename'
  | 'addDisplay'
  | 'delete'

export interface Offer {
  readonly id: OfferId
  readonly action: MachineActionId
  readonly label: MessageKey
  readonly permission: Permission
  /** What is asked first: nothing, a yes to what cannot be taken back, or more details. */
  readonly asks: 'nothing' | 'confirm' | 'delete' | 'tags' | 'name'
  /** Felt by others, the users of the machines or the hosts that carry them: asked about when it is many. */
  readonly disturbs?: boolean
  readonly danger?: boolean
  /** Makes sense for one machine only. */
  readonly single?: boolean
  /** Rarely wanted: offered where it helps and in the palette, and not in every menu. */
  readonly rare?: boolean
  readonly input?: MachineActionInput
}

export const OFFERS: readonly Offer[] = [
  {
    id: 'start',
    action: 'start',
    label: 'act.start',
    permission: 'machine.operate',
    asks: 'nothing',
    disturbs: true,
    input: { action: 'start' },
  },
  {
    id: 'shutdown',
    action: 'shutdown',
    label: 'act.shutdown',
    permission: 'machine.operate',
    asks: 'nothing',
    disturbs: true,
    input: { action: 'shutdown' },
  },
  {
    id: 'suspend',
    action: 'suspend',
    label: 'act.suspend',
    permission: 'machine.operate',
    asks: 'nothing',
    disturbs: true,
    input: { action: 'suspend' },
  },
  { id: 'resume', action: 'resume', label: 'act.resume', permission: 'machine.operate', asks: 'nothing', input: { action: 'resume' } },
  {
    id: 'powerOff',
    action: 'powerOff',
    label: 'act.powerOff',
    permission: 'machine.operate',
    asks: 'confirm',
    danger: true,
    input: { action: 'powerOff' },
  },
  {
    id: 'reboot',
    action: 'reboot',
    label: 'act.reboot',
    permission: 'machine.operate',
    asks: 'nothing',
    disturbs: true,
    input: { action: 'reboot' },
  },
  {
    id: 'reset',
    action: 'reset',
    label: 'act.reset',
    permission: 'machine.operate',
    asks: 'confirm',
    danger: true,
    input: { action: 'reset' },
  },
  {
    id: 'managedSave',
    action: 'managedSave',
    label: 'act.managedSave',
    permission: 'machine.operate',
    asks: 'nothing',
    disturbs: true,
    input: { action: 'managedSave' },
  },
  { id: 'restore', action: 'restore', label: 'act.restore', permission: 'machine.operate', asks: 'nothing', input: { action: 'restore' } },
  {
    id: 'discardSave',
    action: 'discardSave',
    label: 'act.discardSave',
    permission: 'machine.operate',
    asks: 'confirm',
    danger: true,
    input: { action: 'discardSave' },
  },
  {
    id: 'autostartOn',
    action: 'setAutostart',
    label: 'act.autostartOn',
    permission: 'machine.modify',
    asks: 'nothing',
    input: { action: 'setAutostart', autostart: true },
  },
  {
    id: 'autostartOff',
    action: 'setAutostart',
    label: 'act.autostartOff',
    permission: 'machine.modify',
    asks: 'nothing',
    input: { action: 'setAutostart', autostart: false },
  },
  { id: 'tags', action: 'setMetadata', label: 'act.tags', permission: 'machine.modify', asks: 'tags' },
  { id: 'rename', action: 'rename', label: 'act.rename', permission: 'machine.modify', asks: 'name', single: true },
  {
    id: 'addDisplay',
    action: 'addDisplay',
    label: 'act.addDisplay',
    permission: 'machine.modify',
    asks: 'nothing',
    rare: true,
    input: { action: 'addDisplay' },
  },
  { id: 'delete', action: 'delete', label: 'act.delete', permission: 'machine.delete', asks: 'delete', danger: true },
]

export function offerOf(id: OfferId): Offer {
  const offer = OFFERS.find((one) => one.id === id)
  if (!offer) throw new Error(`no offer ${id}`)
  return offer
}
