import { expect, test } from 'vitest'
import type { MachineId, MigrationFinding } from '../../../shared/model/index.ts'
import { acceptances, refuseUnread } from './accepts.ts'

const [A, B] = ['c1.m.a', 'c1.m.b'] as MachineId[] as [MachineId, MachineId]

test('all or none is the same for each machine', () => {
  expect([acceptances(true)(A), acceptances(false)(B)]).toEqual([true, false])
})

test('what was read of one machine is not accepted of another, but for sums: whichever comes last meets them', () => {
  const of = acceptances({ [A]: ['clock-apart'], [B]: ['space-tight-together:fast', 'display-address:10.0.0.1'] })
  expect(of(A)).toEqual(['clock-apart', 'space-tight-together:fast'])
  expect(of(B)).toEqual(['space-tight-together:fast', 'display-address:10.0.0.1'])
  expect(of('c1.m.c' as MachineId)).toEqual(['space-tight-together:fast'])
})

test('a machine of which nothing was read has read nothing: what warns is new', () => {
  const warning: MigrationFinding = {
    id: 'clock-apart',
    check: 'clock',
    severity: 'warns',
    reason: { code: 'migration.finding.clock-apart', text: 'Clocks differ.' },
    facts: null,
    mends: [],
  }
  expect(() => refuseUnread('web', [warning], acceptances({})(A))).toThrow(expect.objectContaining({ code: 'migration.new-warnings' }))
  expect(() => refuseUnread('web', [warning], acceptances({ [A]: ['clock-apart'] })(A))).not.toThrow()
})
