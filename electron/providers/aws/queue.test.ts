import { expect, test } from 'vitest'
import { queueArn, queueAt } from './queue.ts'

const at = (url: string, endpoint?: string) => queueAt(url, endpoint, 'us-east-1')

test.each([
  ['https://sqs.eu-central-1.amazonaws.com/123456789012/novacron', 'eu-central-1', 'arn:aws:sqs:eu-central-1:123456789012:novacron'],
  ['https://sqs.cn-north-1.amazonaws.com.cn/123456789012/nova.fifo', 'cn-north-1', 'arn:aws-cn:sqs:cn-north-1:123456789012:nova.fifo'],
  ['https://sqs.us-gov-west-1.amazonaws.com/123456789012/a_b-c', 'us-gov-west-1', 'arn:aws-us-gov:sqs:us-gov-west-1:123456789012:a_b-c'],
])('%s is in %s', (url, region, arn) => {
  const queue = at(url)
  expect(queue).toMatchObject({ url, region, account: '123456789012' })
  expect(queue && queueArn(queue)).toBe(arn)
})

test('a queue of a stand-in is one of its own host, and its path may tell the region', () => {
  const endpoint = 'http://127.0.0.1:4566'
  expect(at(`${endpoint}/queue/eu-west-1/123456789012/q`, endpoint)?.region).toBe('eu-west-1')
  expect(at(`${endpoint}/123456789012/q`, endpoint)?.region).toBe('us-east-1')
  expect(at('http://127.0.0.1:9/123456789012/q', endpoint)).toBeNull()
  expect(at('https://sqs.eu-central-1.amazonaws.com/123456789012/q', endpoint)).toBeNull()
})

test.each([
  'https://sqs.eu-central-1.amazonaws.com.example.org/123456789012/q',
  'https://sqs.eu-central-1.example.org/123456789012/q',
  'https://example.org/123456789012/q',
  'http://sqs.eu-central-1.amazonaws.com/123456789012/q',
  'https://sqs.eu-central-1.amazonaws.com:8443/123456789012/q',
  'https://me:secret@sqs.eu-central-1.amazonaws.com/123456789012/q',
  'https://sqs.eu-central-1.amazonaws.com/123456789012/q?Action=SendMessage',
  'https://sqs.eu-central-1.amazonaws.com/123456789012',
  'https://sqs.eu-central-1.amazonaws.com/queue/eu-central-1/123456789012/q',
  'https://sqs.cn-north-1.amazonaws.com/123456789012/q',
  'https://sqs.eu-central-1.amazonaws.com.cn/123456789012/q',
  'arn:aws:sqs:eu-central-1:123456789012:q',
  'novacron',
])('%s is no queue of AWS', (url) => {
  expect(at(url)).toBeNull()
})
