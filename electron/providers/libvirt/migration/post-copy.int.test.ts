import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Lab, type LabGuest, type LabHost, startLab, until } from '../../../../e2e/lab/lab.ts'
import { requirePeer } from '../../../../e2e/lab/requires.ts'
import type { MigrationSpecInput } from '../../../../shared/model/index.ts'
import type { MoveProgress, ProviderConnection, ProviderPorts } from '../../provider.ts'
import { failureOf } from '../snapshots/testing/lab-keeper.ts'
import { testPorts } from '../testing/ports.ts'
import { linkOn, orderTo, receiverOf } from './testing/lab-moves.ts'

const MIB = 1_048_576

/** A move whose way breaks in post-copy: its memory is on two hosts, and it is taken up again. */
describe.skipIf(!requirePeer('libvirtd').ok)('post-copy that broke', () => {
  let lab: Lab
  let a: LabHost
  let b: LabHost
  let ports: ProviderPorts & { dispose(): Promise<void> }
  let guest: LabGuest
  const links: ProviderConnection[] = []

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a', 'b'], prefix: 'mp' })
    a = lab.host('a')
    b = lab.host('b')
    ports = await testPorts()
    guest = await a.defineGuest({ name: 'torn' })
    await guest.start()
    await guest.waitReady()
  })
  afterAll(async () => {
    await lab.stop()
    await ports.dispose()
  })

  async function ends() {
    const [from, to] = await Promise.all([linkOn(a, ports), linkOn(b, ports)])
    for (const { link } of [from, to]) {
      links.push(link)
      onTestFinished(() => link.close())
    }
    return { from: from.mover, to: to.mover }
  }

  const RULES = {
    /** Whatever either end sends is answered with a reset; those of the firewall itself get out. */
    reset: ['INPUT -s HOST -p tcp', 'OUTPUT -d HOST -p tcp ! --tcp-flags RST RST'].map(
      (rule) => `${rule} -j REJECT --reject-with tcp-reset`,
    ),
    silence: ['INPUT -s', 'OUTPUT -d'].map((rule) => `${rule} HOST -j DROP`),
  } as const

  /** Between the two hosts alone: the console reaches both. */
  async function cut(how: keyof typeof RULES): Promise<void> {
    onTestFinished(mend)
    await b.exec(RULES[how].map((rule) => `iptables -w -I ${rule.replace('HOST', a.address)} -m comment --comment torn`).join(' && '))
  }

  async function mend(): Promise<void> {
    await b.exec('iptables-save | grep -v torn | iptables-restore')
  }

  /** It runs at `b`, and most of its memory is at `a`. */
  async function inPostCopy(wish: Partial<MigrationSpecInput> = {}) {
    const { from, to } = await ends()
    const left = { copying: 0, postCopy: [] as number[] }
    const onMove = ({ phase, memory }: MoveProgress) => {
      if (phase === 'copying-memory') left.copying += 1
      if (phase === 'post-copy') left.postCopy.push(memory?.remaining ?? 0)
    }
    const order = orderTo(b, { postCopy: true, bandwidthBytesPerS: 2 * MIB, ...wish })
    const move = failureOf(from.move(guest.uuid, order, receiverOf(to), { onMove }))
    await until('memory is on its way', () => Promise.resolve(left.copying > 0))
    await from.tune(guest.uuid, { postCopy: true }, {})
    // what an idle guest needs comes first: one whose CPU waits for a page with QEMU's lock in its hand (TCG) answers no daemon
    await until('it runs there', async () => (await reasons())[1] === 'running (post-copy)')
    await until('it has what it needs', () => Promise.resolve((left.postCopy[0] ?? 0) - (left.postCopy.at(-1) ?? 0) > 12 * MIB))
    return { from, to, move, order }
  }

  /** And then the way between them is gone. */
  async function broken(how: keyof typeof RULES, wish: Partial<MigrationSpecInput> = {}) {
    const begun = await inPostCopy(wish)
    await cut(how)
    return begun
  }

  const reasons = () => Promise.all([a, b].map(async (host) => (await host.virsh(['domstate', guest.uuid, '--reason'])).trim()))

  /** And the rest of its memory may come fast. */
  async function hurried(from: Awaited<ReturnType<typeof ends>>['from'], resumed: Promise<unknown>): Promise<void> {
    const failed = resumed.then(() => undefined)
    await Promise.race([failed, until('it is sent again', async () => (await reasons())[0] === 'paused (post-copy)')])
    await from.tune(guest.uuid, { bandwidthBytesPerS: 500 * MIB }, {})
    await resumed
  }

  async function runsAtTarget(to: Awaited<ReturnType<typeof ends>>['to']): Promise<void> {
    expect(await to.standing(guest.uuid, {})).toEqual({ state: 'running', isPersistent: true })
    expect(await a.virsh(['list', '--all', '--name'])).not.toContain('torn')
    expect((await b.virsh(['domstate', guest.uuid, '--reason'])).trim()).toBe('running (migrated)')
  }

  async function bringBack(): Promise<void> {
    const { from, to } = await ends()
    await to.move(guest.uuid, orderTo(a), receiverOf(from), {})
    expect((await from.standing(guest.uuid, {})).state).toBe('running')
  }

  test.each(['client', 'peer'] as const)('led by the %s: told at both ends, and taken up again by this console', async (control) => {
    const { from, to, move, order } = await broken('reset', { control })
    expect(await move).toMatchObject({ kind: 'indeterminate', code: 'migration.post-copy-failed' })
    expect(await from.standing(guest.uuid, {})).toEqual({ state: 'post-copy-failed', isPersistent: true })
    // whether anything tells the target depends on what its guest asks for
    expect((await to.standing(guest.uuid, {})).state).toMatch(/^(incoming|post-copy-failed)$/)
    for (const as of ['run', 'give-up'] as const)
      for (const end of [from, to])
        expect(await failureOf(end.settle(guest.uuid, as, {}))).toMatchObject({ code: 'migration.nothing-left' })
    expect(await failureOf(from.cancel(guest.uuid, {}))).toMatchObject({ kind: 'precondition' })

    // while the way is gone an attempt fails, and nothing is lost by it
    const failure = await failureOf(from.resume(guest.uuid, order, receiverOf(to), {}))
    expect(failure).toMatchObject({ kind: 'remote-failure', code: 'migration.cannot-resume' })
    await until('both know', async () => (await reasons()).join() === 'paused (post-copy failed),running (post-copy failed)')
    expect((await to.standing(guest.uuid, {})).state).toBe('post-copy-failed')

    await mend()
    await hurried(from, from.resume(guest.uuid, order, receiverOf(to), {}))
    await runsAtTarget(to)
    expect(await failureOf(to.resume(guest.uuid, order, receiverOf(from), {}))).toMatchObject({ code: 'migration.not-broken' })
    await bringBack()
  })

  test('the source hears nothing and would wait for its network: it is told to stop, and sends anew', async () => {
    const { from, to, move, order } = await broken('silence')
    expect(await to.dropLine('torn')).toBeNull()
    await until('the target has noticed', async () => (await to.standing(guest.uuid, {})).state === 'post-copy-failed')
    expect(await move).toMatchObject({ kind: 'indeterminate', code: 'migration.post-copy-failed' })
    await mend()
    await hurried(from, from.resume(guest.uuid, order, receiverOf(to), {}))
    await runsAtTarget(to)
    await bringBack()
  })

  test('nobody hears anything, and the guest asks for nothing: it is seen to stand still, broken off, and taken up again', async () => {
    const { from, to, move, order } = await broken('silence')
    expect(await move).toMatchObject({ kind: 'indeterminate', code: 'migration.post-copy-failed' })
    await mend()
    await hurried(from, from.resume(guest.uuid, order, receiverOf(to), {}))
    await runsAtTarget(to)
    await bringBack()
  })

  test('the console that leads it is closed: the next one takes it up', async () => {
    const { move, order } = await inPostCopy()
    await Promise.all(links.splice(0).map((link) => link.close()))
    expect((await move).kind).toMatch(/^(indeterminate|unreachable)$/)
    const { from, to } = await ends()
    // its daemon counts it as broken with whoever led it
    await until('told', async () => (await from.standing(guest.uuid, {})).state === 'post-copy-failed')
    await hurried(from, from.resume(guest.uuid, order, receiverOf(to), {}))
    await runsAtTarget(to)
    await bringBack()
  })
})
