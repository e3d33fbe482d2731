import { expect, test } from 'vitest'
import { readEvent } from './events.ts'

const ID = 'i-0123456789abcdef0'
const ARN = `arn:aws:ec2:eu-central-1:123456789012:instance/${ID}`

/** As EventBridge writes them. */
function event(type: string, source: string, more: Readonly<Record<string, unknown>>): string {
  const head = { version: '0', id: '7bf73129-1428-4cd3-a780-95db273d1602', account: '123456789012', time: '2026-11-11T21:29:54Z' }
  return JSON.stringify({ ...head, 'detail-type': type, source, region: 'eu-central-1', ...more })
}

const STATE = event('EC2 Instance State-change Notification', 'aws.ec2', {
  resources: [ARN],
  detail: { 'instance-id': ID, state: 'stopped' },
})

function call(eventName: string, requestParameters: unknown, more: Readonly<Record<string, unknown>> = {}): string {
  return event('AWS API Call via CloudTrail', 'aws.ec2', {
    resources: [],
    detail: { eventSource: 'ec2.amazonaws.com', eventName, requestParameters, ...more },
  })
}

test('a change of state names its machine and its region', () => {
  expect(readEvent(STATE)).toEqual({ region: 'eu-central-1', ids: [ID], isBeside: false })
})

test('the same by way of a topic', () => {
  expect(readEvent(JSON.stringify({ Type: 'Notification', MessageId: '1', Message: STATE }))).toEqual(readEvent(STATE))
})

test.each([
  ['a spot machine that is taken back', event('EC2 Spot Instance Interruption Warning', 'aws.ec2', { detail: { 'instance-id': ID } })],
  [
    'tags',
    event('Tag Change on Resource', 'aws.tag', { resources: [ARN], detail: { service: 'ec2', 'resource-type': 'instance', tags: {} } }),
  ],
])('%s names its machine', (_, body) => {
  expect(readEvent(body)).toMatchObject({ ids: [ID], isBeside: false })
})

test.each([
  ['ModifyInstanceAttribute', { instanceId: ID, disableApiTermination: { value: true } }, {}, true],
  ['AttachVolume', { volumeId: 'vol-0123456789abcdef0', instanceId: ID, device: '/dev/sdf' }, {}, true],
  ['StopInstances', { instancesSet: { items: [{ instanceId: ID }] }, force: false }, {}, false],
  [
    'CreateTags',
    { resourcesSet: { items: [{ resourceId: 'vol-0123456789abcdef0' }, { resourceId: ID }] }, tagSet: { items: [] } },
    {},
    false,
  ],
  ['RunInstances', null, { responseElements: { instancesSet: { items: [{ instanceId: ID, imageId: 'ami-1' }] } } }, false],
])('a call of %s names its machines, and whether lists tell of it', (name, parameters, more, isBeside) => {
  expect(readEvent(call(name, parameters, more))).toEqual({ region: 'eu-central-1', ids: [ID], isBeside })
})

test.each([
  ['a call that was refused', call('StopInstances', { instanceId: ID }, { errorCode: 'Client.UnauthorizedOperation' })],
  ['a call of another service', call('GetObject', { key: ID }, { eventSource: 's3.amazonaws.com' })],
  ['the tags of something else', event('Tag Change on Resource', 'aws.tag', { resources: ['arn:aws:s3:::bucket'] })],
  ['an id that is none', event('EC2 Instance State-change Notification', 'aws.ec2', { detail: { 'instance-id': '../i-1' } })],
  ['a volume', event('EBS Volume Notification', 'aws.ec2', { resources: ['arn:aws:ec2:eu-central-1:123456789012:volume/vol-01'] })],
])('%s tells of no machine', (_, body) => {
  expect(readEvent(body)?.ids).toEqual([])
})

test('a call that is nested without end is read as far as calls are', () => {
  const nested = (depth: number): unknown => (depth === 0 ? ID : { items: [nested(depth - 1)] })
  expect(readEvent(call('CreateTags', nested(2)))?.ids).toEqual([ID])
  expect(readEvent(call('CreateTags', nested(400)))?.ids).toEqual([])
})

test.each([
  ['nothing', ''],
  ['plain text', 'hello'],
  ['no object', '[1, 2]'],
  ['an order of a shop', '{"order": 7}'],
  ['a region that is none', STATE.replace('"eu-central-1"', '"../elsewhere"')],
  ['a topic that wraps no event', JSON.stringify({ Type: 'Notification', Message: 'hello' })],
  ['another service', event('Object Created', 'aws.s3', { resources: [ARN], detail: { 'instance-id': ID } })],
])('%s is nothing of ours', (_, body) => {
  expect(readEvent(body)).toBeNull()
})
