import { keyAndValue, type MachineAction } from '../../../shared/model/index.ts'
import type { SeenMachine } from './api.ts'

/** What an action wants of a machine: `reached`, not yet, or nothing that the machine would show. */
export type GoalState = 'reached' | 'not-reached' | 'not-shown'

/** Judged by the machine alone; null: it is gone. */
export function goalOf(action: MachineAction, seen: SeenMachine | null): GoalState {
  if (!seen) return action.action === 'delete' ? 'reached' : 'not-reached'
  const { state, cloud } = seen.facts
  const when = (isReached: boolean | undefined): GoalState => (isReached ? 'reached' : 'not-reached')
  switch (action.action) {
    case 'start':
    case 'restore':
    case 'resume':
      return when(state === 'running')
    case 'shutdown':
      return when(state === 'stopped' && (action.deallocate !== true || cloud?.stopBills !== true || cloud.billing === 'storage'))
    case 'powerOff':
      return when(state === 'stopped' || state === 'saved')
    case 'deallocate':
      return when(state === 'stopped' && cloud?.billing === 'storage')
    case 'managedSave':
      return when(state === 'saved' || state === 'stopped')
    case 'suspend':
      return when(state === 'paused' || state === 'suspended')
    case 'discardSave':
      return when(state === 'stopped')
    case 'rename':
      return when(seen.facts.name === action.name)
    case 'setMetadata':
      return when(hasTags(action, seen.facts.tags))
    case 'setProtection':
      return when(cloud?.isProtected === action.isProtected)
    case 'resize':
      return when(cloud?.type === action.type)
    case 'attachDisk':
      return when(cloud?.disks.some((disk) => sameId(disk.id, action.diskId)))
    case 'detachDisk':
      return when(!cloud?.disks.some((disk) => sameId(disk.id, action.diskId)))
    case 'growDisk':
      return when(cloud?.disks.some((disk) => sameId(disk.id, action.diskId) && (disk.sizeBytes ?? 0) >= action.sizeBytes))
    case 'setAutostart':
      return when(seen.facts.autostart === action.autostart)
    case 'delete':
      return 'not-reached'
    case 'reboot':
    case 'reset':
    case 'addDisplay':
    case 'snapshotDisk':
    case 'createImage':
      return 'not-shown'
    default:
      return action satisfies never
  }
}

/** Azure does not keep the case of its ids. */
function sameId(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

function hasTags(action: Extract<MachineAction, { action: 'setMetadata' }>, tags: readonly string[]): boolean {
  if (action.tags) {
    const wanted = new Set(tagsAfter(tags, { ...action, tags: action.tags }))
    return wanted.size === tags.length && tags.every((tag) => wanted.has(tag))
  }
  return (action.addTags ?? []).every((tag) => tags.includes(tag)) && !(action.removeTags ?? []).some((tag) => tags.includes(tag))
}

/** The tags after a change: `tags` replaces, then some come and some go. A key has one value: the last one given. */
export function tagsAfter(before: readonly string[], action: Extract<MachineAction, { action: 'setMetadata' }>): string[] {
  const removed = new Set(action.removeTags)
  const byKey = new Map<string, string>()
  for (const tag of [...(action.tags ?? before), ...(action.addTags ?? [])]) if (!removed.has(tag)) byKey.set(keyAndValue(tag).key, tag)
  return [...byKey.values()]
}

/** The state on the way to an action's goal: it is under way already, whoever asked for it. */
export function isUnderWay(action: MachineAction, seen: SeenMachine): boolean {
  const { state } = seen.facts
  if (action.action === 'start' || action.action === 'restore') return state === 'starting'
  if (action.action === 'shutdown' && action.deallocate === true) return false
  return state === 'stopping' && ['shutdown', 'powerOff', 'managedSave', 'delete'].includes(action.action)
}
