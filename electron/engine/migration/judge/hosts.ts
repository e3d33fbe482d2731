import { type EndFacts, reachedAt } from '../../../providers/provider.ts'
import { blocks, type Check, mend, type OfferedMend, passes, unknown, type Verdict, warns } from './judge.ts'
import { spanText } from './words.ts'

/** Logins by Kerberos bear five minutes, databases and clusters of databases some seconds. */
const APART_MS = 2_000

interface Side {
  readonly side: 'source' | 'target'
  readonly name: string
  readonly host: EndFacts
}

/** The guest goes on with the clock of the target. */
export const clock: Check = ({ out, into, sourceName, targetName }) => {
  const sides: readonly [Side, Side] = [
    { side: 'source', name: sourceName, host: out.host },
    { side: 'target', name: targetName, host: into.host },
  ]
  const [from, to] = sides.map(({ host }) => host.clockOffsetMs)
  if (typeof from !== 'number' || typeof to !== 'number') return [unknown('clocks-unknown')]
  const unsure = (out.host.clockErrorMs ?? 0) + (into.host.clockErrorMs ?? 0)
  const apart = Math.abs(from - to)
  if (apart - unsure <= APART_MS) return [passes('clocks-agree', { params: { by: spanText(Math.max(apart, unsure)) } })]
  // who is further from this computer's own clock is taken to be the one that is wrong
  const [wrong] = sides.toSorted((one, other) => off(other) - off(one))
  const params = { by: spanText(apart), ahead: from > to ? sourceName : targetName, host: wrong?.name ?? targetName }
  const facts = `${sourceName} ${signed(from)} ms, ${targetName} ${signed(to)} ms`
  const mends = sides.filter((side) => side === wrong || off(side) > APART_MS).flatMap(clockMend)
  return [warns(wrong?.host.timeService ? 'clocks-apart' : 'clocks-apart-no-service', { params, facts, mends })]
}

function off({ host }: Side): number {
  return Math.abs(host.clockOffsetMs ?? 0)
}

function clockMend({ side, name, host }: Side): readonly OfferedMend[] {
  return host.timeService ? [mend('set-clock', { mend: 'set-clock', side }, { host: name })] : []
}

function signed(ms: number): string {
  return ms > 0 ? `+${ms}` : String(ms)
}

/** Moves go by address; what does not goes wrong where a host's own name leads elsewhere. */
export const hostNames: Check = ({ out, into, sourceName: source, targetName: target }) => [
  ...addressOf(into.host, source, target),
  nameOf(out.host, source, into.host),
  nameOf(into.host, target, out.host),
]

function addressOf({ addresses, nameResolvesTo }: EndFacts, source: string, target: string): Verdict[] {
  const isNowhere = addresses.length === 0 && nameResolvesTo?.every(isLoopback)
  return isNowhere ? [blocks('no-address', { params: { source, target } })] : []
}

function nameOf(facts: EndFacts, host: string, other: EndFacts): Verdict {
  const { hostName, addresses, nameResolvesTo } = facts
  const address = reachedAt(facts, other)
  const more = { about: host, params: { host, name: hostName, address, addresses: nameResolvesTo?.join(', ') ?? '' } }
  if (nameResolvesTo === null || addresses.length === 0) return unknown('name-unknown', more)
  const leads = nameResolvesTo.filter((each) => !each.startsWith('fe80:'))
  if (leads.length === 0) return passes('name-unresolved', more)
  if (leads.some((each) => addresses.includes(each))) return passes('name-right', more)
  if (leads.includes('127.0.1.1')) return passes('name-debian', more)
  return warns(leads.every(isLoopback) ? 'name-loopback' : 'name-elsewhere', more)
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1'
}
