import { describe, expect, test } from 'vitest'
import type { Permission } from '../../../shared/contract/index.ts'
import type { CallContext } from '../handlers.ts'
import { permitImport, permitSnapshot, permitTask } from './permit.ts'

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
    ['network.edit', 'network.write'],
    ['machine.delete', 'machine.delete'],
    ['machine.edit', 'machine.modify'],
    ['machine.snapshot', 'machine.modify'],
    ['machine.scheduledSnapshot', 'machine.modify'],
  ] as const)('%s needs %s', (kind, permission) => {
    expect(() => permitTask({ kind, params: {} }, context('task.control'))).toThrow(forbidden(permission))
    expect(() => permitTask({ kind, params: {} }, context('task.control', permission))).not.toThrow()
  })
})

test('an import deletes its package only for whoever may delete volumes', () => {
  expect(() => permitImport(true, context('machine.create'))).toThrow(forbidden('volume.write'))
  expect(() => permitImport(true, context('machine.create', 'volume.write'))).not.toThrow()
  expect(() => permitImport(false, context('machine.create'))).not.toThrow()
})

test('a clone of a snapshot is made only by whoever may make machines', () => {
  expect(() => permitSnapshot('clone', context('machine.modify'))).toThrow(forbidden('machine.create'))
  expect(() => permitSnapshot('clone', context('machine.modify', 'machine.create'))).not.toThrow()
  expect(() => permitSnapshot('revert', context('machine.modify'))).not.toThrow()
})

test('a branch is discarded only by whoever may delete volumes', () => {
  expect(() => permitSnapshot('discard', context('machine.modify'))).toThrow(forbidden('volume.write'))
  expect(() => permitSnapshot('discard', context('machine.modify', 'volume.write'))).not.toThrow()
  const task = { kind: 'machine.snapshot', params: { operation: 'discard' } }
  expect(() => permitTask(task, context('machine.modify'))).toThrow(forbidden('volume.write'))
  expect(() => permitTask(task, context('machine.modify', 'volume.write'))).not.toThrow()
})
