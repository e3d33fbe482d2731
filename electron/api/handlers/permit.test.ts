import { describe, expect, test } from 'vitest'
import type { Permission } from '../../../shared/contract/index.ts'
import type { CallContext } from '../handlers.ts'
import { permitImport, permitTask } from './permit.ts'

const context = (...permissions: Permission[]) => ({ permissions: new Set(permissions) }) as unknown as CallContext
const forbidden = (permission: Permission) =>
  expect.objectContaining({ kind: 'forbidden', code: 'auth.forbidden', details: { permission } })

describe('what a task does is done again only by whoever may do it', () => {
  test.each([
    ['machine.create', 'machine.create'],
    ['machine.import', 'machine.create'],
    ['machine.export', 'volume.read'],
    ['volume.upload', 'volume.write'],
    ['pool.remove', 'volume.write'],
    ['machine.delete', 'machine.delete'],
  ] as const)('%s needs %s', (kind, permission) => {
    expect(() => permitTask(kind, context('task.control'))).toThrow(forbidden(permission))
    expect(() => permitTask(kind, context('task.control', permission))).not.toThrow()
  })
})

test('an import deletes its package only for whoever may delete volumes', () => {
  expect(() => permitImport(true, context('machine.create'))).toThrow(forbidden('volume.write'))
  expect(() => permitImport(true, context('machine.create', 'volume.write'))).not.toThrow()
  expect(() => permitImport(false, context('machine.create'))).not.toThrow()
})
