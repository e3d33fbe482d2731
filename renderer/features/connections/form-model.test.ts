import { expect, test } from 'vitest'
import type { I18n } from '../../lib/i18n/index.ts'
import { configOf, fieldsOf, initialValues, layOut } from './form-model.ts'

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
