import { expect, test } from 'vitest'
import { policyConfig } from './form-layouts.ts'

test('a policy is asked for by places and queues alone, whatever the login', () => {
  const queue = 'https://sqs.eu-central-1.amazonaws.com/123456789012/novacron'
  const config = { login: 'keys', accessKeyId: 'AKIALOOPBACK', regions: ['eu-central-1'], eventQueues: [queue] }
  expect(policyConfig('aws', config)).toEqual({ login: 'profile', profile: 'default', regions: ['eu-central-1'], eventQueues: [queue] })
})

test('queues of another server go with its address, without which they would be refused', () => {
  const endpoint = 'http://127.0.0.1:4566'
  const eventQueues = [`${endpoint}/123456789012/novacron`]
  expect(policyConfig('aws', { login: 'keys', endpoint, eventQueues })).toMatchObject({ endpoint, eventQueues })
  expect(policyConfig('aws', { login: 'keys', endpoint })).not.toHaveProperty('endpoint')
})
