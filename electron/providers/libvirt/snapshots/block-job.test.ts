import { expect, test } from 'vitest'
import { AppError } from '../../../../shared/errors/index.ts'
import { CANCELLED_BY_PERSON } from '../../provider.ts'
import { ACTIVE_COMMIT, runJob } from './block-job.ts'
import type { SnapshotContext } from './snapshot-context.ts'

const RUNNING_JOB = { found: 1, type: ACTIVE_COMMIT, cur: 1n, end: 100n }
const cancelled = (code: string) => new AppError({ kind: 'cancelled', code, message: 'no more' })

const soon = (_: number, then: () => void) => {
  queueMicrotask(then)
  return () => {}
}

/** A host whose job never ends by itself; `abort` comes while the `at`th call is on its way. */
function hostCancelledAt(at: number, reason: AppError) {
  const abort = new AbortController()
  const calls: string[] = []
  const call = async (name: string, args: { readonly flags?: number }, options: { readonly signal?: AbortSignal } = {}) => {
    calls.push(name)
    if (calls.length === at) abort.abort(reason)
    options.signal?.throwIfAborted()
    await Promise.resolve()
    if (name === 'domainIsActive') return { active: 1 }
    if (name === 'domainGetXmlDesc') return { xml: '<domain><devices><disk><target dev="vda"/></disk></devices></domain>' }
    return name === 'domainGetBlockJobInfo' ? RUNNING_JOB : args
  }
  const context = {
    host: { call },
    dom: { name: 'web', uuid: '00000000-0000-4000-8000-000000000001', id: 1 },
    work: { signal: abort.signal, sent: false },
    clock: { nowMs: () => 0, after: soon },
    log: { debug() {}, info() {}, warn() {}, error() {} },
    progress() {},
  } as unknown as SnapshotContext
  const begin = () => call('domainBlockCommit', {}, {})
  return { calls, done: runJob(context, 'vda', 'merging', begin).catch((error: unknown) => error) }
}

test.each([1, 2, 3, 4, 5, 6, 7, 20])('a person’s cancel during call %i ends the job on the host', async (at) => {
  const reason = cancelled(CANCELLED_BY_PERSON)
  const { calls, done } = hostCancelledAt(at, reason)
  expect(await done).toBe(reason)
  expect(calls.filter((name) => name === 'domainBlockJobAbort')).toHaveLength(1)
  expect(calls.at(-1)).toBe('domainBlockJobAbort')
})

test('a console that closes leaves the job to the host', async () => {
  const { calls, done } = hostCancelledAt(3, cancelled('console-closed'))
  expect(await done).toMatchObject({ code: 'console-closed' })
  expect(calls).not.toContain('domainBlockJobAbort')
})
