import type { CloudPolicy } from '../../../shared/model/index.ts'
import type { AwsConfig } from './config.ts'
import { EC2_PERMISSIONS, OTHER_PERMISSIONS } from './permission-table.ts'

const READS = /:(Describe|Get)/

/** IAM policies: to look, and to act as well. Who one is may always be asked. */
export function policies({ regions }: AwsConfig): readonly CloudPolicy[] {
  const all = [...EC2_PERMISSIONS, ...OTHER_PERMISSIONS].map(({ name }) => name)
  const read = all.filter((name) => READS.test(name) && !name.startsWith('ssm:'))
  return [
    { id: 'read', format: 'json', text: policy(read, regions) },
    { id: 'operate', format: 'json', text: policy(all, regions) },
  ]
}

function policy(actions: readonly string[], regions: readonly string[]): string {
  const [first] = regions
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
  ]
  return `${JSON.stringify({ Version: '2012-10-17', Statement }, null, 2)}\n`
}
