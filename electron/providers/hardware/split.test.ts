import { expect, test } from 'vitest'
import { type HardwareEditInput, type HardwareReason, hardwareEditSchema, hardwareReason } from '../../../shared/model/index.ts'
import { splitOf } from './split.ts'
import { hardware } from './testing/hardware.ts'

/** By the field that is refused: why. */
function split(input: HardwareEditInput, refused: Readonly<Record<string, HardwareReason>>, running = hardware()) {
  return splitOf(hardwareEditSchema.parse(input), running, (part) => {
    const field = Object.keys(part).find((name) => refused[name])
    return field === undefined ? null : hardwareReason(refused[field] ?? 'hardware.next-start-only')
  })
}

const CARD = { edit: 'changeNic', device: 'nic:52:54:00:00:00:01', linkUp: false, filter: 'clean', model: 'e1000e' } as const

test('what can count now is an edit of its own, and each other field says why it waits', () => {
  expect(split(CARD, { model: 'hardware.next-start-only' })).toEqual({
    now: { edit: 'changeNic', device: CARD.device, linkUp: false, filter: 'clean' },
    fields: ['nic.linkUp', 'nic.filter'],
    rest: [{ field: 'nic.model', reason: expect.objectContaining({ code: 'hardware.next-start-only' }) }],
  })
})

test('a field that an edit cannot be without is no change of its own when the machine has it so', () => {
  const raise = { edit: 'setVcpus', vcpus: 2, maxVcpus: 8 } as const
  expect(split(raise, { maxVcpus: 'hardware.next-start-only' })).toBeNull()
  expect(split({ ...raise, vcpus: 3 }, { maxVcpus: 'hardware.next-start-only' })).toMatchObject({
    now: { edit: 'setVcpus', vcpus: 3 },
    fields: ['vcpus'],
    rest: [{ field: 'maxVcpus' }],
  })
})

test('nothing is split that is all of one time, or wrong in any field', () => {
  expect(split(CARD, {})).toBeNull()
  const next = 'hardware.next-start-only'
  expect(split(CARD, { linkUp: next, filter: next, model: next })).toBeNull()
  expect(split(CARD, { model: next, filter: 'hardware.filter-missing' })).toBeNull()
  expect(split({ edit: 'setBoot', order: [] }, { order: next })).toBeNull()
})
