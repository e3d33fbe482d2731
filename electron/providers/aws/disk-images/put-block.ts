import { isAppError } from '../../../../shared/errors/index.ts'
import type { CallOptions } from '../../provider.ts'
import { pause } from '../calls.ts'
import { blockDiffers, snapshotFailed } from '../errors.ts'
import { BLOCK_BYTES, type Block, checksumOf } from './blocks.ts'
import type { DiskImageParts } from './parts.ts'
import { snapshotById } from './snapshots.ts'

/**
 * Refusals of a block that pass by themselves: a snapshot that was just started is not known everywhere yet, a block that took long to arrive is
 * refused as not readable, and a key's own quota is one of a second. A block that is put twice counts once.
 */
const WORTH_ANOTHER: ReadonlySet<string> = new Set(['not-found', 'invalid-input', 'exhausted', 'protocol'])
const MOST_ATTEMPTS = 6

/** Puts one block, proven by AWS's own checksum of what arrived. */
export async function putBlock(
  parts: DiskImageParts,
  region: string,
  snapshotId: string,
  block: Block,
  options: CallOptions,
): Promise<void> {
  const { clock, rhythm } = parts
  const checksum = checksumOf(block.data)
  for (let attempt = 1; ; attempt += 1) {
    try {
      await putOnce(parts, region, snapshotId, block, checksum, options)
      return
    } catch (thrown) {
      if (!isAppError(thrown) || !WORTH_ANOTHER.has(thrown.kind)) throw thrown
      if (attempt >= MOST_ATTEMPTS) throw await explained(parts, region, snapshotId, thrown, options)
      await pause(clock, (rhythm.waitMs / 4) * 2 ** (attempt - 1), options.signal)
    }
  }
}

/** Not a change to the one who asks: a lost answer is asked for again. */
async function putOnce(
  { blockCalls }: DiskImageParts,
  region: string,
  SnapshotId: string,
  { index, data }: Block,
  Checksum: string,
  options: CallOptions,
): Promise<void> {
  const answer = await blockCalls.ebs({ region, permission: 'ebs:PutSnapshotBlock', options }, (client, sdk, sending) =>
    client.send(
      new sdk.PutSnapshotBlockCommand({
        SnapshotId,
        BlockIndex: index,
        BlockData: data,
        DataLength: BLOCK_BYTES,
        Checksum,
        ChecksumAlgorithm: 'SHA256',
      }),
      sending,
    ),
  )
  if (answer.Checksum !== Checksum) throw blockDiffers(SnapshotId, index)
}

/** A snapshot that AWS has given up refuses blocks without saying so. */
async function explained(
  { calls }: DiskImageParts,
  region: string,
  snapshotId: string,
  thrown: unknown,
  options: CallOptions,
): Promise<unknown> {
  const now = await snapshotById(calls, region, snapshotId, options)
  return now?.state === 'error' ? snapshotFailed(snapshotId, now.said) : thrown
}
