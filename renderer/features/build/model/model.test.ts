import { describe, expect, test } from 'vitest'
import { parseQuery } from '../../../../shared/query/index.ts'
import { lineDiff } from '../../../lib/xml/line-diff.ts'
import { options } from '../testing/options.ts'
import { patternOf, valueAt, withValue } from './at-path.ts'
import { mended } from './mend.ts'
import { queryOfNames } from './names-query.ts'
import { keysOf } from './public-keys.ts'
import { draftNames, totalsOf } from './totals.ts'

test('a value at a path is replaced in a copy, and made where nothing was', () => {
  const before = { spec: { disks: [{ bus: 'virtio' }, { bus: 'sata' }] }, name: 'web' }
  const after = withValue(before, 'spec.disks.1.bus', 'scsi')
  expect(after).toEqual({ spec: { disks: [{ bus: 'virtio' }, { bus: 'scsi' }] }, name: 'web' })
  expect(before.spec.disks[1]?.bus).toBe('sata')
  expect(after.spec.disks[0]).toBe(before.spec.disks[0])
  expect(withValue({}, 'a.b', 1)).toEqual({ a: { b: 1 } })
  expect(valueAt(before, 'spec.disks.1.bus')).toBe('sata')
  expect(valueAt(before, 'spec.nics.0.mac')).toBeUndefined()
  expect(patternOf('spec.disks.3.source.pool')).toBe('spec.disks.source.pool')
  expect(patternOf('changes.diskSizes.vda')).toBe('changes.diskSizes')
})

test('a mend sets its field; one that takes cloud-init away leaves the choices as they are', () => {
  const form = { draft: { first: 1, cloudInit: { user: 'maja' } }, firstStart: 'choices' as const }
  expect(mended(form, { code: 'build.next-number', field: 'first', value: 4 }).draft.first).toBe(4)
  expect(mended(form, { code: 'build.as-template', field: 'cloudInit', value: null })).toEqual({ ...form, firstStart: 'none' })
})

describe('public keys of a file', () => {
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGxzb21la2V5 maja@workstation'
  test('one, or an authorized_keys with comments and options', () => {
    expect(keysOf(`${key}\n`)).toEqual({ kind: 'public', keys: [key] })
    expect(keysOf(`# mine\r\nfrom="10.0.0.0/8",no-pty ${key}\r\n\r\n`)).toEqual({ kind: 'public', keys: [key] })
  })
  test('a private key is told apart, in OpenSSH’s form and in PuTTY’s', () => {
    expect(keysOf('-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----\n')).toEqual({ kind: 'private' })
    expect(keysOf('PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n')).toEqual({ kind: 'private' })
  })
  test('anything else holds none', () => {
    expect(keysOf('\u0000\u0001ELF')).toEqual({ kind: 'none' })
    expect(keysOf('')).toEqual({ kind: 'none' })
  })
})

test('lines of two definitions, side by side', () => {
  expect(lineDiff('<a>\n  <b/>\n</a>\n', '<a>\n  <c/>\n</a>\n')).toEqual([
    { kind: 'same', text: '<a>' },
    { kind: 'removed', text: '  <b/>' },
    { kind: 'added', text: '  <c/>' },
    { kind: 'same', text: '</a>' },
  ])
  expect(lineDiff('a\nb\nc', 'a\nc').map((line) => line.kind)).toEqual(['same', 'removed', 'same'])
  expect(lineDiff('a', 'a\nb\nc').map((line) => line.kind)).toEqual(['same', 'added', 'added'])
})

describe('names', () => {
  test('as they will be; none while the numbers are not right', () => {
    expect(draftNames({ name: 'web-{nn}', count: 3, first: 9 })).toEqual(['web-09', 'web-10', 'web-11'])
    expect(draftNames({ name: 'web', count: 1, first: 1 })).toEqual(['web'])
    expect(draftNames({ name: 'web', count: 'many', first: 1 })).toEqual([])
    expect(draftNames({ name: 'web', count: 1_000_000, first: 1 })).toEqual([])
    expect(draftNames({ name: ' ', count: 1, first: 1 })).toEqual([])
  })
  test('are found again by a query that can be read', () => {
    expect(queryOfNames(['web-01', 'web-02'])).toBe('name:web-01 | name:web-02')
    const odd = queryOfNames(['my "web"', 'back\\slash'])
    expect(parseQuery(odd).ok).toBe(true)
    const many = draftNames({ name: 'web-{nn}', count: 40, first: 1 })
    expect(queryOfNames(many)).toBe('name:web-*')
  })
})

test('what is needed is counted over all machines, a pool at a time', () => {
  const { defaults } = options()
  const [disk] = defaults.disks
  const spec = { ...defaults, disks: disk ? [disk, disk, { ...disk, source: { ...disk.source, pool: 'fast' } }] : [] }
  const totals = totalsOf(spec, 3, options())
  expect(totals).toMatchObject({ vcpus: 3, memoryMiB: 3_072, hostCpus: 64 })
  expect(totals.pools).toEqual([
    { pool: 'default', bytes: 6 * 10_737_418_240, availableBytes: 500_000_000_000 },
    { pool: 'fast', bytes: 3 * 10_737_418_240, availableBytes: 50_000_000_000 },
  ])
  expect(totalsOf({ ...spec, memoryMiB: 'much' }, 'some', options())).toMatchObject({ vcpus: 1, memoryMiB: 0 })
})
