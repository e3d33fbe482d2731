import { type CloudMachineSpec, keyAndValue } from '../../../shared/model/index.ts'
import { problems } from '../cloud/index.ts'
import type { CallOptions } from '../provider.ts'
import type { AwsCalls } from './calls.ts'
import { LABEL } from './errors.ts'
import { NAME_TAG, refOf } from './facts.ts'

/** One machine; with the same token the same one. Its reference. */
export async function create(
  calls: AwsCalls,
  region: string,
  spec: CloudMachineSpec,
  token: string,
  options: CallOptions,
): Promise<string> {
  const card = {
    DeviceIndex: 0,
    AssociatePublicIpAddress: spec.publicAddress,
    ...(spec.subnetId !== null && { SubnetId: spec.subnetId }),
    ...(spec.groupIds.length > 0 && { Groups: [...spec.groupIds] }),
  }
  const userData = userDataOf(spec)
  const Tags = [
    { Key: NAME_TAG, Value: spec.name },
    ...spec.tags.map((tag) => {
      const { key, value } = keyAndValue(tag)
      return { Key: key, Value: value }
    }),
  ]
  const answer = await calls.ec2({ region, permission: 'ec2:RunInstances', changes: true, options }, (client, sdk, sending) =>
    client.send(
      new sdk.RunInstancesCommand({
        ClientToken: token,
        ImageId: spec.imageId,
        InstanceType: spec.type as never,
        MinCount: 1,
        MaxCount: 1,
        NetworkInterfaces: [card],
        TagSpecifications: [{ ResourceType: 'instance', Tags }],
        ...(spec.keyName !== null && { KeyName: spec.keyName }),
        // a subnet lies in one zone
        ...(spec.zone !== null && spec.subnetId === null && { Placement: { AvailabilityZone: spec.zone } }),
        ...(userData !== null && { UserData: Buffer.from(userData).toString('base64') }),
      }),
      sending,
    ),
  )
  const id = answer.Instances?.[0]?.InstanceId
  if (id === undefined) throw problems.notUnderstood(LABEL, 'RunInstances without a machine')
  return refOf(region, id)
}

/** For cloud-init, which images of the usual systems have; JSON is YAML. */
function userDataOf({ sshKey, user }: CloudMachineSpec): string | null {
  if (sshKey === null) return null
  const keys = [sshKey.trim()]
  const config =
    user === null
      ? { ssh_authorized_keys: keys }
      : { users: ['default', { name: user, shell: '/bin/bash', sudo: 'ALL=(ALL) NOPASSWD:ALL', ssh_authorized_keys: keys }] }
  return `#cloud-config\n${JSON.stringify(config, null, 2)}\n`
}
