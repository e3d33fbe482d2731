import type { Ec2Call, Ec2Operation } from './ec2-call.ts'
import { IMAGE_OPERATIONS } from './ec2-images.ts'
import { INSTANCE_OPERATIONS } from './ec2-instances.ts'
import { STORAGE_OPERATIONS } from './ec2-storage.ts'
import { SURROUNDING_OPERATIONS } from './ec2-surroundings.ts'
import type { AwsRegion } from './region.ts'
import { AwsRefusal, filtered, pageOf, type XmlValue } from './wire.ts'

const MOST_TAGS = 50

interface Tagged {
  readonly tags: Map<string, string>
}

/** Whatever has that id, with the name EC2 gives its kind. */
function* taggedOf(region: AwsRegion): Generator<readonly [string, string, Tagged]> {
  for (const one of region.instances.values()) yield [one.id, 'instance', one]
  for (const one of region.volumes.values()) yield [one.id, 'volume', one]
  for (const one of region.snapshots.values()) yield [one.id, 'snapshot', one]
  for (const one of region.images.values()) yield [one.id, 'image', one]
}

function named(region: AwsRegion, id: string): Tagged {
  const known = region.instances.get(id) ?? region.volumes.get(id) ?? region.snapshots.get(id) ?? region.images.get(id)
  if (known) return known
  const code = id.startsWith('i-') ? 'InvalidInstanceID.NotFound' : id.startsWith('vol-') ? 'InvalidVolume.NotFound' : 'InvalidID'
  throw new AwsRefusal(400, code, `The ID '${id}' does not exist`)
}

/** Tells the region when what was tagged is a machine, whose fragment is kept. */
function changeTags(
  { region, params }: Ec2Call,
  change: (tags: Map<string, string>, key: string, value: string | undefined) => void,
): XmlValue {
  const objects = params.list('ResourceId').map((id) => [id, named(region, id)] as const)
  for (const [id, { tags }] of objects) {
    const next = new Map(tags)
    for (const tag of params.items('Tag')) change(next, tag.need('Key'), tag.get('Value'))
    if (next.size > MOST_TAGS) throw new AwsRefusal(400, 'TagLimitExceeded', 'The maximum number of Tags for a resource has been reached.')
    tags.clear()
    for (const [key, value] of next) tags.set(key, value)
    const instance = region.instances.get(id)
    if (instance) region.touch(instance)
  }
  return { return: true }
}

function createTags(call: Ec2Call): XmlValue {
  return changeTags(call, (tags, key, value) => {
    if (key.startsWith('aws:'))
      throw new AwsRefusal(
        400,
        'InvalidParameterValue',
        `Value ( ${key} ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use`,
      )
    if (key.length > 128 || (value ?? '').length > 256)
      throw new AwsRefusal(400, 'InvalidParameterValue', 'Tag key or value exceeds the maximum length')
    tags.set(key, value ?? '')
  })
}

/** A value that is given must be the tag's, else the tag stays. */
function deleteTags(call: Ec2Call): XmlValue {
  return changeTags(call, (tags, key, value) => {
    if (value === undefined || tags.get(key) === value) tags.delete(key)
  })
}

function describeTags({ region, params, operation }: Ec2Call): XmlValue {
  const all = [...taggedOf(region)].flatMap(([resourceId, resourceType, { tags }]) =>
    [...tags].map(([key, value]) => ({ resourceId, resourceType, key, value, tags: new Map([[key, value]]) })),
  )
  const shown = filtered(all, params, {
    'resource-id': ({ resourceId }) => [resourceId],
    'resource-type': ({ resourceType }) => [resourceType],
    key: ({ key }) => [key],
    value: ({ value }) => [value],
  })
  const page = pageOf(shown, { operation, token: params.get('NextToken'), size: params.number('MaxResults') ?? 1_000 })
  return {
    tagSet: page.items.map(({ resourceId, resourceType, key, value }) => ({ resourceId, resourceType, key, value })),
    nextToken: page.nextToken,
  }
}

export const EC2_OPERATIONS: Readonly<Record<string, Ec2Operation>> = {
  ...INSTANCE_OPERATIONS,
  ...SURROUNDING_OPERATIONS,
  ...STORAGE_OPERATIONS,
  ...IMAGE_OPERATIONS,
  CreateTags: createTags,
  DeleteTags: deleteTags,
  DescribeTags: describeTags,
}
