import { expect, test } from 'vitest'
import type { I18n } from '../../lib/i18n/index.ts'
import { layOut } from './form-layouts.ts'
import { configOf, type FormValues, fieldsOf, initialValues, isNarrower, isOtherTarget } from './form-model.ts'

const i18n = { optional: (key: string | undefined) => (key === 'form.libvirt.host' ? 'Rechner' : null) } as unknown as I18n

const schema = {
  required: ['host'],
  properties: {
    transport: { enum: ['ssh', 'unix', 'tls'], default: 'ssh', title: 'Way' },
    host: { type: 'string', default: '', title: 'Host', description: 'Name or address' },
    port: { title: 'Port' },
    user: { title: 'User', 'x-order': 1 },
    useSshConfig: { type: 'boolean', default: true, title: 'Use it' },
    faults: { type: 'object', properties: {} },
  },
}

test('a field has the words of the catalogue, else those of the provider; nested objects are not asked for', () => {
  const fields = fieldsOf('libvirt', schema, i18n)
  expect(fields.map((field) => field.name)).toEqual(['transport', 'host', 'user', 'port', 'useSshConfig'])
  expect(fields[1]).toMatchObject({ title: 'Rechner', help: 'Name or address', required: true, kind: 'text' })
  expect(fields[0]).toMatchObject({ kind: 'choice', choices: ['ssh', 'unix', 'tls'], initial: 'ssh' })
})

test('an empty field is not sent, a kept one that the form does not show stays', () => {
  const fields = fieldsOf('libvirt', schema, i18n)
  const kept = { host: 'kvm-01', port: 2222, faults: { cutAfterMs: 5 } }
  const values = { ...initialValues(fields, kept), port: ' ', user: 'root' }
  expect(configOf(fields, values, kept)).toEqual({
    transport: 'ssh',
    host: 'kvm-01',
    user: 'root',
    useSshConfig: true,
    faults: { cutAfterMs: 5 },
  })
})

test('only what the chosen way needs is shown', () => {
  const fields = fieldsOf('libvirt', schema, i18n)
  const names = (transport: string) => {
    const { first, more } = layOut('libvirt', fields, { transport })
    return [...first, ...more].map((field) => field.name)
  }
  expect(names('ssh')).toEqual(['transport', 'host', 'user', 'port', 'useSshConfig'])
  expect(names('unix')).toEqual(['transport'])
  expect(names('tls')).toEqual(['transport', 'host', 'port'])
})

const cloud = {
  properties: {
    login: { enum: ['keys', 'profile'], default: 'keys' },
    accessKeyId: { type: 'string' },
    profile: { type: 'string' },
    roles: { type: 'array', items: { type: 'string' } },
    externalId: { type: 'string' },
    regions: { type: 'array', items: { type: 'string' }, default: [] },
    odd: { type: 'array', items: { type: 'object' } },
  },
}

test('lists of words are fields; an empty one is not sent, a full one as it is', () => {
  const fields = fieldsOf('aws', cloud, i18n)
  expect(fields.find((field) => field.name === 'regions')).toMatchObject({ kind: 'list', initial: [] })
  expect(fields.some((field) => field.name === 'odd')).toBe(false)
  const values: FormValues = { ...initialValues(fields, { regions: ['eu-west-1'], roles: ['arn:1', 'arn:2'] }), regions: [] }
  expect(values.roles).toEqual(['arn:1', 'arn:2'])
  expect(configOf(fields, values, { regions: ['eu-west-1'] })).toEqual({ login: 'keys', roles: ['arn:1', 'arn:2'] })
})

test('an account is asked only what its way of logging in needs, lists apart', () => {
  const fields = fieldsOf('aws', cloud, i18n)
  const names = (login: string, roles: readonly string[] = []) => {
    const { first, lists, more } = layOut('aws', fields, { login, roles })
    return [first, lists, more].map((part) => part.map((field) => field.name))
  }
  expect(names('keys')).toEqual([['login', 'accessKeyId'], ['regions'], ['roles']])
  expect(names('profile', ['arn:1'])).toEqual([['login', 'profile'], ['regions'], ['roles', 'externalId']])
})

test('no list and an empty one name the same target', () => {
  expect(isOtherTarget(['roles'], { roles: [] }, {})).toBe(false)
  expect(isOtherTarget(['roles'], { roles: [] }, { roles: ['arn:1'] })).toBe(true)
})

test('a part of what was checked needs no other check, anything else does', () => {
  const all = ['a', 'b', 'c']
  expect(isNarrower([], ['a'], all)).toBe(true)
  expect(isNarrower([], ['a', 'typed'], all)).toBe(false)
  expect(isNarrower([], ['a'], [])).toBe(false)
  expect(isNarrower([], [], [])).toBe(true)
  expect(isNarrower(['a', 'b'], ['b'], all)).toBe(true)
  expect(isNarrower(['a', 'b'], ['c'], all)).toBe(false)
  expect(isNarrower(['a'], [], all)).toBe(false)
})
