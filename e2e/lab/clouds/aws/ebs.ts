import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { type AwsSnapshot, BLOCK_BYTES, snapshotState } from './model.ts'
import type { AwsRegion } from './region.ts'
import { AwsRefusal } from './wire.ts'

/** EBS direct APIs: https://docs.aws.amazon.com/ebs/latest/APIReference/API_Operations.html */

export interface EbsCall {
  readonly region: AwsRegion
  readonly url: URL
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** How long tokens of blocks are good for. */
  readonly tokenMs: number
}
export interface EbsAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: Buffer | string
}

const MOST_GIB = 65_536
const MOST_MINUTES = 4_320
const MINUTE_MS = 60_000

/** Which one this is; an empty word: none. */
export function ebsOperation(method: string, pathname: string): string {
  const [, , id, blocks, index] = pathname.split('/')
  if (method === 'POST') return id === undefined ? 'StartSnapshot' : id === 'completion' ? 'CompleteSnapshot' : ''
  if (blocks !== 'blocks') return ''
  if (method === 'PUT') return 'PutSnapshotBlock'
  return index === undefined ? 'ListSnapshotBlocks' : 'GetSnapshotBlock'
}

/** HTTP status of each refusal, as the reference has them. */
const REFUSALS = {
  AccessDeniedException: 403,
  ConcurrentLimitExceededException: 400,
  ConflictException: 503,
  RequestThrottledException: 400,
  ResourceNotFoundException: 404,
  ServiceQuotaExceededException: 402,
  ValidationException: 400,
} as const

/** A refusal with its reason, which stands in the body beside the message. */
export class EbsRefusal extends AwsRefusal {
  readonly reason: string | null

  constructor(code: keyof typeof REFUSALS, reason: string | null, message: string) {
    super(REFUSALS[code], code, message)
    this.reason = reason
  }
}

function invalid(reason: string, message: string): EbsRefusal {
  return new EbsRefusal('ValidationException', reason, message)
}

function sha256(data: Buffer): string {
  return createHash('sha256').update(data).digest('base64')
}

function snapshotNamed(region: AwsRegion, id: string): AwsSnapshot {
  const snapshot = region.snapshots.get(id)
  if (!snapshot) throw new EbsRefusal('ResourceNotFoundException', 'SNAPSHOT_NOT_FOUND', `The snapshot ${id} does not exist.`)
  return snapshot
}

/** One that can still be written to. */
function pendingNamed(region: AwsRegion, id: string): AwsSnapshot {
  const snapshot = snapshotNamed(region, id)
  const isOpen = snapshot.completesAtMs === null && snapshotState(snapshot, region.world.nowMs()) === 'pending'
  if (!isOpen || snapshot.timeoutMs === null) throw invalid('INVALID_SNAPSHOT_ID', `The snapshot ${id} is not in the pending state.`)
  return snapshot
}

function indexOf(text: string, { sizeGb }: AwsSnapshot): number {
  const index = Number(text)
  if (!Number.isInteger(index) || index < 0 || index >= (sizeGb * 1_073_741_824) / BLOCK_BYTES)
    throw invalid('INVALID_BLOCK', `The block index ${text} is outside of the volume.`)
  return index
}

interface StartInput {
  readonly VolumeSize?: number
  readonly Timeout?: number
  readonly ClientToken?: string
  readonly Description?: string
  readonly Tags?: ReadonlyArray<{ readonly Key: string; readonly Value?: string }>
}

/** The same token with the same words is the same snapshot, even one that is deleted by now; with other words a conflict. */
function startSnapshot({ region, body }: EbsCall): EbsAnswer {
  const asked = body.toString('utf8')
  const { VolumeSize: sizeGb = 0, Timeout = 60, ClientToken = '', Description = '', Tags = [] } = JSON.parse(asked) as StartInput
  if (!Number.isInteger(sizeGb) || sizeGb < 1 || sizeGb > MOST_GIB)
    throw invalid('INVALID_VOLUME_SIZE', `The volume size ${sizeGb} is invalid.`)
  if (Timeout < 10 || Timeout > MOST_MINUTES) throw invalid('INVALID_PARAMETER_VALUE', `The timeout ${Timeout} is invalid.`)
  if (Tags.some(({ Key, Value = '' }) => Key.startsWith('aws:') || Key.length > 128 || Value.length > 256))
    throw invalid('INVALID_TAG', 'A tag is invalid.')
  const before = region.startedByToken.get(ClientToken)
  if (before && before.asked !== asked)
    throw new EbsRefusal('ConflictException', null, 'The request uses the same client token as a previous, but non-identical request.')
  const snapshot =
    before?.snapshot ??
    region.addSnapshot({
      // what AWS writes for snapshots of no volume
      volumeId: 'vol-ffffffff',
      sizeGb,
      description: Description,
      tags: new Map(Tags.map(({ Key, Value = '' }) => [Key, Value])),
      timeoutMs: Timeout * MINUTE_MS,
    })
  if (ClientToken !== '') region.startedByToken.set(ClientToken, { asked, snapshot })
  return {
    status: 201,
    body: JSON.stringify({
      SnapshotId: snapshot.id,
      OwnerId: region.world.account,
      Status: snapshotState(snapshot, region.world.nowMs()),
      StartTime: snapshot.startedAtMs / 1_000,
      VolumeSize: sizeGb,
      BlockSize: BLOCK_BYTES,
      Tags,
      SseType: snapshot.isEncrypted ? 'sse-kms' : 'none',
      ...(snapshot.isEncrypted && { KmsKeyArn: `arn:aws:kms:${region.name}:${region.world.account}:key/loopback` }),
    }),
  }
}

function putSnapshotBlock({ region, url, headers, body }: EbsCall): EbsAnswer {
  const [, , id = '', , text = ''] = url.pathname.split('/')
  const snapshot = pendingNamed(region, id)
  const index = indexOf(text, snapshot)
  if (headers['x-amz-data-length'] !== String(BLOCK_BYTES)) throw invalid('INVALID_PARAMETER_VALUE', `DataLength must be ${BLOCK_BYTES}.`)
  if (headers['x-amz-checksum-algorithm'] !== 'SHA256') throw invalid('INVALID_PARAMETER_VALUE', 'ChecksumAlgorithm must be SHA256.')
  if (body.length !== BLOCK_BYTES) throw invalid('INVALID_PARAMETER_VALUE', 'Failed to read block data')
  const checksum = sha256(body)
  if (headers['x-amz-checksum'] !== checksum)
    throw invalid('INVALID_PARAMETER_VALUE', 'The checksum does not match that of the block data.')
  snapshot.writtenAtMs = region.world.nowMs()
  snapshot.blocks.set(index, body)
  return { status: 201, headers: { 'x-amz-Checksum': checksum, 'x-amz-Checksum-Algorithm': 'SHA256' }, body: '{}' }
}

/** The number of blocks has to be that of those which are there: each counts once, however often it was put. */
function completeSnapshot({ region, url, headers }: EbsCall): EbsAnswer {
  const snapshot = pendingNamed(region, url.pathname.split('/')[3] ?? '')
  const said = Number(headers['x-amz-changedblockscount'])
  if (said !== snapshot.blocks.size)
    throw invalid('INVALID_PARAMETER_VALUE', `ChangedBlocksCount is ${said}, and ${snapshot.blocks.size} blocks were written.`)
  snapshot.completesAtMs = region.world.nowMs() + region.world.options.transitionMs
  return { status: 202, body: JSON.stringify({ Status: snapshotState(snapshot, region.world.nowMs()) }) }
}

function completedNamed(region: AwsRegion, id: string): AwsSnapshot {
  const snapshot = snapshotNamed(region, id)
  if (snapshotState(snapshot, region.world.nowMs()) !== 'completed')
    throw invalid('INVALID_SNAPSHOT_ID', `The snapshot ${id} is not completed.`)
  return snapshot
}

function listSnapshotBlocks({ region, url, tokenMs }: EbsCall): EbsAnswer {
  const [, , id = ''] = url.pathname.split('/')
  const snapshot = completedNamed(region, id)
  const asked = url.searchParams
  const size = Number(asked.get('maxResults') ?? 10_000)
  if (size < 100 || size > 10_000) throw invalid('INVALID_PARAMETER_VALUE', `MaxResults ${size} is invalid.`)
  const page = asked.get('pageToken')
  const from = Number(page === null ? (asked.get('startingBlockIndex') ?? 0) : Buffer.from(page, 'base64').toString('utf8'))
  if (Number.isNaN(from)) throw invalid('INVALID_PAGE_TOKEN', 'The page token is invalid.')
  const shown = [...snapshot.blocks.keys()].filter((index) => index >= from).toSorted((a, b) => a - b)
  const next = shown[size]
  const expiresAtMs = region.world.nowMs() + tokenMs
  return {
    status: 200,
    body: JSON.stringify({
      Blocks: shown.slice(0, size).map((index) => ({ BlockIndex: index, BlockToken: tokenOf(id, index, expiresAtMs) })),
      ExpiryTime: expiresAtMs / 1_000,
      VolumeSize: snapshot.sizeGb,
      BlockSize: BLOCK_BYTES,
      ...(next !== undefined && { NextToken: Buffer.from(String(next)).toString('base64') }),
    }),
  }
}

function tokenOf(id: string, index: number, expiresAtMs: number): string {
  return Buffer.from(JSON.stringify([id, index, expiresAtMs])).toString('base64')
}

function getSnapshotBlock({ region, url }: EbsCall): EbsAnswer {
  const [, , id = '', , text = ''] = url.pathname.split('/')
  const snapshot = completedNamed(region, id)
  const index = indexOf(text, snapshot)
  const token = Buffer.from(url.searchParams.get('blockToken') ?? '', 'base64').toString('utf8')
  const match = /^\["(snap-\w+)",(\d+),(\d+)\]$/.exec(token)
  if (match?.[1] !== id || Number(match[2]) !== index || Number(match[3]) <= region.world.nowMs())
    throw invalid('INVALID_BLOCK_TOKEN', 'The block token is invalid or has expired.')
  const data = snapshot.blocks.get(index)
  if (!data) throw invalid('INVALID_BLOCK', `The snapshot has no block ${index}.`)
  return {
    status: 200,
    headers: {
      'x-amz-Data-Length': String(data.length),
      'x-amz-Checksum': sha256(data),
      'x-amz-Checksum-Algorithm': 'SHA256',
      'Content-Type': 'application/octet-stream',
    },
    body: data,
  }
}

export const EBS_OPERATIONS: Readonly<Record<string, (call: EbsCall) => EbsAnswer>> = {
  StartSnapshot: startSnapshot,
  PutSnapshotBlock: putSnapshotBlock,
  CompleteSnapshot: completeSnapshot,
  ListSnapshotBlocks: listSnapshotBlocks,
  GetSnapshotBlock: getSnapshotBlock,
}
