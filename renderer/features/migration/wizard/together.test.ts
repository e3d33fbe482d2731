import { expect, test } from 'vitest'
import { type Machine, type MigrationFinding, migrationSpecSchema } from '../../../../shared/model/index.ts'
import { machine } from '../../../lib/testing/fleet-fixture.ts'
import type { Looked } from './queries.ts'
import { preflightOf } from './testing/migrate-fixture.ts'
import { lookedTogether } from './together.ts'

const GIB = 1_073_741_824
const MACHINES: readonly Machine[] = [machine(1, 1), machine(2, 1), machine(3, 1)]

function lookedAt({ id }: Machine, findings: readonly MigrationFinding[] = []): Looked {
  const spec = migrationSpecSchema.parse({ machineId: id, targetHostId: 'c1.h.2', mode: 'live' })
  const takes = [{ what: 'memory' as const, name: null, now: 4 * GIB, most: 4 * GIB, free: 10 * GIB }]
  return { id, preflight: preflightOf(spec, findings, { takes }), error: null, pending: false, again: () => Promise.resolve() }
}

const added = (looked: readonly Looked[]) => looked.map(({ preflight }) => preflight?.findings.map(({ id }) => id))

test('the third of three that fit one by one is told that it is too much, and who fits', () => {
  const looked = lookedTogether(
    MACHINES.map((one) => lookedAt(one)),
    MACHINES,
  )
  expect(added(looked)).toEqual([[], [], ['memory-short-together']])
  expect(looked[2]?.preflight?.findings[0]?.reason.params).toMatchObject({ others: 'web-1, web-2', needed: '12 GiB', free: '10 GiB' })
})

test('one alone, and one that is not looked at yet, are left as they are', () => {
  const [first] = MACHINES.map((one) => lookedAt(one))
  const alone = first ? [first] : []
  expect(lookedTogether(alone, MACHINES)).toBe(alone)
  const waiting: Looked = { ...lookedAt(MACHINES[1] as Machine), preflight: null, pending: true }
  expect(lookedTogether([...alone, waiting], MACHINES)[1]).toBe(waiting)
})
