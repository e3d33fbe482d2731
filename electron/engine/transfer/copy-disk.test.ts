import { beforeEach, describe, expect, test } from 'vitest'
import { AppError, type Json } from '../../../shared/errors/index.ts'
import type { ConnectionId, Machine, MachineId } from '../../../shared/model/index.ts'
import type { ActProgress, ProviderConnection } from '../../providers/provider.ts'
import type { RunContext } from '../tasks/task-kind.ts'
import { FakeClock, settle } from '../testing/fake-clock.ts'
import { copyMemoSchema, DiskCopier, NOTHING_COPIED, windowBytesOf } from './copy-disk.ts'
import type { DiskCopy } from './copy-plans.ts'
import { MemoryKeeper } from './testing/memory-keeper.ts'

const WINDOW = 10_000
const FROM = { pool: 'default', volume: 'web.qcow2' }
const TO = { pool: 'vmstore', volume: 'web.qcow2' }
const COPY: DiskCopy = {
  target: 'vda',
  machineId: 'c1.m.web' as MachineId,
  from: { connectionId: 'c1' as ConnectionId, hostRef: 'host', place: FROM },
  to: { connectionId: 'c2' as ConnectionId, hostRef: 'host', place: TO },
  allocationBytes: 1,
}
/** Four windows and a half; the second is zeros. */
const DISK = Buffer.from(Array.from({ length: 45_000 }, (_, at) => (at >= 10_000 && at < 20_000 ? 0 : (at * 31) % 251)))

let source: MemoryKeeper
let target: MemoryKeeper
let clock: FakeClock
let memo: Json
let state: Machine['state']
let told: ActProgress[]

beforeEach(() => {
  source = new MemoryKeeper()
  target = new MemoryKeeper()
  source.files.set('default/web.qcow2', Buffer.from(DISK))
  clock = new FakeClock()
  memo = { ...NOTHING_COPIED, digests: [] }
  state = 'stopped'
  told = []
})

/** A run of the step, as one process makes it; what it remembers is the next one's. */
async function run(): Promise<void> {
  const links = {
    current: (id: string) => ({ volumes: (id === 'c1' ? source : target).keeper }) as unknown as ProviderConnection,
    onChange: () => () => {},
  }
  const inventory = { get: () => ({ name: 'web', state }), all: () => [] } as never
  const context: RunContext = {
    link: null,
    signal: new AbortController().signal,
    memo,
    progress: (progress) => told.push(progress),
    task: { id: 't1' as never, actor: 'ada', origin: 'page' },
    memos: new Map(),
    remember: async (next) => {
      memo = next
    },
  }
  await new DiskCopier({ inventory, links, clock, windowBytes: () => WINDOW }, COPY, context).run()
}

const digests = () => copyMemoSchema.parse(memo).digests

describe('a disk', () => {
  test('is copied window by window, zeros unwritten, and read back', async () => {
    await run()
    expect(target.bytes(TO).equals(DISK)).toBe(true)
    expect(target.calls).toEqual(['fill 0 10000', 'fill 10000 10000', 'fill 20000 10000', 'fill 30000 10000', 'fill 40000 5000'])
    expect(copyMemoSchema.parse(memo)).toMatchObject({ isVerified: true, sizeBytes: 45_000 })
    expect(told.at(-1)).toMatchObject({ note: 'reading-back', fraction: 1, bytesDone: 45_000, bytesTotal: 45_000 })
  })

  test('goes on behind what the target has for certain, after whatever ended it', async () => {
    target.onWrite = (offset) => {
      if (offset === 20_000) throw new AppError({ kind: 'exhausted', code: 'volume.pool-full', message: 'Full.' })
    }
    await expect(run()).rejects.toMatchObject({ code: 'volume.pool-full' })
    expect(digests()).toHaveLength(2)
    target.onWrite = () => {}
    target.calls.length = 0
    await run()
    expect(target.calls).toEqual(['fill 20000 10000', 'fill 30000 10000', 'fill 40000 5000'])
    expect(target.bytes(TO).equals(DISK)).toBe(true)
  })

  test('a byte of the last window that was turned meanwhile: that one is sent again', async () => {
    target.onWrite = (offset) => {
      if (offset === 30_000) throw new AppError({ kind: 'bug', code: 'x.killed', message: 'Killed.' })
    }
    await expect(run()).rejects.toMatchObject({ code: 'x.killed' })
    target.bytes(TO)[25_000] = 255
    target.onWrite = () => {}
    target.calls.length = 0
    await run()
    expect(target.calls[0]).toBe('fill 20000 10000')
    expect(target.bytes(TO).equals(DISK)).toBe(true)
  })

  test('a byte further in front is caught when all is read back, be it among zeros', async () => {
    target.onWrite = (offset) => {
      if (offset !== 40_000) return
      target.bytes(TO)[5] = 255
      target.bytes(TO)[15_000] = 255
    }
    await run()
    expect(target.calls.slice(-2)).toEqual(['upload 0 10000', 'upload 10000 10000'])
    expect(target.bytes(TO).equals(DISK)).toBe(true)
  })

  test('a disk that does not keep what it takes is no target', async () => {
    target.turn = (bytes, offset) => {
      if (offset === 30_000) bytes[7] = 255
      return bytes
    }
    await expect(run()).rejects.toMatchObject({ kind: 'remote-failure', code: 'transfer.checksum', details: { atByte: 30_000 } })
    expect(copyMemoSchema.parse(memo).isVerified).toBe(false)
  })

  test('one that changed since then is not put together from two states', async () => {
    target.onWrite = (offset) => {
      if (offset === 20_000) throw new AppError({ kind: 'bug', code: 'x.killed', message: 'Killed.' })
    }
    await expect(run()).rejects.toMatchObject({ code: 'x.killed' })
    source.bytes(FROM)[44_000] = 1
    target.onWrite = () => {}
    await expect(run()).rejects.toMatchObject({ kind: 'precondition', code: 'transfer.source-changed' })
    // the task takes the volume back; another attempt begins anew
    target.files.clear()
    await run()
    expect(target.bytes(TO).equals(source.bytes(FROM))).toBe(true)
  })

  test('one that is written to while it is copied is no copy', async () => {
    target.onWrite = (offset) => {
      if (offset === 40_000) source.bytes(FROM)[3] = 99
    }
    await expect(run()).rejects.toMatchObject({ code: 'transfer.source-changed' })
  })

  test('a way that breaks is waited for', async () => {
    let breaks = 2
    target.onWrite = (offset) => {
      if (offset === 20_000 && breaks-- > 0) throw new AppError({ kind: 'unreachable', code: 'libvirt.closed', message: 'Gone.' })
    }
    const running = run()
    await settle(200)
    for (let second = 0; second < 3; second += 1) {
      await clock.advance(1_000)
      await settle(200)
    }
    await running
    expect(target.bytes(TO).equals(DISK)).toBe(true)
    expect(target.calls.filter((call) => call === 'fill 0 10000')).toHaveLength(1)
  })

  test('of a machine that was started is not copied on', async () => {
    target.onWrite = (offset) => {
      if (offset === 20_000) state = 'running'
    }
    await expect(run()).rejects.toMatchObject({ kind: 'precondition', code: 'transfer.machine-on' })
  })

  test('a volume that a machine was given meanwhile is not written to', async () => {
    target.onWrite = (offset) => {
      if (offset === 20_000) throw new AppError({ kind: 'bug', code: 'x.killed', message: 'Killed.' })
    }
    await expect(run()).rejects.toMatchObject({ code: 'x.killed' })
    target.usedBy.set('vmstore/web.qcow2', ['mail'])
    target.calls.length = 0
    await expect(run()).rejects.toMatchObject({ kind: 'conflict', code: 'build.volume-taken' })
    expect(target.calls).toEqual([])
  })
})

test('large files have no more windows than the journal takes', () => {
  const MIB = 1_048_576
  expect(windowBytesOf(10 * MIB)).toBe(64 * MIB)
  const large = 4 * 1_048_576 * MIB
  expect(Math.ceil(large / windowBytesOf(large))).toBeLessThanOrEqual(256)
})
