import type { Machine, MachineAction } from '../../../shared/model/index.ts'

/** What of a machine is remembered before it is acted on, to be able to go back. */
export type Before = Pick<Machine, 'name' | 'state' | 'autostart' | 'title' | 'description' | 'notes' | 'tags'>

export function beforeOf(machine: Machine): Before {
  const { name, state, autostart, title, description, notes, tags } = machine
  return { name, state, autostart, title, description, notes, tags }
}

/**
 * The action that takes one back, or null. A way back never harms more than the way there: it asks the guest and never
 * pulls the plug. What a restarted guest had in its memory is lost either way; of a reboot, a discarded state and a
 * deletion nothing comes back. A display that was added stays: somebody may sit in front of it by then. A
 * disk that was attached stays as well: the guest may have begun to use it.
 */
export function inverseOf(action: MachineAction, before: Before): MachineAction | null {
  switch (action.action) {
    case 'start':
      return before.state === 'saved' ? { action: 'managedSave' } : { action: 'shutdown', method: 'auto', deadlineMs: 180_000 }
    case 'shutdown':
    case 'powerOff':
    case 'deallocate':
      return before.state === 'running' ? { action: 'start' } : null
    case 'suspend':
      return { action: 'resume' }
    case 'resume':
      return before.state === 'paused' ? { action: 'suspend' } : null
    case 'managedSave':
      return { action: 'restore' }
    case 'restore':
      return { action: 'managedSave' }
    case 'setAutostart':
      return before.autostart === null || before.autostart === action.autostart
        ? null
        : { action: 'setAutostart', autostart: before.autostart }
    case 'rename':
      return before.name === action.name ? null : { action: 'rename', name: before.name }
    case 'detachDisk':
      return { action: 'attachDisk', diskId: action.diskId }
    case 'setMetadata':
      return formerMetadata(action, before)
    case 'reboot':
    case 'reset':
    case 'discardSave':
    case 'addDisplay':
    case 'attachDisk':
    case 'resize':
    case 'setProtection':
    case 'growDisk':
    case 'snapshotDisk':
    case 'createImage':
    case 'delete':
      return null
  }
}

function formerMetadata(action: Extract<MachineAction, { action: 'setMetadata' }>, before: Before): MachineAction {
  const tagged = action.tags !== undefined || action.addTags !== undefined || action.removeTags !== undefined
  return {
    action: 'setMetadata',
    ...(action.title !== undefined && { title: before.title }),
    ...(action.description !== undefined && { description: before.description }),
    ...(action.notes !== undefined && { notes: before.notes }),
    ...(tagged && { tags: before.tags }),
  }
}
