import { expect, test } from 'vitest'
import { z } from 'zod'
import { providers } from './registry.ts'

test.each(providers.map((provider) => [provider.id, provider] as const))('%s says whom its secrets are shown to', (_id, provider) => {
  const { properties } = z.toJSONSchema(provider.configSchema, { io: 'input', unrepresentable: 'any' })
  const fields = Object.keys(properties ?? {})
  expect(fields).toEqual(expect.arrayContaining([...provider.targetFields]))
  expect(provider.targetFields.length > 0).toBe(provider.secretFields.length > 0)
})

test('a password for SSH is kept for the whole way to one user of one host', () => {
  expect(providers.find(({ id }) => id === 'libvirt')?.targetFields.toSorted()).toEqual([
    'host',
    'jumpHosts',
    'port',
    'transport',
    'useSshConfig',
    'user',
  ])
})
