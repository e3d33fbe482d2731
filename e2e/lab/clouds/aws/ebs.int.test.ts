import { createHash } from 'node:crypto'
import {
  CompleteSnapshotCommand,
  EBSClient,
  GetSnapshotBlockCommand,
  ListSnapshotBlocksCommand,
  PutSnapshotBlockCommand,
  StartSnapshotCommand,
} from '@aws-sdk/client-ebs'
import {
  DeleteSnapshotCommand,
  DeregisterImageCommand,
  DescribeInstancesCommand,
  DescribeSnapshotsCommand,
  EC2Client,
  RegisterImageCommand,
  type RegisterImageCommandInput,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AwsCloud, startAwsCloud } from './index.ts'
import { BLOCK_BYTES, snapshotState } from './model.ts'

const REGION = 'eu-central-1'
let nowMs = Date.now()
let cloud: AwsCloud
let ebs: EBSClient
let ec2: EC2Client

beforeAll(async () => {
  cloud = await startAwsCloud({ machines: 2, regions: 1, transitionMs: 1_000, nowMs: () => nowMs })
  const config = { region: REGION, endpoint: cloud.endpoint, credentials: cloud.credentials, maxAttempts: 1 }
  ebs = new EBSClient(config)
  ec2 = new EC2Client(config)
})
afterAll(async () => {
  ebs.destroy()
  ec2.destroy()
  await cloud.stop()
})

const block = (byte: number) => Buffer.alloc(BLOCK_BYTES, byte)
const checksumOf = (data: Buffer) => createHash('sha256').update(data).digest('base64')

async function start(more: { readonly ClientToken?: string; readonly VolumeSize?: number } = {}): Promise<string> {
  const answer = await ebs.send(new StartSnapshotCommand({ VolumeSize: 1, Timeout: 60, ...more }))
  expect(answer).toMatchObject({ Status: 'pending', BlockSize: BLOCK_BYTES })
  return answer.SnapshotId ?? ''
}

function put(SnapshotId: string, BlockIndex: number, data: Buffer, Checksum = checksumOf(data)) {
  const input = { SnapshotId, BlockIndex, BlockData: data, DataLength: data.length, Checksum, ChecksumAlgorithm: 'SHA256' as const }
  return ebs.send(new PutSnapshotBlockCommand(input))
}

async function snapshotWith(blocks: ReadonlyMap<number, Buffer>): Promise<string> {
  const id = await start()
  for (const [index, data] of blocks) await put(id, index, data)
  await ebs.send(new CompleteSnapshotCommand({ SnapshotId: id, ChangedBlocksCount: blocks.size }))
  nowMs += 1_000
  return id
}

test('blocks that were put are those that are read, in order, page by page; the others are not there', async () => {
  const id = await start()
  for (const index of [1_999, 3, 0]) await put(id, index, block(index % 251))
  await put(id, 3, block(9))
  await ebs.send(new CompleteSnapshotCommand({ SnapshotId: id, ChangedBlocksCount: 3 }))
  await expect(ebs.send(new ListSnapshotBlocksCommand({ SnapshotId: id }))).rejects.toMatchObject({ Reason: 'INVALID_SNAPSHOT_ID' })
  nowMs += 1_000
  const list = await ebs.send(new ListSnapshotBlocksCommand({ SnapshotId: id, StartingBlockIndex: 1 }))
  expect(list).toMatchObject({ VolumeSize: 1, BlockSize: BLOCK_BYTES })
  expect(list.Blocks?.map(({ BlockIndex }) => BlockIndex)).toEqual([3, 1_999])
  const [{ BlockIndex, BlockToken } = {}] = list.Blocks ?? []
  const read = await ebs.send(new GetSnapshotBlockCommand({ SnapshotId: id, BlockIndex, BlockToken }))
  expect(read).toMatchObject({ DataLength: BLOCK_BYTES, Checksum: checksumOf(block(9)), ChecksumAlgorithm: 'SHA256' })
  expect(block(9).equals((await read.BlockData?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(true)
  // a token is that of its block, and for a time
  await expect(ebs.send(new GetSnapshotBlockCommand({ SnapshotId: id, BlockIndex: 0, BlockToken }))).rejects.toMatchObject({
    name: 'ValidationException',
    Reason: 'INVALID_BLOCK_TOKEN',
  })
})

test('more blocks than go on a page', async () => {
  const all = new Map(Array.from({ length: 120 }, (_, at) => [at * 2, block(at)] as const))
  const id = await snapshotWith(all)
  const first = await ebs.send(new ListSnapshotBlocksCommand({ SnapshotId: id, MaxResults: 100 }))
  const second = await ebs.send(new ListSnapshotBlocksCommand({ SnapshotId: id, MaxResults: 100, NextToken: first.NextToken }))
  expect([first.Blocks?.length, second.Blocks?.length, second.NextToken]).toEqual([100, 20, undefined])
  expect(second.Blocks?.[0]?.BlockIndex).toBe(200)
  await expect(ebs.send(new ListSnapshotBlocksCommand({ SnapshotId: id, MaxResults: 5 }))).rejects.toThrow('MaxResults')
})

test('a wrong checksum, half a block, a block beyond the end, a wrong number of blocks: all are refused', async () => {
  const id = await start()
  await expect(put(id, 0, block(1), checksumOf(block(2)))).rejects.toMatchObject({ name: 'ValidationException' })
  await expect(put(id, 0, block(1).subarray(1))).rejects.toMatchObject({ name: 'ValidationException' })
  await expect(put(id, 2_048, block(1))).rejects.toMatchObject({ Reason: 'INVALID_BLOCK' })
  await put(id, 2_047, block(1))
  await expect(ebs.send(new CompleteSnapshotCommand({ SnapshotId: id, ChangedBlocksCount: 2 }))).rejects.toMatchObject({
    name: 'ValidationException',
  })
  await ebs.send(new CompleteSnapshotCommand({ SnapshotId: id, ChangedBlocksCount: 1 }))
  await expect(put(id, 0, block(1))).rejects.toMatchObject({ Reason: 'INVALID_SNAPSHOT_ID' })
  await expect(put('snap-00000000000000000', 0, block(1))).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
})

test('the same token is the same snapshot, with other words a conflict; what is left alone is given up', async () => {
  const id = await start({ ClientToken: 'once' })
  expect(await start({ ClientToken: 'once' })).toBe(id)
  await expect(start({ ClientToken: 'once', VolumeSize: 2 })).rejects.toMatchObject({ name: 'ConflictException' })
  const state = async () => (await ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: [id] }))).Snapshots?.[0]?.State
  const snapshot = cloud.world.region(REGION).snapshots.get(id)
  if (!snapshot) throw new Error('it was started')
  snapshot.writtenAtMs -= 50 * 60_000
  await put(id, 0, block(1))
  expect([await state(), nowMs - snapshot.writtenAtMs]).toEqual(['pending', 0])
  snapshot.writtenAtMs -= 60 * 60_000
  expect(await state()).toBe('error')
  await expect(put(id, 0, block(1))).rejects.toMatchObject({ Reason: 'INVALID_SNAPSHOT_ID' })
})

test('an image of two snapshots: its machine has their bytes; a snapshot goes only after the image', async () => {
  const [root, data] = [await snapshotWith(new Map([[0, block(1)]])), await snapshotWith(new Map([[7, block(2)]]))]
  const input: RegisterImageCommandInput = {
    Name: 'two disks',
    Architecture: 'x86_64',
    BootMode: 'uefi',
    VirtualizationType: 'hvm',
    EnaSupport: true,
    RootDeviceName: '/dev/sda1',
    BlockDeviceMappings: [
      { DeviceName: '/dev/sdf', Ebs: { SnapshotId: data, DeleteOnTermination: false } },
      { DeviceName: '/dev/sda1', Ebs: { SnapshotId: root } },
    ],
  }
  await expect(ec2.send(new RegisterImageCommand({ ...input, RootDeviceName: '/dev/xvda' }))).rejects.toMatchObject({
    name: 'InvalidBlockDeviceMapping',
  })
  const { ImageId } = await ec2.send(new RegisterImageCommand(input))
  await expect(ec2.send(new RegisterImageCommand(input))).rejects.toMatchObject({ name: 'InvalidAMIName.Duplicate' })
  await expect(ec2.send(new DeleteSnapshotCommand({ SnapshotId: data }))).rejects.toMatchObject({ name: 'InvalidSnapshot.InUse' })
  await expect(ec2.send(new RunInstancesCommand({ ImageId, InstanceType: 't4g.small', MinCount: 1, MaxCount: 1 }))).rejects.toMatchObject({
    name: 'InvalidParameterValue',
  })
  const made = await ec2.send(new RunInstancesCommand({ ImageId, InstanceType: 't3.small', MinCount: 1, MaxCount: 1 }))
  const seen = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [made.Instances?.[0]?.InstanceId ?? ''] }))
  const instance = seen.Reservations?.[0]?.Instances?.[0]
  expect(instance?.RootDeviceName).toBe('/dev/sda1')
  const bytes = instance?.BlockDeviceMappings?.map(({ DeviceName, Ebs }) => {
    const volume = cloud.world.region(REGION).volumes.get(Ebs?.VolumeId ?? '')
    return [DeviceName, volume?.sizeGb, [...(volume?.blocks ?? [])].map(([index, content]) => [index, content[0]])]
  })
  expect(bytes).toEqual([
    ['/dev/sda1', 1, [[0, 1]]],
    ['/dev/sdf', 1, [[7, 2]]],
  ])
  await ec2.send(new DeregisterImageCommand({ ImageId }))
  for (const SnapshotId of [root, data]) await ec2.send(new DeleteSnapshotCommand({ SnapshotId }))
  const left = [...cloud.world.region(REGION).snapshots.values()].filter((of) => snapshotState(of, nowMs) === 'completed')
  expect(left.map(({ id }) => id)).not.toContain(root)
})
