import { expect, test } from 'vitest'
import { type AwsConfig, addressOf, awsConfigSchema, homeRegion, queuesOf } from './config.ts'

const config = (given: Readonly<Record<string, unknown>>): AwsConfig => awsConfigSchema.parse({ accessKeyId: 'AKIALOOPBACK', ...given })

test('lists may be written as one text, as forms and command lines give them', () => {
  const roles = 'arn:aws:iam::123456789012:role/hub, arn:aws:iam::210987654321:role/path/customer'
  expect(config({ regions: 'eu-central-1, us-east-1  ap-southeast-2', roles })).toMatchObject({
    regions: ['eu-central-1', 'us-east-1', 'ap-southeast-2'],
    roles: ['arn:aws:iam::123456789012:role/hub', 'arn:aws:iam::210987654321:role/path/customer'],
  })
  expect(config({ regions: '', endpoint: '', externalId: '' })).toEqual({
    login: 'keys',
    accessKeyId: 'AKIALOOPBACK',
    roles: [],
    regions: [],
    eventQueues: [],
  })
})

test.each([
  ['no key', { accessKeyId: '' }, 'accessKeyId'],
  ['no profile', { login: 'profile' }, 'profile'],
  ['a region that is none', { regions: 'eu-central-1, Frankfurt' }, 'regions'],
  ['a role that is none', { roles: 'admin' }, 'roles'],
  ['a server in plain text', { endpoint: 'http://ec2.example.org' }, 'endpoint'],
  ['a server with a password', { endpoint: 'https://me:secret@ec2.example.org' }, 'endpoint'],
  ['a queue that is none', { eventQueues: 'novacron' }, 'eventQueues'],
  ['a queue of another server', { eventQueues: 'https://sqs.example.org/123456789012/novacron' }, 'eventQueues'],
])('%s is refused at its field', (_, given, field) => {
  const parsed = awsConfigSchema.safeParse({ accessKeyId: 'AKIALOOPBACK', ...given })
  expect(parsed.error?.issues.map(({ path }) => path[0])).toEqual([field])
})

test('queues are written as one text as well, and each is read once', () => {
  const [first, second] = ['eu-central-1', 'us-east-1'].map((region) => `https://sqs.${region}.amazonaws.com/123456789012/novacron`)
  const queues = queuesOf(config({ eventQueues: `${first}\n${second}, ${first}` }))
  expect(queues.map(({ url, region }) => [url, region])).toEqual([
    [first, 'eu-central-1'],
    [second, 'us-east-1'],
  ])
})

test('the address tells accounts apart that are reached with the same key', () => {
  const customer = 'arn:aws:iam::210987654321:role/customer'
  const addresses = [
    config({}),
    config({ regions: 'eu-central-1' }),
    config({ roles: customer }),
    config({ login: 'profile', profile: 'work' }),
    config({ endpoint: 'https://aws.example.org' }),
  ].map(addressOf)
  expect(addresses).toEqual([
    'AKIALOOPBACK @ aws',
    'AKIALOOPBACK @ aws (eu-central-1)',
    '210987654321/customer @ aws',
    'work @ aws',
    'AKIALOOPBACK @ aws aws.example.org',
  ])
  expect(addressOf(config({}))).toBe(addressOf(config({})))
})

test.each([
  [{}, 'us-east-1'],
  [{ regions: 'eu-central-1' }, 'us-east-1'],
  [{ regions: 'cn-northwest-1' }, 'cn-northwest-1'],
  [{ roles: 'arn:aws-us-gov:iam::123456789012:role/x' }, 'us-gov-west-1'],
])('%j is at home in %s', (given, home) => {
  expect(homeRegion(config(given))).toBe(home)
})
