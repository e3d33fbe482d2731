import { expect, test } from 'vitest'
import type { AwsCalls } from '../calls.ts'
import { BLOCK_BYTES, checksumOf } from './blocks.ts'
import type { DiskImageParts } from './parts.ts'
import { putBlock } from './put-block.ts'

const block = { index: 7, data: Buffer.alloc(BLOCK_BYTES, 1) }

/** AWS that answers with these checksums, one after another, and the pauses between. */
function partsWith(checksums: readonly string[]): { readonly parts: DiskImageParts; readonly pauses: number[] } {
  const pauses: number[] = []
  let asked = 0
  const blockCalls = {
    ebs: () => {
      asked += 1
      return Promise.resolve({ Checksum: checksums[asked - 1] })
    },
  }
  const calls = { ec2: () => Promise.resolve({ Snapshots: [{ SnapshotId: 'snap-1', State: 'pending' }] }) }
  const clock = {
    nowMs: () => 0,
    after: (ms: number, run: () => void) => {
      pauses.push(ms)
      queueMicrotask(run)
      return () => undefined
    },
    random: () => 0.5,
  }
  const parts = {
    blockCalls: blockCalls as unknown as AwsCalls,
    calls: calls as unknown as AwsCalls,
    clock,
    rhythm: { waitMs: 2_000 },
  } as unknown as DiskImageParts
  return { parts, pauses }
}

test('a block that arrived with other bytes is put again, after longer and longer pauses', async () => {
  const { parts, pauses } = partsWith(['other', 'other', checksumOf(block.data)])
  await putBlock(parts, 'eu-central-1', 'snap-1', block, {})
  expect(pauses).toEqual([500, 1_000])
})

test('one that never arrives as it was sent is told with its number', async () => {
  const { parts, pauses } = partsWith([])
  await expect(putBlock(parts, 'eu-central-1', 'snap-1', block, {})).rejects.toMatchObject({
    kind: 'protocol',
    code: 'aws.block-differs',
    details: { snapshot: 'snap-1', block: 7 },
  })
  expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000])
})
