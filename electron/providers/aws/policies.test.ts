import { expect, test } from 'vitest'
import { awsConfigSchema } from './config.ts'
import { policies } from './policies.ts'

interface Policy {
  readonly Statement: ReadonlyArray<{ readonly Action: readonly string[]; readonly Condition?: unknown; readonly Resource: unknown }>
}

function read(given: Readonly<Record<string, unknown>>): Policy[] {
  return policies(awsConfigSchema.parse({ accessKeyId: 'AKIALOOPBACK', ...given })).map(({ text }) => JSON.parse(text) as Policy)
}

test('to look, nothing is asked for that changes anything', () => {
  const [look, operate] = read({})
  const actions = look?.Statement.flatMap(({ Action }) => Action) ?? []
  expect(actions).toContain('ec2:DescribeInstances')
  expect(actions.filter((action) => !/:(Describe|Get)/.test(action))).toEqual([])
  // bytes of disks are not for who only looks
  expect(JSON.stringify(look)).not.toContain('ebs:')
  expect(operate?.Statement.flatMap(({ Action }) => Action)).toEqual(
    expect.arrayContaining(['ec2:TerminateInstances', 'ssm:SendCommand', 'ebs:PutSnapshotBlock', 'ebs:GetSnapshotBlock', ...actions]),
  )
})

test('regions that are named bound it, but for the list of regions', () => {
  const [look] = read({ regions: ['eu-central-1'] })
  expect(look?.Statement[0]?.Condition).toEqual({ StringEquals: { 'aws:RequestedRegion': ['eu-central-1'] } })
  expect(look?.Statement[0]?.Action).not.toContain('ec2:DescribeRegions')
  expect(look?.Statement[1]).toMatchObject({ Action: ['ec2:DescribeRegions'] })
})

test('queues are asked for only where there are some, and only those', () => {
  const eventQueues = 'https://sqs.us-east-1.amazonaws.com/123456789012/novacron'
  for (const policy of read({ regions: ['eu-central-1'], eventQueues })) {
    expect(policy.Statement.at(-1)).toEqual({
      Sid: 'NovaCronEvents',
      Effect: 'Allow',
      Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage'],
      Resource: ['arn:aws:sqs:us-east-1:123456789012:novacron'],
    })
    expect(JSON.stringify(policy.Statement.slice(0, -1))).not.toContain('sqs:')
  }
  expect(JSON.stringify(read({}))).not.toContain('sqs:')
})
