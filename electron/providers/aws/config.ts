import { z } from 'zod'
import { type QueueAddress, queueAt } from './queue.ts'

/** An empty field of a form is a field that was not filled in. */
const optionalText = z.preprocess((value) => (value === '' || value === null ? undefined : value), z.string().trim().max(1_000).optional())

const REGION = /^[a-z]{2,}(-[a-z]+)+-\d+$/
const ROLE = /^arn:aws[a-z-]*:iam::\d{12}:role\/\S+$/

/** A list in one field of a form: words divided by commas or spaces. */
const words = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(/[\s,]+/).filter((word) => word !== '') : (value ?? [])),
  z.array(z.string().trim().max(2_048)).max(64),
)

/** Names of this computer itself. */
export function isLoopback(hostname: string): boolean {
  return ['127.0.0.1', '[::1]', 'localhost'].includes(hostname)
}

/** Plain http only to this computer: secrets of sessions and answers would be readable on the way. */
function isSafeEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, username, password } = new URL(text)
  if (username !== '' || password !== '') return false
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))
}

/** How to reach one AWS account. The form of "add connection" is made from it, top to bottom. */
export const awsConfigSchema = z
  .object({
    login: z.enum(['keys', 'profile']).default('keys').meta({
      title: 'Login',
      description: 'An access key, or a profile of ~/.aws: with SSO, a role or a program, as the AWS command line uses it.',
    }),
    accessKeyId: optionalText.meta({ title: 'Access key ID', description: 'Such as AKIA…. Its secret is asked for below.' }),
    profile: optionalText.meta({ title: 'Profile', description: 'Name in ~/.aws/config. For SSO, log in with “aws sso login” first.' }),
    roles: words
      .refine((roles) => roles.every((role) => ROLE.test(role)), { message: 'Write roles as arn:aws:iam::123456789012:role/name' })
      .default([])
      .meta({ title: 'Roles to assume', description: 'ARNs, several with commas: each is assumed by the one before.' }),
    externalId: optionalText.meta({ title: 'External ID', description: 'What the owner of the last role asks for.' }),
    regions: words
      .refine((regions) => regions.every((region) => REGION.test(region)), { message: 'Write regions as eu-central-1' })
      .default([])
      .meta({ title: 'Regions', description: 'Left empty: all that the account has enabled.' }),
    endpoint: z
      .preprocess(
        (value) => (value === '' || value === null ? undefined : value),
        z.string().trim().max(1_000).refine(isSafeEndpoint, { message: 'Use https://…, or http:// for this computer alone' }).optional(),
      )
      .meta({ title: 'Endpoint', description: 'Left empty: AWS itself. Another address is used for all its services.' }),
    eventQueues: words.default([]).meta({
      title: 'Queues of events',
      description:
        'SQS, such as https://sqs.eu-central-1.amazonaws.com/123456789012/novacron, filled by EventBridge. Read and emptied here.',
    }),
  })
  .refine((config) => config.login !== 'keys' || config.accessKeyId !== undefined, {
    path: ['accessKeyId'],
    message: 'Give the access key ID',
  })
  .refine((config) => config.login !== 'profile' || config.profile !== undefined, { path: ['profile'], message: 'Name the profile' })
  .refine((config) => config.eventQueues.every((url) => queueAt(url, config.endpoint, homeRegion(config)) !== null), {
    path: ['eventQueues'],
    message: 'Write queues as https://sqs.eu-central-1.amazonaws.com/123456789012/name, or with the endpoint above before the account',
  })

export type AwsConfig = z.infer<typeof awsConfigSchema>

/** Whose account it is, as far as the configuration says: the last role, the profile, or the key. */
export function addressOf(config: AwsConfig): string {
  const login = config.login === 'profile' ? (config.profile ?? '') : (config.accessKeyId ?? '')
  const role = config.roles.at(-1)?.replace(/^arn:aws[a-z-]*:iam::(\d+):role\//, '$1/')
  const where = config.endpoint === undefined ? 'aws' : `aws ${new URL(config.endpoint).host}`
  const regions = config.regions.length === 0 ? '' : ` (${config.regions.join(', ')})`
  return `${role ?? login} @ ${where}${regions}`
}

interface Whereabouts {
  readonly regions: readonly string[]
  readonly roles: readonly string[]
}

/** The region that is asked what concerns the whole account: of the partition that the configuration is about. */
export function homeRegion(config: Whereabouts): string {
  const [first = ''] = config.regions
  const partition = /^arn:(aws[a-z-]*):/.exec(config.roles[0] ?? '')?.[1] ?? 'aws'
  if (first.startsWith('cn-') || partition === 'aws-cn') return first.startsWith('cn-') ? first : 'cn-north-1'
  if (first.startsWith('us-gov-') || partition === 'aws-us-gov') return first.startsWith('us-gov-') ? first : 'us-gov-west-1'
  return 'us-east-1'
}

/** Those that tell what changes, each once. */
export function queuesOf(config: AwsConfig): readonly QueueAddress[] {
  const home = config.regions[0] ?? homeRegion(config)
  return [...new Set(config.eventQueues)].flatMap((url) => queueAt(url, config.endpoint, home) ?? [])
}
