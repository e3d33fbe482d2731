import { isAppError } from '../../../../shared/errors/index.ts'
import { problems } from '../../cloud/index.ts'
import type { ActOptions, CallOptions, DiskExport, ExportedDisk, VolumePiece } from '../../provider.ts'
import { pause } from '../calls.ts'
import { tagsFor } from '../copies.ts'
import { GIB } from '../disks.ts'
import { blockDiffers, LABEL } from '../errors.ts'
import { partsOf, refOf } from '../facts.ts'
import { ahead, BLOCK_BYTES, checksumOf } from './blocks.ts'
import { checkExport } from './check-export.ts'
import type { DiskImageParts } from './parts.ts'
import { snapshotByToken, takeAway, takeAwayTwins, untilCompleted } from './snapshots.ts'

/** Blocks that are asked for before they are handed on. */
const AHEAD = 16
const LEAST_PAGE = 100
const MOST_PAGE = 10_000
const MOST_ATTEMPTS = 4

/** Disks out of EBS: a snapshot, of which those blocks are read that were ever written. Handles are `<region>/<snapshot>`. */
export function diskExport(parts: DiskImageParts): DiskExport {
  return {
    check: (machineRef, diskIds, options) => checkExport(parts, machineRef, diskIds, options),
    begin: (machineRef, diskId, token, options) => begin(parts, partsOf(machineRef).region, diskId, token, options),
    read: (handle, offset, length, options) => read(parts, handle, offset, length, options),
    discard: (handle, options) => {
      const { region, id } = partsOf(handle)
      return takeAwayTwins(parts, region, id, options)
    },
  }
}

/** EC2 takes no token for it: one that the same request made already is found by its tag. One that failed is of no use, and is made anew. */
async function begin(parts: DiskImageParts, region: string, diskId: string, token: string, options: ActOptions): Promise<ExportedDisk> {
  const made = await snapshotByToken(parts.calls, region, token, options)
  if (made?.state === 'error') await takeAway(parts, region, made.id, options)
  const id = made && made.state !== 'error' ? made.id : await create(parts, region, diskId, token, options)
  const { sizeGib } = await untilCompleted(parts, region, id, options)
  return { handle: refOf(region, id), sizeBytes: sizeGib * GIB }
}

async function create({ calls }: DiskImageParts, region: string, diskId: string, token: string, options: CallOptions): Promise<string> {
  const name = `${diskId} on its way`
  const answer = await calls.ec2({ region, permission: 'ec2:CreateSnapshot', changes: true, options }, (client, sdk, sending) =>
    client.send(
      new sdk.CreateSnapshotCommand({ VolumeId: diskId, Description: name, TagSpecifications: tagsFor('snapshot', name, token) }),
      sending,
    ),
  )
  if (answer.SnapshotId === undefined) throw problems.notUnderstood(LABEL, 'CreateSnapshot without a snapshot')
  return answer.SnapshotId
}

interface ListedBlock {
  readonly index: number
  readonly token: string
}
interface Page {
  readonly blocks: readonly ListedBlock[]
  /** Null: the last one. A page may be empty and not be the last. */
  readonly nextToken: string | null
  readonly diskBytes: number
}

async function* read(
  parts: DiskImageParts,
  handle: string,
  offset: number,
  length: number,
  options: CallOptions,
): AsyncGenerator<VolumePiece> {
  const { region, id } = partsOf(handle)
  const from = Math.floor(offset / BLOCK_BYTES)
  const first = await list(parts, region, id, { from, end: Math.ceil((offset + length) / BLOCK_BYTES) }, options)
  const endByte = Math.min(offset + length, first.diskBytes)
  const blocks = blocksFrom(first, Math.ceil(endByte / BLOCK_BYTES), (token) => list(parts, region, id, { token }, options))
  let at = offset
  const fetched = ahead(blocks, AHEAD, async ({ index, token }, stop) => {
    const signal = options.signal ? AbortSignal.any([options.signal, stop]) : stop
    return { index, data: await getBlock(parts, region, id, index, token, { ...options, signal }) }
  })
  for await (const { index, data } of fetched) {
    const startByte = index * BLOCK_BYTES
    if (startByte > at) {
      yield { zeros: startByte - at }
      at = startByte
    }
    yield data.subarray(at - startByte, Math.min(BLOCK_BYTES, endByte - startByte))
    at = Math.min(startByte + BLOCK_BYTES, endByte)
  }
  if (at < endByte) yield { zeros: endByte - at }
}

/** Those before `end` that were ever written, in their order. */
async function* blocksFrom(first: Page, end: number, next: (token: string) => Promise<Page>): AsyncGenerator<ListedBlock> {
  for (let page = first; ; ) {
    for (const block of page.blocks) {
      if (block.index >= end) return
      yield block
    }
    if (page.nextToken === null) return
    page = await next(page.nextToken)
  }
}

type Where = { readonly from: number; readonly end: number } | { readonly token: string }

async function list({ blockCalls }: DiskImageParts, region: string, SnapshotId: string, where: Where, options: CallOptions): Promise<Page> {
  const by =
    'token' in where
      ? { NextToken: where.token }
      : { StartingBlockIndex: where.from, MaxResults: Math.min(MOST_PAGE, Math.max(LEAST_PAGE, where.end - where.from)) }
  const answer = await blockCalls.ebs({ region, permission: 'ebs:ListSnapshotBlocks', options }, (client, sdk, sending) =>
    client.send(new sdk.ListSnapshotBlocksCommand({ SnapshotId, ...by }), sending),
  )
  const { Blocks, BlockSize, VolumeSize = 0, NextToken } = answer
  if (BlockSize !== BLOCK_BYTES) throw problems.notUnderstood(LABEL, `ListSnapshotBlocks with blocks of ${BlockSize}`)
  const blocks = (Blocks ?? []).flatMap(({ BlockIndex: index, BlockToken: token }) =>
    index === undefined || token === undefined ? [] : { index, token },
  )
  return { blocks, nextToken: NextToken || null, diskBytes: VolumeSize * GIB }
}

/** One block, proven by the checksum that AWS gives it. A token that has expired meanwhile is asked for anew. */
async function getBlock(
  parts: DiskImageParts,
  region: string,
  SnapshotId: string,
  BlockIndex: number,
  firstToken: string,
  options: CallOptions,
): Promise<Uint8Array> {
  let BlockToken = firstToken
  for (let attempt = 1; ; attempt += 1) {
    try {
      const data = await parts.blockCalls.ebs({ region, permission: 'ebs:GetSnapshotBlock', options }, async (client, sdk, sending) => {
        const answer = await client.send(new sdk.GetSnapshotBlockCommand({ SnapshotId, BlockIndex, BlockToken }), sending)
        const bytes = await answer.BlockData?.transformToByteArray()
        return { bytes, checksum: answer.Checksum }
      })
      if (data.bytes?.length === BLOCK_BYTES && data.checksum === checksumOf(data.bytes)) return data.bytes
      throw blockDiffers(SnapshotId, BlockIndex)
    } catch (thrown) {
      const kind = isAppError(thrown) ? thrown.kind : null
      if ((kind !== 'invalid-input' && kind !== 'protocol' && kind !== 'exhausted') || attempt >= MOST_ATTEMPTS) throw thrown
      if (kind === 'invalid-input') BlockToken = await freshToken(parts, region, SnapshotId, BlockIndex, options)
      else await pause(parts.clock, (parts.rhythm.waitMs / 4) * 2 ** attempt, options.signal)
    }
  }
}

async function freshToken(parts: DiskImageParts, region: string, id: string, index: number, options: CallOptions): Promise<string> {
  const first = await list(parts, region, id, { from: index, end: index + 1 }, options)
  for await (const block of blocksFrom(first, index + 1, (token) => list(parts, region, id, { token }, options))) {
    if (block.index === index) return block.token
  }
  throw problems.notUnderstood(LABEL, `the block ${index} of ${id} was listed, and is there no more`)
}
