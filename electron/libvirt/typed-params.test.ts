import { expect, test } from 'vitest'
import { fromTypedParams, MIGRATION_PARAMS, toTypedParams } from './typed-params.ts'

test('a plain object becomes parameters of the types that the schema names', () => {
  expect(
    toTypedParams(
      { bandwidth: 100, migrate_disks: ['vda', 'vdb'], 'compression.mt.level': 3, destination_name: undefined },
      MIGRATION_PARAMS,
    ),
  ).toEqual([
    { field: 'bandwidth', type: 'ullong', value: 100n },
    { field: 'migrate_disks', type: 'string', value: 'vda' },
    { field: 'migrate_disks', type: 'string', value: 'vdb' },
    { field: 'compression.mt.level', type: 'int', value: 3 },
  ])
})

test('without a schema the value tells the type', () => {
  expect(toTypedParams({ a: 1, b: 1.5, c: 1n, d: -1n, e: true, f: 'x' }).map((param) => param.type)).toEqual([
    'int',
    'double',
    'ullong',
    'llong',
    'boolean',
    'string',
  ])
})

test('a value of the wrong type is refused with its name', () => {
  expect(() => toTypedParams({ bandwidth: 'fast' }, MIGRATION_PARAMS)).toThrow('parameter bandwidth must be ullong, not string')
  expect(() => toTypedParams({ disks_port: 1n }, MIGRATION_PARAMS)).toThrow(expect.objectContaining({ kind: 'invalid-input' }))
})

test('parameters become a plain object, and a hostile name does no harm', () => {
  const values = fromTypedParams([
    { field: 'cpu_shares', type: 'ullong', value: 1024n },
    { field: '__proto__', type: 'string', value: 'x' },
  ])
  expect(values.cpu_shares).toBe(1024n)
  expect(Object.getPrototypeOf(values)).toBe(Object.prototype)
})
