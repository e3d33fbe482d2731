import { expect, test } from 'vitest'
import { MACHINE_ACTIONS, type MachineAction, machineActionSchema } from '../../../shared/model/index.ts'
import { type Before, inverseOf } from './inverse.ts'

const BEFORE: Before = { name: 'web', state: 'running', autostart: false, title: 'T', description: null, notes: 'N', tags: ['a', 'b'] }
const action = (input: unknown): MachineAction => machineActionSchema.parse(input)

test.each([
  [{ action: 'suspend' }, {}, { action: 'resume' }],
  [{ action: 'resume' }, { state: 'paused' }, { action: 'suspend' }],
  [{ action: 'resume' }, { state: 'suspended' }, null],
  [{ action: 'managedSave' }, {}, { action: 'restore' }],
  [{ action: 'restore' }, { state: 'saved' }, { action: 'managedSave' }],
  [{ action: 'start' }, { state: 'stopped' }, { action: 'shutdown', method: 'auto', deadlineMs: 180_000 }],
  [{ action: 'start' }, { state: 'saved' }, { action: 'managedSave' }],
  [{ action: 'shutdown' }, {}, { action: 'start' }],
  [{ action: 'powerOff' }, {}, { action: 'start' }],
  [{ action: 'powerOff' }, { state: 'crashed' }, null],
  [{ action: 'setAutostart', autostart: true }, {}, { action: 'setAutostart', autostart: false }],
  [{ action: 'setAutostart', autostart: false }, {}, null],
  [{ action: 'setAutostart', autostart: true }, { autostart: null }, null],
  [{ action: 'rename', name: 'new' }, {}, { action: 'rename', name: 'web' }],
  [{ action: 'rename', name: 'web' }, {}, null],
  [{ action: 'setMetadata', title: 'new', notes: null }, {}, { action: 'setMetadata', title: 'T', notes: 'N' }],
  [{ action: 'setMetadata', addTags: ['c'] }, {}, { action: 'setMetadata', tags: ['a', 'b'] }],
  [{ action: 'setMetadata', description: 'x' }, {}, { action: 'setMetadata', description: null }],
  [{ action: 'reboot' }, {}, null],
  [{ action: 'reset' }, {}, null],
  [{ action: 'discardSave' }, {}, null],
  [{ action: 'addDisplay' }, {}, null],
  [{ action: 'deallocate' }, {}, { action: 'start' }],
  [{ action: 'attachDisk', diskId: 'vol-1' }, {}, null],
  [{ action: 'detachDisk', diskId: 'vol-1' }, {}, { action: 'attachDisk', diskId: 'vol-1' }],
  [{ action: 'resize', type: 'large' }, {}, null],
  [{ action: 'delete' }, {}, null],
])('%o of a machine that was %o is taken back by %o', (given, before, expected) => {
  const inverse = inverseOf(action(given), { ...BEFORE, ...(before as Partial<Before>) })
  expect(inverse).toEqual(expected)
})

test('a way back never harms more than the way there', () => {
  const harmful = new Set(['powerOff', 'reset', 'delete', 'discardSave', 'reboot'])
  const harmfulToDisks = new Set(['detachDisk', 'growDisk'])
  const disk = { diskId: 'vol-1' }
  const more: Record<string, object> = {
    setAutostart: { autostart: true },
    rename: { name: 'x' },
    resize: { type: 'large' },
    setProtection: { isProtected: false },
    attachDisk: disk,
    detachDisk: disk,
    growDisk: { ...disk, sizeBytes: 2 ** 31 },
    snapshotDisk: { ...disk, name: 'before' },
    createImage: { name: 'golden' },
  }
  const inverses = MACHINE_ACTIONS.map((id) => inverseOf(action({ action: id, ...more[id] }), BEFORE)?.action)
  expect(inverses.filter((id) => id !== undefined && (harmful.has(id) || harmfulToDisks.has(id)))).toEqual([])
})
