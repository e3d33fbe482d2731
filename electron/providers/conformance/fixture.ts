import { expect, onTestFinished, test } from 'vitest'
import { type AppError, type ErrorKind, isAppError } from '../../../shared/errors/index.ts'
import type { MachineAction, MachineActionId, MachineState } from '../../../shared/model/index.ts'
import type { Clock, ProviderConnection } from '../provider.ts'
import { Recorder } from './recorder.ts'

/** A running machine with a shell on its first serial port. */
export interface ShellGuest {
  readonly ref: string
  /** What is typed to come to a prompt, and what the guest shows then. The shell echoes, and knows `echo`. */
  readonly logIn: ReadonlyArray<{ readonly type: string; readonly shows: string }>
}

export interface BuildingGround {
  /** A pool of files with room for some hundred MiB. */
  readonly pool: string
  /** An active network. */
  readonly network: string
  /** A pool with room for less than 12 MiB. */
  readonly smallPool: string
}

/** What a provider's author brings: a far side with two machines of one host to play with. */
export interface ConformanceFixture {
  /** Open, not watched yet. */
  readonly connection: ProviderConnection
  /** The time in which the suite waits. */
  readonly clock: Clock
  readonly refs: {
    /** Persistent, off, nothing saved, starts within seconds. */
    readonly stopped: string
    /** Persistent, running, on the same host as `stopped`. */
    readonly running: string
    /** Running, and its guest ignores a request to shut down. Needed for `ignoresShutdown`. */
    readonly stubborn?: string
  }
  /** Another link to the same far side: somebody else's console. */
  readonly open: () => Promise<ProviderConnection>
  readonly dispose: () => Promise<void>
  /** Ends the link as a failing network does. */
  readonly cutLink?: () => void | Promise<void>
  /** The next action is carried out but its reply never comes. */
  readonly loseNextReply?: () => void | Promise<void>
  /** The link ends in the middle of the next deletion: the machine's definition is gone and its disks are not. */
  readonly cutDeletion?: () => void | Promise<void>
  /** Resolves when the guest has booted. Needed for `serialShell`. */
  readonly withShell?: () => Promise<ShellGuest>
  /** Where volumes and machines can be made, on the host of `refs`. Needed for `volumes` and `builds`. */
  readonly ground?: BuildingGround
  /** Persistent, running, and without a VNC display. Needed for `addsDisplays`. */
  readonly withoutVnc?: () => Promise<string>
  /** Every reply comes this much later. */
  readonly delayReplies?: (ms: number) => void | Promise<void>
  /** Of a cloud: the credentials are withdrawn. */
  readonly revoke?: () => void | Promise<void>
  /** Of a cloud with several places: this one does not answer any more, and then does again. */
  readonly placeDown?: (hostRef: string) => (() => void) | Promise<() => void>
  /** Of a cloud: the next list of machines breaks off after its first page. */
  readonly halfList?: () => void | Promise<void>
  /** Of a cloud: calls are refused as too many, until the answer is called. */
  readonly throttle?: () => (() => void) | Promise<() => void>
}

/** What cannot be tried on every far side. A test whose ability is absent is not registered. */
export interface ConformanceAbilities {
  /** The guests heed a request to shut down and to restart. */
  readonly guestListens?: boolean
  readonly ignoresShutdown?: boolean
  readonly managedSave?: boolean
  readonly cutLink?: boolean
  readonly loseReplies?: boolean
  readonly cutDeletion?: boolean
  readonly delayReplies?: boolean
  /** There is a guest with a shell on its serial port. */
  readonly serialShell?: boolean
  /** The running machine has a VNC display, and the way to it is there. */
  readonly display?: boolean
  /** It makes, moves and deletes volumes. */
  readonly volumes?: boolean
  /** It looks after pools, and the running machine has a disk in one. Goes with `volumes`. */
  readonly pools?: boolean
  /** It looks after virtual networks: of every mode `isolated` at least, with filters. */
  readonly networks?: boolean
  /** It makes machines. */
  readonly builds?: boolean
  /** A VNC display can be added to a definition, and there is a machine without one. */
  readonly addsDisplays?: boolean
  /** The longest name that can be given, in bytes of UTF-8; 255 unless told. */
  readonly longestNameBytes?: number
  /** Samples a second of the machine in focus that must come at least; 1.5 unless told. */
  readonly focusedPerS?: number
  /** It is an account of a cloud: no pausing, no display, names and deletions in any state, samples of what is looked at alone. */
  readonly isCloud?: boolean
  /** What it cannot do at all; each is refused as its capabilities say. */
  readonly lacks?: readonly MachineActionId[]
  /** A machine's start and stop are told apart from those before. Unless `false`. */
  readonly tellsLives?: boolean
  /** Tags that can be given there; libvirt's take anything. */
  readonly tags?: readonly string[]
  /** Codes of refusals, where they are known. */
  readonly codes?: { readonly wrongState?: string; readonly notFound?: string; readonly nameTaken?: string }
}

/** Something that every provider can do to a running machine and undo again, and where the machine is then. */
export interface Disturbance {
  readonly action: MachineAction
  readonly state: MachineState
  readonly back: MachineAction
}

export function disturbance({ isCloud = false }: ConformanceAbilities): Disturbance {
  return isCloud
    ? { action: { action: 'powerOff' }, state: 'stopped', back: { action: 'start' } }
    : { action: { action: 'suspend' }, state: 'paused', back: { action: 'resume' } }
}

export function can(action: MachineActionId, { lacks = [] }: ConformanceAbilities): boolean {
  return !lacks.includes(action)
}

/** A test of what this far side has: elsewhere it is not there at all, so that nothing counts as skipped. */
export function testIf(isThere: boolean): (name: string, run: () => Promise<void>) => unknown {
  return isThere ? test : () => undefined
}

export type MakeFixture = () => Promise<ConformanceFixture>

export interface Bench extends ConformanceFixture {
  readonly seen: Recorder
  readonly act: (ref: string, action: MachineAction) => Promise<void>
  readonly state: (ref: string) => MachineState | undefined
  /** Waits until the first link has told of that state. */
  readonly reaches: (ref: string, state: MachineState) => Promise<void>
  readonly until: (what: string, met: () => boolean, withinMs?: number) => Promise<void>
  readonly pause: (ms: number) => Promise<void>
}

const UNTIL_MS = 120_000
const POLL_MS = 10

/** A fixture with its connection watched. Broken rules of the interface fail the test at its end. */
export async function setUp(makeFixture: MakeFixture): Promise<Bench> {
  const fixture = await makeFixture()
  const seen = new Recorder()
  onTestFinished(async () => {
    await fixture.connection.close()
    await fixture.dispose()
    expect(seen.problems).toEqual([])
  })
  await fixture.connection.watch(seen, {})
  const pause = (ms: number) => new Promise<void>((resolve) => void fixture.clock.after(ms, resolve))
  const until = async (what: string, met: () => boolean, withinMs = UNTIL_MS) => {
    const endMs = fixture.clock.nowMs() + withinMs
    while (!met()) {
      if (fixture.clock.nowMs() > endMs) throw new Error(`Waited ${withinMs} ms in vain: ${what}`)
      await pause(POLL_MS)
    }
  }
  const state = (ref: string) => seen.machine(ref)?.state
  return {
    ...fixture,
    seen,
    state,
    pause,
    until,
    act: (ref, action) => fixture.connection.act(ref, action, {}),
    reaches: (ref, wanted) => until(`${ref} is ${wanted}`, () => state(ref) === wanted),
  }
}

/** The AppError a call fails with; its kind and form are checked. */
export async function failure(call: Promise<unknown>, kind: ErrorKind | readonly ErrorKind[], code?: string): Promise<AppError> {
  const outcome = await call.then(
    () => new Error('The call should have failed'),
    (error: unknown) => error,
  )
  if (!isAppError(outcome)) throw outcome instanceof Error ? outcome : new Error('What was thrown is no error')
  expect([kind].flat()).toContain(outcome.kind)
  expect(outcome.code).toMatch(/^[a-z][a-z0-9-]*(\.[a-z0-9-]+)*$/)
  expect(outcome.message).not.toBe('')
  if (code !== undefined) expect(outcome.code).toBe(code)
  return outcome
}
