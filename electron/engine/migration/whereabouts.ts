import { type AppError, isAppError } from '../../../shared/errors/index.ts'
import type { HostId } from '../../../shared/model/index.ts'
import type { MachineMover, MoveOptions, ProviderConnection } from '../../providers/provider.ts'
import { delay } from '../tasks/deadline.ts'
import { type BrokenMove, isPersons } from './broken-move.ts'
import type { Journey, Seen, WherePorts } from './journey.ts'
import { noLinkTo, stillTorn, twoTruths } from './migration-errors.ts'
import { knownHost, moverAt } from './sides.ts'
import { verdictOf } from './standings.ts'

/** What is looked at again, and how long a daemon may take to end what it has begun. */
const LOOK_AGAIN_MS = 1_000
const PATIENCE_LOOKS = 30
const UNCLEAR_LOOKS = 3
const LINK_LOOK_MS = 250

/** The open link to a host, waited for if need be. Throws `unreachable` link.not-live. */
export async function linkSoon(
  hostId: HostId,
  { inventory, links, clock }: WherePorts,
  patienceMs: number,
  signal: AbortSignal,
): Promise<ProviderConnection> {
  const host = knownHost(hostId, inventory)
  for (let waitedMs = 0; ; waitedMs += LINK_LOOK_MS) {
    const link = links.current(host.connectionId)
    if (link) return link
    if (waitedMs >= patienceMs) throw noLinkTo(host, inventory)
    await delay(clock, LINK_LOOK_MS, signal)
  }
}

/** Its mover, likewise. */
export async function moverSoon(hostId: HostId, ports: WherePorts, patienceMs: number, signal: AbortSignal): Promise<MachineMover> {
  const { migration } = await linkSoon(hostId, ports, patienceMs, signal)
  return moverAt(knownHost(hostId, ports.inventory), migration)
}

/** Asks both hosts where it is. The source has to answer: throws what that throws. A target without a link is waited for so long. */
export async function lookAtBoth(journey: Journey, ports: WherePorts, targetPatienceMs: number, signal: AbortSignal): Promise<Seen> {
  const { ref, sourceHostId, targetHostId, isCold } = journey
  const from = await moverSoon(sourceHostId, ports, targetPatienceMs, signal)
  const to = await moverSoon(targetHostId, ports, targetPatienceMs, signal).catch((thrown: unknown) => unless(signal, thrown, isAway))
  const [here, there] = await Promise.all([
    from.standing(ref, { signal }),
    to?.standing(ref, { signal }).catch((thrown: unknown) => unless(signal, thrown, isAway)) ?? null,
  ])
  const verdict = verdictOf(here.state, there?.state ?? null, isCold)
  return { verdict, here: here.state, there: there?.state ?? null, from, to }
}

/**
 * What a move that broke off has left is put right: the machine ends up at one of the two hosts, and there alone. Answers at which. A link that
 * is away is waited for, until the signal says otherwise, and one that broke in post-copy is tried again for as long as that takes; `broken`: null
 * where it cannot have. Throws `indeterminate` migration.two-truths, and migration.torn when a person does not want to wait for its parts.
 */
export async function settledWhere(
  journey: Journey,
  ports: WherePorts,
  options: MoveOptions,
  broken: BrokenMove | null,
): Promise<'moved' | 'stayed'> {
  const { signal = new AbortController().signal } = options
  const stop = broken?.standBy()
  let last: Seen | null = null
  try {
    for (let looks = 0; ; ) {
      const seen = await lookAtBoth(journey, ports, 0, signal).catch((thrown: unknown) => unless(signal, thrown, isAway))
      last = seen ?? last
      // while a host is away, or at it, or the way between them is, nobody has to be impatient
      looks = seen === null || seen.there === null || isAtIt(seen) ? 0 : looks + 1
      if (seen?.there === null && seen.verdict !== 'stayed') options.onProgress?.({ note: 'waiting-for-link' })
      const where = seen ? await settle(journey, seen, looks, options, broken) : 'later'
      if (where === 'moved' || where === 'stayed') return where
      if (where === 'later') await delay(ports.clock, LOOK_AGAIN_MS, signal)
    }
  } catch (thrown) {
    if (last && isTorn(last) && isPersons(signal)) throw torn(journey, ports, last)
    throw thrown
  } finally {
    stop?.()
  }
}

/** What is said of a machine in two parts once nobody waits for it any more. */
export function torn(
  { name, sourceHostId, targetHostId }: Journey,
  { inventory }: WherePorts,
  seen: Pick<Seen, 'here' | 'there'>,
): AppError {
  const [from, to] = [sourceHostId, targetHostId].map((id) => knownHost(id, inventory).name)
  return stillTorn(name, from ?? '', to ?? '', { source: seen.here, target: seen.there ?? 'unknown' })
}

function isTorn({ verdict, here }: Seen): boolean {
  return verdict === 'broken' || here === 'post-copy-failed'
}

function isAtIt({ verdict, here }: Seen): boolean {
  return here === 'outgoing' || verdict === 'broken'
}

type Settled = 'moved' | 'stayed' | 'at-once' | 'later'

/** Does what the verdict asks for. `at-once`, `later`: when it is to be looked at again. */
async function settle(journey: Journey, seen: Seen, looks: number, options: MoveOptions, broken: BrokenMove | null): Promise<Settled> {
  const { ref, name } = journey
  const { verdict, here, there, from, to } = seen
  const { signal = new AbortController().signal } = options
  const doing = async (what: Promise<unknown> | undefined): Promise<Settled> => {
    const done = await (what ?? Promise.resolve()).then(
      () => true,
      (thrown: unknown) => unless(signal, thrown, looks > PATIENCE_LOOKS ? isAway : isOvertaken),
    )
    return done ? 'at-once' : 'later'
  }
  if (verdict === 'broken') {
    return (await broken?.look(seen, options)) ? 'at-once' : 'later'
  }
  if (here === 'outgoing') {
    await doing(from.follow(ref, options))
    return 'later'
  }
  // what was put right again and again, and does not stay so
  if (looks > 2 * PATIENCE_LOOKS) throw twoTruths(name, here, there ?? 'unknown')
  switch (verdict) {
    case 'moved':
    case 'stayed':
      return verdict
    case 'rest-here':
      return await doing(from.settle(ref, 'give-up', { signal }))
    case 'runs-here':
      return await doing(from.settle(ref, 'run', { signal }))
    case 'runs-there':
      return await doing(to?.settle(ref, 'run', { signal }))
    case 'rest-there':
      return await doing(to?.settle(ref, 'give-up', { signal }))
    case 'receiving':
      return looks > PATIENCE_LOOKS ? await doing(to?.settle(ref, 'give-up', { signal })) : 'later'
    case 'under-way':
    case 'unclear':
      // what is unclear at the first look may be a daemon between two words
      if (there !== null && looks > (verdict === 'unclear' ? UNCLEAR_LOOKS : PATIENCE_LOOKS)) throw twoTruths(name, here, there)
      return 'later'
  }
}

/** Null for what is to be looked at again; everything else is told. */
function unless(signal: AbortSignal, thrown: unknown, isPassing: (error: AppError) => boolean): null {
  signal.throwIfAborted()
  if (isAppError(thrown) && isPassing(thrown)) return null
  throw thrown
}

/** A host that cannot be asked now will be back. */
function isAway({ kind }: AppError): boolean {
  return kind === 'unreachable' || kind === 'indeterminate' || kind === 'timeout'
}

/** Or a daemon was quicker than what was seen. */
function isOvertaken(error: AppError): boolean {
  return isAway(error) || error.kind === 'not-found' || error.kind === 'precondition'
}
