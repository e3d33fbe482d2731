import { describe, expect, test } from 'vitest'
import { constants as c, LibvirtError, type TypedParam } from '../../../libvirt/index.ts'
import { VIR_ERR } from '../problems.ts'
import type { MachineContext } from './migration-context.ts'
import { settleMove, standingOf } from './standing.ts'

const DOM = { name: 'web', uuid: '5d3c', id: 1 }

/** A machine as its daemon tells of it. `job`: what it says is done to it; a number: the error that it answers with. */
interface Told {
  readonly state: number
  readonly reason: number
  readonly job?: 'none' | 'out' | 'in' | 'backup' | number
  readonly isKept?: boolean
}

const failed = (procedure: string, number: number) =>
  new LibvirtError('remote-failure', 'libvirt.test', 'said', {
    procedure,
    sent: true,
    remote: { number, domain: 10, level: 2, str1: null, str2: null, str3: null, int1: 0, int2: 0 },
  })

const OPERATIONS = {
  out: c.VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT,
  in: c.VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN,
  backup: c.VIR_DOMAIN_JOB_OPERATION_BACKUP,
}

/** A host with it, or without; `sent`: what was asked for that changes something. */
function hostWith(told: Told | null) {
  const sent: Array<readonly [procedure: string, args: Readonly<Record<string, unknown>>]> = []
  const call = async (procedure: string, args: Readonly<Record<string, unknown>>) => {
    if (procedure === 'domainLookupByUuid') {
      if (told) return { dom: DOM }
      throw failed(procedure, VIR_ERR.noDomain)
    }
    if (!told) throw new Error('asked of a machine that is not there')
    const { state, reason, job = 'none', isKept = true } = told
    if (procedure === 'domainGetState') return { state, reason }
    if (procedure === 'domainIsPersistent') return { persistent: isKept ? 1 : 0 }
    if (procedure !== 'domainGetJobStats') return void sent.push([procedure, args])
    if (typeof job === 'number') throw failed(procedure, job)
    if (job === 'none') return { type: c.VIR_DOMAIN_JOB_NONE, params: [] }
    const params = [{ field: c.VIR_DOMAIN_JOB_OPERATION, value: OPERATIONS[job] }] as unknown as TypedParam[]
    return { type: c.VIR_DOMAIN_JOB_UNBOUNDED, params }
  }
  const context = { host: { call }, work: { signal: new AbortController().signal, sent: false }, dom: DOM } as unknown as MachineContext
  return { context, sent }
}

const RUNNING = { state: c.VIR_DOMAIN_RUNNING, reason: c.VIR_DOMAIN_RUNNING_BOOTED }
const PAUSED = { state: c.VIR_DOMAIN_PAUSED, reason: c.VIR_DOMAIN_PAUSED_USER }
const HELD = { state: c.VIR_DOMAIN_PAUSED, reason: c.VIR_DOMAIN_PAUSED_MIGRATION }
const OFF = { state: c.VIR_DOMAIN_SHUTOFF, reason: 0 }
const IN_POST_COPY = { state: c.VIR_DOMAIN_PAUSED, reason: c.VIR_DOMAIN_PAUSED_POSTCOPY }
const BROKEN = { state: c.VIR_DOMAIN_PAUSED, reason: c.VIR_DOMAIN_PAUSED_POSTCOPY_FAILED }
const BROKEN_THERE = { state: c.VIR_DOMAIN_RUNNING, reason: c.VIR_DOMAIN_RUNNING_POSTCOPY_FAILED }

describe('where it stands', () => {
  test.each<[string, Told | null, boolean]>([
    ['absent', null, false],
    ['off', OFF, false],
    ['off', { state: c.VIR_DOMAIN_CRASHED, reason: 0 }, false],
    ['running', RUNNING, false],
    // a backup of it is no move
    ['running', { ...RUNNING, job: 'backup' }, false],
    ['running', { ...RUNNING, job: VIR_ERR.operationInvalid }, false],
    ['paused', PAUSED, false],
    ['outgoing', { ...RUNNING, job: 'out' }, false],
    ['outgoing', { ...HELD, job: 'out' }, true],
    ['left-paused', { ...HELD, job: 'out' }, false],
    ['left-paused', HELD, false],
    ['incoming', { ...HELD, job: VIR_ERR.operationUnsupported }, false],
    ['incoming', { ...RUNNING, job: 'in' }, false],
    ['incoming', { ...HELD, job: VIR_ERR.operationInvalid, isKept: false }, false],
    ['post-copy-failed', { ...BROKEN, job: 'out' }, false],
    ['post-copy-failed', { ...BROKEN_THERE, job: 'in' }, false],
  ])('%s: %j, led from here: %s', async (state, told, isLed) => {
    expect(await standingOf(hostWith(told).context, DOM.uuid, isLed)).toMatchObject({ state })
  })

  test('a daemon that fails is not one that has nothing', async () => {
    const { context } = hostWith({ ...RUNNING, job: VIR_ERR.internalError })
    await expect(standingOf(context, DOM.uuid)).rejects.toThrow('said')
  })
})

describe('what a move has left', () => {
  test.each<['run' | 'give-up', Told]>([
    ['run', PAUSED],
    ['run', OFF],
    ['run', BROKEN],
    ['run', { ...RUNNING, job: 'in' }],
    ['give-up', RUNNING],
    ['give-up', PAUSED],
    ['give-up', BROKEN],
    ['give-up', BROKEN_THERE],
    ['give-up', { ...RUNNING, job: 'out' }],
    // it runs here already, and its source cannot let it run any more
    ['give-up', { ...RUNNING, job: 'in' }],
    ['give-up', { ...IN_POST_COPY, job: 'in' }],
  ])('%s: nothing is done to one that no move has left: %j', async (as, told) => {
    const { context, sent } = hostWith(told)
    await expect(settleMove(context, as)).rejects.toMatchObject({ code: 'migration.nothing-left' })
    expect(sent).toEqual([])
  })

  test.each<['run' | 'give-up', Told | null]>([
    ['run', RUNNING],
    ['give-up', null],
  ])('%s: done already', async (as, told) => {
    const { context, sent } = hostWith(told)
    await settleMove(context, as)
    expect(sent).toEqual([])
  })

  test('it is let run here', async () => {
    const { context, sent } = hostWith(HELD)
    await settleMove(context, 'run')
    expect(sent.map(([procedure]) => procedure)).toEqual(['domainResume'])
  })

  const KEEPS_NVRAM = c.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | c.VIR_DOMAIN_UNDEFINE_KEEP_NVRAM

  test.each<[Told, ReadonlyArray<readonly [procedure: string, flags: number]>]>([
    [
      HELD,
      [
        ['domainDestroyFlags', 0],
        ['domainUndefineFlags', KEEPS_NVRAM],
      ],
    ],
    [OFF, [['domainUndefineFlags', KEEPS_NVRAM]]],
    [{ ...HELD, job: 'in', isKept: false }, [['domainDestroyFlags', 0]]],
  ])('it is given up here, and the file of its UEFI stays, which may be the one that is used: %j', async (told, words) => {
    const { context, sent } = hostWith(told)
    await settleMove(context, 'give-up')
    expect(sent.map(([procedure, args]) => [procedure, args['flags']])).toEqual(words)
  })

  test.each<['run' | 'give-up', number]>([
    ['run', 1],
    ['give-up', 0],
  ])('%s: a daemon that still waits for the last word is told it', async (as, cancelled) => {
    const { context, sent } = hostWith({ ...HELD, job: 'out' })
    await settleMove(context, as)
    expect(sent).toEqual([['domainMigrateConfirm3Params', expect.objectContaining({ cancelled })]])
  })
})
