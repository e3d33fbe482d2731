import { beforeEach, describe, expect, test } from 'vitest'
import { AppError } from '../../../../shared/errors/index.ts'
import { type HostId, type MachineId, migrationSpecSchema } from '../../../../shared/model/index.ts'
import { constants as c } from '../../../libvirt/index.ts'
import type { MachineStanding, MoveOrder, MoveOutcome } from '../../provider.ts'
import { leadMove } from './conversation.ts'
import type { MachineContext } from './migration-context.ts'
import type { ReceivingEnd } from './receiving-end.ts'

const OUTCOME: MoveOutcome = { totalMs: 1, downtimeMs: 1, dataBytes: 1, memoryBytesPerS: 1, passes: 1 }
const COOKIE = new Uint8Array([1])
const CANCELLED = new AppError({ kind: 'cancelled', code: 'task.cancelled', message: 'Cancelled.' })
const DOM = { name: 'web', uuid: '5d3c', id: 1 }

/** The words of the protocol in the order in which they were said, with how an end was told that it ended at the other. */
let said: string[]
/** Of a word, what is answered in place of what is right. */
let fails: Map<string, AppError>
let there: MachineStanding['state'] | AppError
/** At this word a person cancels. */
let cancelsAt: string | null
let cancel: AbortController

beforeEach(() => {
  said = []
  fails = new Map()
  there = 'absent'
  cancelsAt = null
  cancel = new AbortController()
})

function word(name: string): void {
  said.push(name)
  if (name === cancelsAt) cancel.abort(CANCELLED)
  const error = fails.get(name)
  if (error) throw error
}

function context(): MachineContext {
  const answers: Readonly<Record<string, (args: { readonly cancelled: number }) => unknown>> = {
    domainIsPersistent: () => ({ persistent: 1 }),
    domainGetState: () => ({ state: c.VIR_DOMAIN_RUNNING, reason: c.VIR_DOMAIN_RUNNING_BOOTED }),
    domainGetXmlDesc: () => ({ xml: '<domain><name>web</name><devices/></domain>' }),
    domainLookupByUuid: () => ({ dom: DOM }),
    domainGetJobStats: () => ({ type: c.VIR_DOMAIN_JOB_NONE, params: [] }),
    domainMigrateBegin3Params: () => {
      word('begin')
      return { xml: '<domain/>', cookieOut: COOKIE }
    },
    domainMigratePerform3Params: () => {
      word('perform')
      return { cookieOut: COOKIE }
    },
    domainMigrateConfirm3Params: ({ cancelled }) => word(cancelled ? 'confirm: it stays' : 'confirm: it went'),
  }
  return {
    host: { call: async (procedure: string, args: never) => answers[procedure]?.(args) },
    dom: DOM,
    work: { signal: new AbortController().signal, sent: false },
    clock: { nowMs: () => 0, after: () => () => {}, random: () => 0.5 },
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  } as unknown as MachineContext
}

const target: ReceivingEnd = {
  prepare: async () => {
    word('prepare')
    return { uri: null, cookie: COOKIE }
  },
  finish: async (_params, _cookie, _flags, cancelled) => {
    word(cancelled ? 'finish: it stays' : 'finish: it runs')
    return { cookie: COOKIE, outcome: OUTCOME }
  },
  whenLost: () => new Promise(() => {}),
  standing: async () => {
    if (there instanceof AppError) throw there
    return { state: there, isPersistent: there !== 'absent' }
  },
  counted: async () => OUTCOME,
  dropLine: async () => null,
  lastWords: async () => null,
}

const ORDER: MoveOrder = {
  spec: migrationSpecSchema.parse({ machineId: 'c1.m.web' as MachineId, targetHostId: 'c2.h.b' as HostId, mode: 'live' }),
  files: [],
  copies: [],
  targetAddress: '10.0.0.2',
  targetUri: null,
}
const refusal = new AppError({ kind: 'remote-failure', code: 'libvirt.test', message: 'no room' })
const lost = new AppError({ kind: 'indeterminate', code: 'libvirt.connection-lost', message: 'lost' })
const away = new AppError({ kind: 'unreachable', code: 'link.not-live', message: 'away' })

const lead = (signal?: AbortSignal) => leadMove(context(), ORDER, target, signal ? { signal } : {})

test('each end is told in its turn', async () => {
  expect(await lead()).toEqual(OUTCOME)
  expect(said).toEqual(['begin', 'prepare', 'perform', 'finish: it runs', 'confirm: it went'])
})

describe('the source goes on only when the target has ended what it received', () => {
  test.each([
    ['begin', ['begin']],
    ['prepare', ['begin', 'prepare', 'confirm: it stays']],
    ['perform', ['begin', 'prepare', 'perform', 'finish: it stays', 'confirm: it stays']],
    ['finish: it runs', ['begin', 'prepare', 'perform', 'finish: it runs', 'confirm: it stays']],
  ])('%s is refused', async (at, words) => {
    fails.set(at, refusal)
    await expect(lead()).rejects.toMatchObject({ message: expect.stringContaining('no room') })
    expect(said).toEqual(words)
  })
})

describe('the answer of the target, whether it runs there, was lost', () => {
  beforeEach(() => void fails.set('finish: it runs', lost))

  test.each<['running' | 'paused' | 'off', string]>([
    ['running', 'confirm: it went'],
    ['paused', 'confirm: it went'],
  ])('it is %s there: the source is told so', async (state, confirmed) => {
    there = state
    expect(await lead()).toEqual(OUTCOME)
    expect(said.at(-1)).toBe(confirmed)
  })

  test('it is not there: it stays', async () => {
    await expect(lead()).rejects.toThrow()
    expect(said.at(-1)).toBe('confirm: it stays')
  })

  test('the target cannot be asked: the source is told nothing, and stands still', async () => {
    there = away
    await expect(lead()).rejects.toMatchObject({ kind: 'indeterminate', code: 'migration.unclear' })
    expect(said).toEqual(['begin', 'prepare', 'perform', 'finish: it runs'])
  })
})

test('cancelled before it was sent, each end that has heard of it is told', async () => {
  cancel.abort(CANCELLED)
  await expect(lead(cancel.signal)).rejects.toMatchObject({ kind: 'cancelled', code: 'migration.cancelled' })
  expect(said).toEqual(['begin', 'confirm: it stays'])
})

test('cancelled while it is sent: however that is refused then, it was cancelled', async () => {
  fails.set('perform', refusal)
  cancelsAt = 'perform'
  await expect(lead(cancel.signal)).rejects.toMatchObject({ kind: 'cancelled', code: 'migration.cancelled', cause: refusal })
  expect(said).toEqual(['begin', 'prepare', 'perform', 'finish: it stays', 'confirm: it stays'])
})
