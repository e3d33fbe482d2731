import type { EC2Client } from '@aws-sdk/client-ec2'
import type { CloudFeature } from '../../../shared/model/index.ts'
import type { Ec2Sdk } from './calls.ts'

/** One machine, to ask what may be done to it; nothing is done. */
export interface Subject {
  readonly id: string
  readonly isRunning: boolean
  readonly volumeId: string | null
  readonly imageId: string | null
}

export interface Asking {
  readonly client: EC2Client
  readonly sdk: Ec2Sdk
  readonly sending: { readonly abortSignal: AbortSignal }
  readonly subject: Subject
}

export interface Asked {
  readonly name: string
  readonly features: readonly CloudFeature[]
  /** A call that only asks. Absent: it cannot be found out without doing it. */
  readonly dryRun?: (at: Asking) => Promise<unknown> | null
  /** Needs a machine to be asked about. */
  readonly needs?: 'machine'
}

const DryRun = true

/** Everything the console makes use of in EC2, and what is lost without it. The policies are written from it as well. */
export const EC2_PERMISSIONS: readonly Asked[] = [
  {
    name: 'ec2:DescribeInstances',
    features: ['inventory'],
    dryRun: ({ client, sdk, sending }) => client.send(new sdk.DescribeInstancesCommand({ DryRun }), sending),
  },
  {
    name: 'ec2:DescribeInstanceStatus',
    features: ['inventory'],
    dryRun: ({ client, sdk, sending }) => client.send(new sdk.DescribeInstanceStatusCommand({ DryRun }), sending),
  },
  {
    name: 'ec2:DescribeRegions',
    features: ['inventory'],
    dryRun: ({ client, sdk, sending }) => client.send(new sdk.DescribeRegionsCommand({ DryRun }), sending),
  },
  {
    name: 'ec2:DescribeInstanceTypes',
    features: ['inventory', 'resize', 'create', 'transfer'],
    dryRun: ({ client, sdk, sending }) => client.send(new sdk.DescribeInstanceTypesCommand({ DryRun }), sending),
  },
  {
    name: 'ec2:DescribeInstanceTypeOfferings',
    features: ['resize'],
    dryRun: ({ client, sdk, sending }) => client.send(new sdk.DescribeInstanceTypeOfferingsCommand({ DryRun }), sending),
  },
  {
    name: 'ec2:DescribeInstanceAttribute',
    features: ['protection'],
    needs: 'machine',
    dryRun: ({ client, sdk, sending, subject: { id } }) =>
      client.send(new sdk.DescribeInstanceAttributeCommand({ DryRun, InstanceId: id, Attribute: 'disableApiTermination' }), sending),
  },
  {
    name: 'ec2:DescribeVolumes',
    features: ['disks'],
    dryRun: ({ client, sdk, sending }) => client.send(new sdk.DescribeVolumesCommand({ DryRun }), sending),
  },
  {
    name: 'ec2:DescribeSnapshots',
    features: ['snapshots', 'transfer'],
    dryRun: ({ client, sdk, sending }) => client.send(new sdk.DescribeSnapshotsCommand({ DryRun, OwnerIds: ['self'] }), sending),
  },
  {
    name: 'ec2:DescribeImages',
    features: ['images', 'create', 'transfer'],
    dryRun: ({ client, sdk, sending }) => client.send(new sdk.DescribeImagesCommand({ DryRun, Owners: ['self'] }), sending),
  },
  {
    name: 'ec2:DescribeVpcs',
    features: ['networks'],
    dryRun: ({ client, sdk, sending }) => client.send(new sdk.DescribeVpcsCommand({ DryRun }), sending),
  },
  {
    name: 'ec2:DescribeSubnets',
    features: ['networks', 'create'],
    dryRun: ({ client, sdk, sending }) => client.send(new sdk.DescribeSubnetsCommand({ DryRun }), sending),
  },
  {
    name: 'ec2:DescribeSecurityGroups',
    features: ['networks', 'create'],
    dryRun: ({ client, sdk, sending }) => client.send(new sdk.DescribeSecurityGroupsCommand({ DryRun }), sending),
  },
  {
    name: 'ec2:DescribeAvailabilityZones',
    features: ['create'],
    dryRun: ({ client, sdk, sending }) => client.send(new sdk.DescribeAvailabilityZonesCommand({ DryRun }), sending),
  },
  {
    name: 'ec2:DescribeAddresses',
    features: ['networks'],
    dryRun: ({ client, sdk, sending }) => client.send(new sdk.DescribeAddressesCommand({ DryRun }), sending),
  },
  {
    name: 'ec2:DescribeKeyPairs',
    features: ['create'],
    dryRun: ({ client, sdk, sending }) => client.send(new sdk.DescribeKeyPairsCommand({ DryRun }), sending),
  },
  {
    name: 'ec2:GetEbsEncryptionByDefault',
    features: ['transfer'],
    dryRun: ({ client, sdk, sending }) => client.send(new sdk.GetEbsEncryptionByDefaultCommand({ DryRun }), sending),
  },
  {
    name: 'ec2:GetEbsDefaultKmsKeyId',
    features: ['transfer'],
    dryRun: ({ client, sdk, sending }) => client.send(new sdk.GetEbsDefaultKmsKeyIdCommand({ DryRun }), sending),
  },
  {
    name: 'ec2:GetConsoleOutput',
    features: ['serial'],
    needs: 'machine',
    dryRun: ({ client, sdk, sending, subject: { id } }) =>
      client.send(new sdk.GetConsoleOutputCommand({ DryRun, InstanceId: id }), sending),
  },
  {
    name: 'ec2:GetConsoleScreenshot',
    features: ['screenshot'],
    needs: 'machine',
    dryRun: ({ client, sdk, sending, subject: { id } }) =>
      client.send(new sdk.GetConsoleScreenshotCommand({ DryRun, InstanceId: id }), sending),
  },
  {
    name: 'ec2:StartInstances',
    features: ['power'],
    needs: 'machine',
    dryRun: ({ client, sdk, sending, subject: { id } }) =>
      client.send(new sdk.StartInstancesCommand({ DryRun, InstanceIds: [id] }), sending),
  },
  {
    name: 'ec2:StopInstances',
    features: ['power'],
    needs: 'machine',
    dryRun: ({ client, sdk, sending, subject: { id } }) =>
      client.send(new sdk.StopInstancesCommand({ DryRun, InstanceIds: [id] }), sending),
  },
  {
    name: 'ec2:RebootInstances',
    features: ['power'],
    needs: 'machine',
    dryRun: ({ client, sdk, sending, subject: { id } }) =>
      client.send(new sdk.RebootInstancesCommand({ DryRun, InstanceIds: [id] }), sending),
  },
  {
    name: 'ec2:TerminateInstances',
    features: ['delete'],
    needs: 'machine',
    dryRun: ({ client, sdk, sending, subject: { id } }) =>
      client.send(new sdk.TerminateInstancesCommand({ DryRun, InstanceIds: [id] }), sending),
  },
  {
    name: 'ec2:ModifyInstanceAttribute',
    features: ['resize', 'protection', 'delete'],
    needs: 'machine',
    dryRun: ({ client, sdk, sending, subject: { id } }) =>
      client.send(new sdk.ModifyInstanceAttributeCommand({ DryRun, InstanceId: id, DisableApiTermination: { Value: true } }), sending),
  },
  {
    name: 'ec2:CreateTags',
    features: ['tags', 'transfer'],
    needs: 'machine',
    dryRun: ({ client, sdk, sending, subject: { id } }) =>
      client.send(new sdk.CreateTagsCommand({ DryRun, Resources: [id], Tags: [{ Key: 'novacron', Value: 'check' }] }), sending),
  },
  {
    name: 'ec2:DeleteTags',
    features: ['tags'],
    needs: 'machine',
    dryRun: ({ client, sdk, sending, subject: { id } }) =>
      client.send(new sdk.DeleteTagsCommand({ DryRun, Resources: [id], Tags: [{ Key: 'novacron' }] }), sending),
  },
  { name: 'ec2:AttachVolume', features: ['disks'] },
  { name: 'ec2:DetachVolume', features: ['disks'] },
  { name: 'ec2:ModifyVolume', features: ['disks'] },
  {
    name: 'ec2:CreateSnapshot',
    features: ['snapshots', 'transfer'],
    needs: 'machine',
    dryRun: ({ client, sdk, sending, subject: { volumeId } }) =>
      volumeId === null ? null : client.send(new sdk.CreateSnapshotCommand({ DryRun, VolumeId: volumeId }), sending),
  },
  {
    name: 'ec2:CreateImage',
    features: ['images'],
    needs: 'machine',
    dryRun: ({ client, sdk, sending, subject: { id } }) =>
      client.send(new sdk.CreateImageCommand({ DryRun, InstanceId: id, Name: 'novacron-check', NoReboot: true }), sending),
  },
  {
    name: 'ec2:RunInstances',
    features: ['create', 'transfer'],
    needs: 'machine',
    dryRun: ({ client, sdk, sending, subject: { imageId } }) =>
      imageId === null ? null : client.send(new sdk.RunInstancesCommand({ DryRun, ImageId: imageId, MinCount: 1, MaxCount: 1 }), sending),
  },
  {
    name: 'ec2:RegisterImage',
    features: ['transfer'],
    dryRun: ({ client, sdk, sending }) =>
      client.send(
        new sdk.RegisterImageCommand({
          DryRun,
          Name: 'novacron-check',
          RootDeviceName: '/dev/sda1',
          VirtualizationType: 'hvm',
          BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { VolumeSize: 1 } }],
        }),
        sending,
      ),
  },
  // both would have to name one that is there
  { name: 'ec2:DeregisterImage', features: ['transfer'] },
  { name: 'ec2:DeleteSnapshot', features: ['transfer'] },
]

/** Those of other services; what changes something there cannot be asked for without doing it. */
export const OTHER_PERMISSIONS: ReadonlyArray<{ readonly name: string; readonly features: readonly CloudFeature[] }> = [
  { name: 'cloudwatch:GetMetricData', features: ['metrics'] },
  { name: 'ssm:SendCommand', features: ['run-command'] },
  { name: 'ssm:GetCommandInvocation', features: ['run-command'] },
  { name: 'ebs:StartSnapshot', features: ['transfer'] },
  { name: 'ebs:PutSnapshotBlock', features: ['transfer'] },
  { name: 'ebs:CompleteSnapshot', features: ['transfer'] },
  { name: 'ebs:ListSnapshotBlocks', features: ['transfer'] },
  { name: 'ebs:GetSnapshotBlock', features: ['transfer'] },
]

/** Of each queue of events, where the configuration names one. Whether one may delete a message is known when there is one. */
export const QUEUE_PERMISSIONS: ReadonlyArray<{ readonly name: string; readonly features: readonly CloudFeature[] }> = [
  { name: 'sqs:ReceiveMessage', features: ['events'] },
  { name: 'sqs:DeleteMessage', features: ['events'] },
]
