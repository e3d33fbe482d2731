import { randomUUID } from 'node:crypto'
import { isAppError } from '../../../../shared/errors/index.ts'
import { problems } from '../../cloud/index.ts'
import type { ActOptions, CallOptions, DiskImport, ImportDisk } from '../../provider.ts'
import { pause } from '../calls.ts'
import { REQUEST_TAG } from '../copies.ts'
import { GIB } from '../disks.ts'
import { LABEL, snapshotFailed } from '../errors.ts'
import { NAME_TAG, partsOf, refOf } from '../facts.ts'
import { assemble, assembled } from './assemble.ts'
import { BLOCK_BYTES, blocksOf, eachAtOnce } from './blocks.ts'
import { checkImport } from './check-import.ts'
import type { DiskImageParts } from './parts.ts'
import { putBlock } from './put-block.ts'
import { snapshotById, snapshotByToken, takeAway, untilCompleted } from './snapshots.ts'

const WINDOW_BYTES = 128 * BLOCK_BYTES
/** What every type of volume of today takes. */
const MOST_BYTES = 16_384 * GIB
/** Half a window of memory, and enough to fill a line whose answers take a tenth of a second. */
const PUTS_AT_ONCE = 16
/** Three days, the longest AWS waits for the next block. */
const TIMEOUT_MINUTES = 4_320
/** So many looks are given to a snapshot that refuses to be closed: an earlier call, whose answer was lost, may have closed it. */
const SEALING_LOOKS = 15

const LISTED_LOOKS = 15

/**
 * Disks into EBS: a snapshot that is written block by block, an image of the snapshots, a machine of the image. Handles are `<region>/<snapshot>`.
 * What was begun is found by its token in a tag; AWS itself takes the same token once for a snapshot and for a machine.
 */
export function diskImport(parts: DiskImageParts): DiskImport {
  return {
    windowBytes: WINDOW_BYTES,
    mostBytes: MOST_BYTES,
    check: (region, machine, disks, options) => checkImport(parts, { region, machine, disks }, options),
    begin: (region, disk, token, options) => begin(parts, region, disk, token, options),
    begun: async (region, token, options) => {
      const found = await snapshotByToken(parts.calls, region, token, options)
      return found === null ? null : refOf(region, found.id)
    },
    write: async (handle, offset, pieces, { isAgain = false, signal, ...options }) => {
      const { region, id } = partsOf(handle)
      let put = 0
      await eachAtOnce(blocksOf(offset, pieces, isAgain), PUTS_AT_ONCE, async (block, stop) => {
        await putBlock(parts, region, id, block, { ...options, signal: signal ? AbortSignal.any([signal, stop]) : stop })
        put += 1
      })
      return put
    },
    complete: (handle, blocks, options) => complete(parts, handle, blocks, options),
    discard: (handle, options) => discard(parts, handle, options),
    assemble: (region, machine, token, options) => assemble(parts, region, machine, token, options),
    assembled: (region, token, options) => assembled(parts, region, token, options),
    // the image of all disks goes with the first of them
    tidy: (handle, _, options) => discard(parts, handle, options),
  }
}

/** One that the same token has begun already is that one. Of one that is discarded AWS itself goes on remembering the token: then by another. */
async function begin(parts: DiskImageParts, region: string, disk: ImportDisk, token: string, options: ActOptions): Promise<string> {
  const found = await snapshotByToken(parts.calls, region, token, options)
  if (found) return refOf(region, found.id)
  const id = await start(parts, region, disk, token, token, options)
  if (id !== null && (await isListed(parts, region, id, options))) return refOf(region, id)
  const another = await start(parts, region, disk, token, randomUUID(), options)
  if (another === null) throw problems.notUnderstood(LABEL, 'StartSnapshot knows a token that was never used')
  return refOf(region, another)
}

/** Null: AWS has seen the client token with another disk. */
async function start(
  { blockCalls }: DiskImageParts,
  region: string,
  disk: ImportDisk,
  token: string,
  ClientToken: string,
  options: CallOptions,
): Promise<string | null> {
  try {
    const answer = await blockCalls.ebs({ region, permission: 'ebs:StartSnapshot', changes: true, options }, (client, sdk, sending) =>
      client.send(
        new sdk.StartSnapshotCommand({
          ClientToken,
          VolumeSize: Math.max(1, Math.ceil(disk.sizeBytes / GIB)),
          Description: `${disk.name} ${disk.target}`,
          Timeout: TIMEOUT_MINUTES,
          Tags: [
            { Key: NAME_TAG, Value: disk.name },
            { Key: REQUEST_TAG, Value: token },
          ],
        }),
        sending,
      ),
    )
    const { SnapshotId, BlockSize } = answer
    if (SnapshotId !== undefined && BlockSize === BLOCK_BYTES) return SnapshotId
    throw problems.notUnderstood(LABEL, `StartSnapshot with blocks of ${BlockSize}`)
  } catch (thrown) {
    if (isAppError(thrown) && thrown.kind === 'conflict') return null
    throw thrown
  }
}

/** A snapshot that was just started may take a moment to be in the list. */
async function isListed(parts: DiskImageParts, region: string, id: string, options: CallOptions): Promise<boolean> {
  for (let look = 0; look < LISTED_LOOKS; look += 1) {
    if (await snapshotById(parts.calls, region, id, options)) return true
    await pause(parts.clock, parts.rhythm.waitMs, options.signal)
  }
  return false
}

async function complete(parts: DiskImageParts, handle: string, blocks: number, options: ActOptions): Promise<void> {
  const { region, id } = partsOf(handle)
  const before = await snapshotById(parts.calls, region, id, options)
  if (before?.state === 'error') throw snapshotFailed(id, before.said)
  if (before?.state === 'completed') return
  try {
    await parts.blockCalls.ebs({ region, permission: 'ebs:CompleteSnapshot', changes: true, options }, (client, sdk, sending) =>
      client.send(new sdk.CompleteSnapshotCommand({ SnapshotId: id, ChangedBlocksCount: blocks }), sending),
    )
  } catch (thrown) {
    if (!isAppError(thrown) || thrown.kind !== 'invalid-input') throw thrown
    const wasClosed = await isSealed(parts, region, id, options)
    if (!wasClosed) throw thrown
  }
  await untilCompleted(parts, region, id, options)
}

/** Whether it completes although it refused to be closed once more. */
async function isSealed(parts: DiskImageParts, region: string, id: string, options: CallOptions): Promise<boolean> {
  for (let look = 0; look < SEALING_LOOKS; look += 1) {
    const now = await snapshotById(parts.calls, region, id, options)
    if (now?.state !== 'pending') return now?.state === 'completed'
    await pause(parts.clock, parts.rhythm.waitMs, options.signal)
  }
  return false
}

function discard(parts: DiskImageParts, handle: string, options: CallOptions): Promise<void> {
  const { region, id } = partsOf(handle)
  return takeAway(parts, region, id, options)
}
