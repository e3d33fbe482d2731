import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { type Lab, type LabGuest, type LabHost, startLab, until } from '../../../../e2e/lab/lab.ts'
import { requirePeer } from '../../../../e2e/lab/requires.ts'
import { AppError } from '../../../../shared/errors/index.ts'
import type { MigrationSpecInput } from '../../../../shared/model/index.ts'
import { CANCELLED_BY_PERSON, type MoveProgress, type ProviderConnection, type ProviderPorts } from '../../provider.ts'
import { failureOf } from '../snapshots/testing/lab-keeper.ts'
import { testPorts } from '../testing/ports.ts'
import type { LibvirtMoves } from './mover.ts'
import { linkOn, orderTo, receiverOf, settledAt } from './testing/lab-moves.ts'

/** What befalls a move, at each of its steps. After all of it the machine runs exactly once, and it is told where. */
describe.skipIf(!requirePeer('libvirtd').ok)('faults in the middle of a move', () => {
  let lab: Lab
  let a: LabHost
  let b: LabHost
  let ports: ProviderPorts & { dispose(): Promise<void> }
  /** Those of the test that runs. */
  let links: ProviderConnection[] = []
  /** One guest for all tests, which come back to `a`. */
  let guest: LabGuest

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a', 'b'], prefix: 'mf' })
    a = lab.host('a')
    b = lab.host('b')
    ports = await testPorts()
    guest = await a.defineGuest({ name: 'one' })
    await guest.start()
    await guest.waitReady()
  })
  afterAll(async () => {
    await lab.stop()
    await ports.dispose()
  })
  beforeEach(() => {
    links = []
  })

  async function ends(): Promise<{ from: LibvirtMoves; to: LibvirtMoves }> {
    const [from, to] = await Promise.all([linkOn(a, ports), linkOn(b, ports)])
    for (const { link } of [from, to]) {
      links.push(link)
      onTestFinished(() => link.close())
    }
    return { from: from.mover, to: to.mover }
  }

  const leave = () => Promise.all(links.map((link) => link.close()))

  /** Begins a move from `a` to `b` that takes many seconds, and answers when memory is on its way. */
  async function underWay(wish: Partial<MigrationSpecInput> = {}) {
    const { from, to } = await ends()
    const signal = new AbortController()
    const phases = new Set<string>()
    let begun = () => {}
    let failed: (why: unknown) => void = () => {}
    const running = new Promise<void>((resolve, reject) => {
      begun = resolve
      failed = reject
    })
    const onMove = ({ phase, memory }: MoveProgress) => {
      phases.add(phase)
      if (phase === 'copying-memory' && (memory?.done ?? 0) > 0) begun()
    }
    const order = orderTo(b, { bandwidthBytesPerS: 2 * 1_048_576, ...wish })
    const move = from.move(guest.uuid, order, receiverOf(to), { onMove, signal: signal.signal })
    move.catch(failed)
    await running
    return { from, to, move, signal, phases }
  }

  /** One that is asked to end waits for the moves that it has a part in. */
  async function crash(host: LabHost): Promise<void> {
    await host.stopDaemon('KILL')
    await host.startDaemon()
  }

  /** Where the guest is once everything has been put right by fresh links, as the engine does it. */
  async function runsOnce(): Promise<'a' | 'b'> {
    const { from, to } = await ends()
    const end = await settledAt(guest.uuid, from, to)
    const running = await Promise.all([a, b].map(async (host) => (await host.virsh(['list', '--name', '--state-running'])).includes('one')))
    expect(running).toEqual(end === 'source' ? [true, false] : [false, true])
    const defined = await Promise.all([a, b].map(async (host) => (await host.virsh(['list', '--all', '--name'])).includes('one')))
    expect(defined).toEqual(running)
    return end === 'source' ? 'a' : 'b'
  }

  async function restarted(): Promise<void> {
    await until('no trace of it at the target', async () => !(await b.virsh(['list', '--all', '--name'])).includes('one'))
    await guest.start()
    await guest.waitReady()
  }

  async function bringBack(): Promise<void> {
    const { from, to } = await ends()
    await to.move(guest.uuid, orderTo(a), receiverOf(from), {})
  }

  const PHASES = ['before prepare', 'after prepare', 'before finish', 'after finish'] as const

  /** Does it at a point of the conversation, seen from the target. Resolves when the word was said, or refused, in spite of it. */
  function at(point: (typeof PHASES)[number], to: LibvirtMoves, what: () => Promise<unknown>): Promise<void> {
    const [when, word] = point.split(' ') as ['before' | 'after', 'prepare' | 'finish']
    const real = to[word].bind(to) as (...args: unknown[]) => Promise<unknown>
    return new Promise((resolve) => {
      const instead = async (...args: unknown[]) => {
        try {
          if (when === 'before') await what()
          const answer = await real(...args)
          if (when === 'after') await what()
          return answer
        } finally {
          resolve()
        }
      }
      vi.spyOn(to, word).mockImplementationOnce(instead as never)
    })
  }

  test.each([
    ['before prepare', 'a'],
    ['after prepare', 'a'],
    ['before finish', 'a'],
    ['after finish', 'b'],
  ] as const)('the console goes away %s: it runs at %s', async (point, where) => {
    const { from, to } = await ends()
    const done = at(point, to, leave)
    const failure = await failureOf(from.move(guest.uuid, orderTo(b), receiverOf(to), {}))
    await done
    expect(failure.kind).toMatch(/^(indeterminate|unreachable)$/)
    expect(await runsOnce()).toBe(where)
    if (where === 'b') await bringBack()
  })

  test('the answer of the last word to the target is lost: it is looked at, and the move is done', async () => {
    const { from, to } = await ends()
    void at('after finish', to, () => Promise.reject(new AppError({ kind: 'indeterminate', code: 'link.reply-lost', message: 'Lost.' })))
    await from.move(guest.uuid, orderTo(b), receiverOf(to), {})
    expect(await runsOnce()).toBe('b')
    await bringBack()
  })

  test.each(['before prepare', 'after prepare'] as const)('a person cancels %s: nothing is left', async (point) => {
    const { from, to } = await ends()
    const signal = new AbortController()
    void at(point, to, () => {
      signal.abort(new AppError({ kind: 'cancelled', code: CANCELLED_BY_PERSON, message: 'Enough.' }))
      return Promise.resolve()
    })
    const failure = await failureOf(from.move(guest.uuid, orderTo(b), receiverOf(to), { signal: signal.signal }))
    expect(failure).toMatchObject({ kind: 'cancelled', code: 'migration.cancelled' })
    expect(await from.standing(guest.uuid, {})).toEqual({ state: 'running', isPersistent: true })
    expect(await to.standing(guest.uuid, {})).toEqual({ state: 'absent', isPersistent: false })
  })

  test('a person cancels after the target was told to run: too late, it moves', async () => {
    const { from, to } = await ends()
    const signal = new AbortController()
    void at('before finish', to, () => {
      signal.abort(new AppError({ kind: 'cancelled', code: CANCELLED_BY_PERSON, message: 'Enough.' }))
      return Promise.resolve()
    })
    await from.move(guest.uuid, orderTo(b), receiverOf(to), { signal: signal.signal })
    expect(await runsOnce()).toBe('b')
    await bringBack()
  })

  test('a second move of the same machine is refused, and the first goes on', async () => {
    const { from, to, move, signal } = await underWay()
    const other = await ends()
    for (const mover of [from, other.from]) {
      const failure = await failureOf(mover.move(guest.uuid, orderTo(b), receiverOf(to), {}))
      expect(failure).toMatchObject({ kind: 'conflict', code: 'migration.at-work', details: { job: 'migration' } })
    }
    expect(await failureOf(from.tune(guest.uuid, { bandwidthBytesPerS: 0 }, {}))).toMatchObject({ code: 'migration.no-bandwidth' })
    expect(await from.standing(guest.uuid, {})).toMatchObject({ state: 'outgoing' })
    signal.abort(new AppError({ kind: 'cancelled', code: CANCELLED_BY_PERSON, message: 'Enough.' }))
    expect(await failureOf(move)).toMatchObject({ code: 'migration.cancelled' })
    expect(await runsOnce()).toBe('a')
  })

  test('the source’s daemon cannot log in at the target: ssh’s own reason is told', async () => {
    const { from, to } = await ends()
    await b.exec('mv /root/.ssh/authorized_keys /root/.ssh/kept')
    onTestFinished(() => b.exec('mv /root/.ssh/kept /root/.ssh/authorized_keys').then(() => undefined))
    const failure = await failureOf(from.move(guest.uuid, orderTo(b, { control: 'peer' }), receiverOf(to), {}))
    expect(failure).toMatchObject({ code: 'migration.failed', details: { said: expect.stringContaining('Permission denied') } })
    expect(failure.message).not.toContain('End of file')
    expect(await from.standing(guest.uuid, {})).toEqual({ state: 'running', isPersistent: true })
  })

  test.each(['client', 'peer'] as const)(
    'QEMU at the target is killed, led by the %s: it stays, and the reason is told',
    async (control) => {
      const { move } = await underWay({ control })
      await b.exec(`kill -KILL $(pgrep -f 'guest=one,')`)
      const failure = await failureOf(move)
      expect(failure).toMatchObject({ code: 'migration.failed' })
      expect(failure.message).not.toContain('End of file')
      expect(await runsOnce()).toBe('a')
    },
  )

  test.each(['client', 'peer'] as const)(
    'libvirtd at the target is restarted, led by the %s: it stays, and the reason is told',
    async (control) => {
      const { move } = await underWay({ control })
      await crash(b)
      const failure = await failureOf(move)
      expect(failure.code).toMatch(/^migration\.(failed|target-lost)$/)
      expect(failure.message).not.toContain('End of file')
      expect(await runsOnce()).toBe('a')
    },
  )

  test.each(['client', 'peer'] as const)('libvirtd at the source is restarted, led by the %s: it runs once', async (control) => {
    const { move } = await underWay({ control })
    await a.stopDaemon('KILL')
    const failure = await failureOf(move)
    expect(failure.kind).toMatch(/^(indeterminate|unreachable)$/)
    await a.startDaemon()
    expect(await runsOnce()).toBe('a')
  })

  test.each([
    ['before finish', 'b'],
    ['after finish', 'b'],
  ] as const)('libvirtd at the source is restarted %s: it runs at %s', async (point, where) => {
    const { from, to } = await ends()
    const done = at(point, to, () => crash(a))
    const failure = await failureOf(from.move(guest.uuid, orderTo(b), receiverOf(to), {}))
    await done
    expect(failure.kind).toMatch(/^(indeterminate|unreachable)$/)
    expect(await runsOnce()).toBe(where)
    await bringBack()
  })

  test('libvirtd at the target is restarted before finish: it runs on at the source', async () => {
    const { from, to } = await ends()
    const done = at('before finish', to, () => crash(b))
    await failureOf(from.move(guest.uuid, orderTo(b), receiverOf(to), {}))
    await done
    expect(await runsOnce()).toBe('a')
  })

  test.each([
    ['silence', 'client'],
    ['cable', 'peer'],
  ] as const)('the target’s network is cut (%s), led by the %s: it stays, and this is told', async (mode, control) => {
    const { from, move } = await underWay({ control })
    await b.cutNetwork(mode)
    onTestFinished(() => b.restoreNetwork())
    const failure = await failureOf(move)
    expect(failure.code).toMatch(/^migration\.(failed|target-lost)$/)
    expect(failure.message).not.toContain('End of file')
    expect(await from.standing(guest.uuid, {})).toEqual({ state: 'running', isPersistent: true })
    await b.restoreNetwork()
    await until('what was received is given up', async () => !(await b.virsh(['list', '--all', '--name'])).includes('one'))
    expect(await runsOnce()).toBe('a')
  })

  test.each(['client', 'peer'] as const)('QEMU at the source ends, led by the %s: told as a stop', async (control) => {
    const { from, to, move } = await underWay({ control })
    await a.exec(`kill -KILL $(pgrep -f 'guest=one,')`)
    expect(await failureOf(move)).toMatchObject({ kind: 'remote-failure', code: 'migration.machine-stopped' })
    expect(await from.standing(guest.uuid, {})).toEqual({ state: 'off', isPersistent: true })
    expect(await to.standing(guest.uuid, {})).toEqual({ state: 'absent', isPersistent: false })
    await restarted()
  })
})
