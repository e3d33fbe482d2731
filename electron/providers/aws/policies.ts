import type { CloudPolicy } from '../../../shared/model/index.ts'
import { type AwsConfig, queuesOf } from './config.ts'
import { EC2_PERMISSIONS, OTHER_PERMISSIONS, QUEUE_PERMISSIONS } from './permission-table.ts'
import { queueArn } from './queue.ts'

const READS = /:(Describe|Get)/
/** What reads there gives out is more than what is shown: output of commands, and bytes of disks. */
const NOT_TO_LOOK = /^(ssm|ebs):/

/** IAM policies: to look, and to act as well. Who one is may always be asked. */
export function policies(config: AwsConfig): readonly CloudPolicy[] {
  const all = [...EC2_PERMISSIONS, ...OTHER_PERMISSIONS].map(({ name }) => name)
  const read = all.filter((name) => READS.test(name) && !NOT_TO_LOOK.test(name))
  return [
    { id: 'read', format: 'json', text: policy(read, config) },
    { id: 'operate', format: 'json', text: policy(all, config) },
  ]
}

function policy(actions: readonly string[], config: AwsConfig): string {
  const { regions } = config
  const [first] = regions
  const queues = queuesOf(config).map(queueArn)
  // regions are listed where the account is at home
  const everywhere = actions.filter((name) => name === 'ec2:DescribeRegions')
  const there = first === undefined ? actions : actions.filter((name) => name !== 'ec2:DescribeRegions')
  const Statement = [
    {
      Sid: 'NovaCron',
      Effect: 'Allow',
      Action: [...there].toSorted(),
      Resource: '*',
      ...(first !== undefined && { Condition: { StringEquals: { 'aws:RequestedRegion': [...regions] } } }),
    },
    ...(first === undefined ? [] : [{ Sid: 'NovaCronRegions', Effect: 'Allow', Action: everywhere, Resource: '*' }]),
    // they need not be in one of the regions
    ...(queues.length === 0
      ? []
      : [{ Sid: 'NovaCronEvents', Effect: 'Allow', Action: QUEUE_PERMISSIONS.map(({ name }) => name), Resource: queues }]),
  ]
  return `${JSON.stringify({ Version: '2012-10-17', Statement }, null, 2)}\n`
}
