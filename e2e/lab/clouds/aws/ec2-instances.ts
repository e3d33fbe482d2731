import { typeNamed } from './catalogue.ts'
import type { Ec2Call, Ec2Operation } from './ec2-call.ts'
import { runInstances } from './ec2-launch.ts'
import { instanceXml } from './instance.ts'
import { type AwsInstance, type InstanceState, STATE_CODES } from './model.ts'
import type { AwsRegion } from './region.ts'
import { AwsRefusal, type FilterFields, filtered, pageOf, RawXml, type XmlValue } from './wire.ts'

const MOST_A_PAGE = 1_000

const FIELDS: FilterFields<AwsInstance> = {
  'instance-id': ({ id }) => [id],
  'instance-state-name': ({ state }) => [state],
  'instance-state-code': ({ state }) => [String(STATE_CODES[state])],
  'instance-type': ({ type }) => [type],
  'instance-lifecycle': ({ isSpot }) => [isSpot ? 'spot' : null],
  'image-id': ({ imageId }) => [imageId],
  'availability-zone': ({ zone }) => [zone],
  'vpc-id': ({ vpcId }) => [vpcId],
  'subnet-id': ({ subnetId }) => [subnetId],
  'private-ip-address': ({ privateIp }) => [privateIp],
  'ip-address': ({ publicIp }) => [publicIp],
  'reservation-id': ({ reservationId }) => [reservationId],
  'client-token': ({ clientToken }) => [clientToken],
  'key-name': ({ keyName }) => [keyName],
  platform: ({ isWindows }) => [isWindows ? 'windows' : null],
  'block-device-mapping.volume-id': ({ disks }) => [...disks.values()].map(({ volumeId }) => volumeId),
}

/** Those that a call names, in its order; all or nothing, as the service does it. */
export function namedInstances(region: AwsRegion, ids: readonly string[]): AwsInstance[] {
  const malformed = ids.find((id) => !/^i-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id))
  if (malformed !== undefined) throw new AwsRefusal(400, 'InvalidInstanceID.Malformed', `Invalid id: "${malformed}"`)
  const missing = ids.filter((id) => !region.instances.has(id))
  if (missing.length === 1) throw new AwsRefusal(400, 'InvalidInstanceID.NotFound', `The instance ID '${missing[0]}' does not exist`)
  if (missing.length > 1) throw new AwsRefusal(400, 'InvalidInstanceID.NotFound', `The instance IDs '${missing.join(', ')}' do not exist`)
  return ids.flatMap((id) => region.instances.get(id) ?? [])
}

function describeInstances({ region, params, operation }: Ec2Call): XmlValue {
  const ids = params.list('InstanceId')
  const size = params.number('MaxResults')
  if (ids.length > 0 && size !== undefined) {
    throw new AwsRefusal(400, 'InvalidParameterCombination', 'The parameter instancesSet cannot be used with the parameter maxResults')
  }
  if (size !== undefined && (size < 5 || size > MOST_A_PAGE)) {
    throw new AwsRefusal(
      400,
      'InvalidParameterValue',
      `Value ( ${size} ) for parameter maxResults is invalid. Expecting a value between 5 and 1000.`,
    )
  }
  const all = ids.length > 0 ? namedInstances(region, ids) : region.instances.values()
  const byReservation = new Map<string, AwsInstance[]>()
  for (const one of filtered(all, params, FIELDS)) {
    const members = byReservation.get(one.reservationId)
    if (members) members.push(one)
    else byReservation.set(one.reservationId, [one])
  }
  const most = Math.min(size ?? Number.MAX_SAFE_INTEGER, size === undefined ? Number.MAX_SAFE_INTEGER : region.world.pageSize)
  const page = pageOf([...byReservation], { operation, token: params.get('NextToken'), size: most })
  const now = region.world.nowMs()
  const reservations = page.items.map(([reservationId, members]) => {
    const shown = members.flatMap((member) => (ids.length > 0 ? instanceXml(member, region) : asListed(member, region, now)) ?? [])
    if (shown.length === 0) return ''
    const instances = shown.map(({ text }) => `<item>${text}</item>`).join('')
    return `<item><reservationId>${reservationId}</reservationId><ownerId>${region.world.account}</ownerId><groupSet/><instancesSet>${instances}</instancesSet></item>`
  })
  return { reservationSet: new RawXml(reservations.join('')), nextToken: page.nextToken }
}

/** Lists lag behind: what they still say of it, null when they have not heard of it. */
function asListed(instance: AwsInstance, region: AwsRegion, nowMs: number): RawXml | null {
  if (instance.old && instance.old.untilMs > nowMs) return instance.old.xml
  return instanceXml(instance, region)
}

function describeInstanceStatus({ region, params, operation }: Ec2Call): XmlValue {
  const all = params.list('InstanceId').length > 0 ? namedInstances(region, params.list('InstanceId')) : [...region.instances.values()]
  const shown = filtered(all, params, FIELDS).filter(({ state }) => params.flag('IncludeAllInstances') || state === 'running')
  const { items, nextToken } = pageOf(shown, { operation, token: params.get('NextToken'), size: params.number('MaxResults') ?? 100 })
  const status = (state: InstanceState) => (state === 'running' ? 'ok' : 'not-applicable')
  return {
    instanceStatusSet: items.map(({ id, zone, state }) => ({
      instanceId: id,
      availabilityZone: zone,
      instanceState: { code: STATE_CODES[state], name: state },
      systemStatus: {
        status: status(state),
        details: [{ name: 'reachability', status: state === 'running' ? 'passed' : 'insufficient-data' }],
      },
      instanceStatus: {
        status: status(state),
        details: [{ name: 'reachability', status: state === 'running' ? 'passed' : 'insufficient-data' }],
      },
    })),
    nextToken,
  }
}

interface Power {
  /** Throws when this one cannot; null: it is there already. */
  readonly judge: (of: AwsInstance, call: Ec2Call) => null | (() => void)
}

const START: Power = {
  judge: (of, { region }) => {
    if (of.state === 'running' || of.state === 'pending') return null
    if (of.state !== 'stopped') throw wrongState(of, 'started')
    return () => void region.move(of, 'pending', 'running', null)
  },
}

const STOP: Power = {
  judge: (of, { region, params }) => {
    const hibernates = params.flag('Hibernate')
    if (of.state === 'stopped' || of.state === 'stopping') return null
    if (of.state !== 'running' && !(of.state === 'pending' && params.flag('Force'))) throw wrongState(of, 'stopped')
    if (of.isSpot) {
      throw new AwsRefusal(
        400,
        'UnsupportedOperation',
        `You can't stop the Spot Instance '${of.id}' because it is associated with a one-time Spot Instance request. You can only stop Spot Instances associated with persistent Spot Instance requests.`,
      )
    }
    if (hibernates && !of.hibernation) {
      throw new AwsRefusal(400, 'UnsupportedHibernationConfiguration', `The instance '${of.id}' is not configured for hibernation.`)
    }
    return () => void region.move(of, 'stopping', 'stopped', hibernates ? 'hibernate' : 'user')
  },
}

const TERMINATE: Power = {
  judge: (of, { region }) => {
    if (of.isProtected && of.state !== 'terminated') {
      throw new AwsRefusal(
        400,
        'OperationNotPermitted',
        `The instance '${of.id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
      )
    }
    if (of.state === 'terminated' || of.state === 'shutting-down') return null
    return () => void region.move(of, 'shutting-down', 'terminated', 'user')
  },
}

function wrongState(of: AwsInstance, participle: string): AwsRefusal {
  return new AwsRefusal(400, 'IncorrectInstanceState', `The instance '${of.id}' is not in a state from which it can be ${participle}.`)
}

/** Judges all before it touches one, so that a call is refused as a whole. */
function changePower({ judge }: Power): Ec2Operation {
  return (call) => {
    const { region, params } = call
    const named = namedInstances(region, params.list('InstanceId'))
    const before = new Map(named.map((of) => [of, of.state]))
    for (const act of named.map((of) => judge(of, call))) act?.()
    const state = (name: InstanceState) => ({ code: STATE_CODES[name], name })
    return {
      instancesSet: named.map((of) => ({
        instanceId: of.id,
        currentState: state(of.state),
        previousState: state(before.get(of) ?? of.state),
      })),
    }
  }
}

function rebootInstances({ region, params }: Ec2Call): XmlValue {
  const named = namedInstances(region, params.list('InstanceId'))
  for (const of of named)
    if (of.state !== 'running' && of.state !== 'terminated')
      throw new AwsRefusal(400, 'IncorrectState', `Instance '${of.id}' is not in a state from which it can be rebooted.`)
  return { return: true }
}

function describeInstanceAttribute({ region, params }: Ec2Call): XmlValue {
  const [of] = namedInstances(region, [params.need('InstanceId')])
  if (!of) throw new Error('named above')
  const attribute = params.need('Attribute')
  const values: Readonly<Record<string, XmlValue>> = {
    disableApiTermination: of.isProtected,
    disableApiStop: false,
    instanceInitiatedShutdownBehavior: 'stop',
    instanceType: of.type,
    userData: of.userData,
  }
  if (!(attribute in values)) throw new AwsRefusal(400, 'InvalidParameterValue', `Value (${attribute}) for parameter attribute is invalid.`)
  return { instanceId: of.id, [attribute]: { value: values[attribute] } }
}

function modifyInstanceAttribute({ region, params }: Ec2Call): XmlValue {
  const [of] = namedInstances(region, [params.need('InstanceId')])
  if (!of) throw new Error('named above')
  const type = params.get('InstanceType.Value') ?? (params.get('Attribute') === 'instanceType' ? params.get('Value') : undefined)
  if (type !== undefined) {
    const wanted = typeNamed(type)
    if (!wanted) throw new AwsRefusal(400, 'InvalidInstanceAttributeValue', `The value '${type}' is not valid for instanceType.`)
    if (of.state !== 'stopped')
      throw new AwsRefusal(400, 'IncorrectInstanceState', `The instance '${of.id}' is not in the 'stopped' state.`)
    if (wanted.arch !== (typeNamed(of.type)?.arch ?? 'x86_64')) {
      throw new AwsRefusal(
        400,
        'InvalidParameterValue',
        `The architecture '${wanted.arch}' of the specified instance type does not match the architecture of the instance.`,
      )
    }
    of.type = type
  }
  for (const mapping of params.items('BlockDeviceMapping')) {
    const disk = of.disks.get(mapping.need('DeviceName'))
    if (!disk) throw new AwsRefusal(400, 'InvalidInstanceAttributeValue', `No device is currently mapped at ${mapping.need('DeviceName')}`)
    disk.deleteOnTermination = mapping.flag('Ebs.DeleteOnTermination')
  }
  const isProtected = params.get('DisableApiTermination.Value')
  if (isProtected !== undefined) of.isProtected = isProtected === 'true'
  region.touch(of)
  return { return: true }
}

function getConsoleOutput({ region, params }: Ec2Call): XmlValue {
  const [of] = namedInstances(region, [params.need('InstanceId')])
  if (!of) throw new Error('named above')
  const lines = [`Linux version 6.1.0 (loopback)`, `[    0.000000] Command line: console=ttyS0`, `${of.tags.get('Name') ?? of.id} login: `]
  const output = of.state === 'terminated' ? '' : Buffer.from(lines.join('\r\n')).toString('base64')
  return { instanceId: of.id, timestamp: new Date(region.world.nowMs()).toISOString(), output }
}

/** One grey pixel: as small as a JPEG gets. */
const PICTURE =
  '/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA='

function getConsoleScreenshot({ region, params }: Ec2Call): XmlValue {
  const [of] = namedInstances(region, [params.need('InstanceId')])
  if (of?.state !== 'running')
    throw new AwsRefusal(400, 'IncorrectInstanceState', `The instance '${of?.id}' is not in the 'running' state.`)
  return { instanceId: of.id, imageData: PICTURE }
}

export const INSTANCE_OPERATIONS: Readonly<Record<string, Ec2Operation>> = {
  DescribeInstances: describeInstances,
  DescribeInstanceStatus: describeInstanceStatus,
  StartInstances: changePower(START),
  StopInstances: changePower(STOP),
  TerminateInstances: changePower(TERMINATE),
  RebootInstances: rebootInstances,
  DescribeInstanceAttribute: describeInstanceAttribute,
  ModifyInstanceAttribute: modifyInstanceAttribute,
  RunInstances: runInstances,
  GetConsoleOutput: getConsoleOutput,
  GetConsoleScreenshot: getConsoleScreenshot,
}
