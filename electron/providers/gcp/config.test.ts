import { expect, test } from 'vitest'
import { z } from 'zod'
import { addressOf, endpointsOf, gcpConfigSchema } from './config.ts'

test('an empty form is an account of Google itself', () => {
  const config = gcpConfigSchema.parse({ projects: '', endpoint: '' })
  expect(config).toMatchObject({ login: 'key', projects: [] })
  expect(endpointsOf(config)).toEqual({
    compute: 'https://compute.googleapis.com/',
    monitoring: 'https://monitoring.googleapis.com/',
    resourceManager: 'https://cloudresourcemanager.googleapis.com/',
    storage: 'https://storage.googleapis.com/',
    token: 'https://oauth2.googleapis.com/token',
  })
})

test('projects come as a list or as one text', () => {
  expect(gcpConfigSchema.parse({ projects: 'acme-prod-1, acme-dev-2' }).projects).toEqual(['acme-prod-1', 'acme-dev-2'])
  expect(gcpConfigSchema.parse({ projects: ['example.com:acme-old'] }).projects).toEqual(['example.com:acme-old'])
  expect(gcpConfigSchema.safeParse({ projects: ['../../other'] }).success).toBe(false)
})

test.each(['http://compute.example.com/', 'ftp://127.0.0.1/', 'https://user:pass@example.com/', 'nonsense'])(
  '%s is no endpoint',
  (endpoint) => {
    expect(gcpConfigSchema.safeParse({ endpoint }).success).toBe(false)
    expect(gcpConfigSchema.safeParse({ tokenEndpoint: endpoint }).success).toBe(false)
  },
)

test('a loopback endpoint needs no TLS, and roots end with a slash', () => {
  const config = gcpConfigSchema.parse({ endpoint: 'http://127.0.0.1:8080', tokenEndpoint: 'http://[::1]:8080/token' })
  expect(endpointsOf(config)).toMatchObject({ compute: 'http://127.0.0.1:8080/', token: 'http://[::1]:8080/token' })
})

test('two accounts are told apart by their addresses', () => {
  expect(addressOf(gcpConfigSchema.parse({ projects: 'acme-prod-1' }))).toBe('gcp: acme-prod-1')
  expect(addressOf(gcpConfigSchema.parse({ projects: 'acme-dev-2,acme-lab-3' }))).toBe('gcp: acme-dev-2, acme-lab-3')
  expect(addressOf(gcpConfigSchema.parse({}))).toBe('gcp: project of the key')
  expect(addressOf(gcpConfigSchema.parse({ login: 'adc', endpoint: 'http://127.0.0.1:8080/' }))).toBe('gcp: all projects at 127.0.0.1:8080')
})

test('the form is made of it', () => {
  const { properties } = z.toJSONSchema(gcpConfigSchema, { io: 'input', unrepresentable: 'any' })
  expect(Object.keys(properties ?? {})).toEqual([
    'login',
    'projects',
    'credentialsFile',
    'endpoint',
    'monitoringEndpoint',
    'resourceManagerEndpoint',
    'storageEndpoint',
    'tokenEndpoint',
  ])
  for (const property of Object.values(properties ?? {})) expect(property).toMatchObject({ title: expect.stringMatching(/./) })
  expect(properties?.['login']).toMatchObject({ enum: ['key', 'adc'], default: 'key' })
  expect(properties?.['endpoint']).toMatchObject({ type: 'string' })
})
