import { type HostId, MovesTogether } from '../../../shared/model/index.ts'
import type { Looked } from '../migration/preflight.ts'
import { type DrainPorts, fitIn, isSilent, lookAt, MOST_REFUSALS, type Open, type Place, sideBySide } from './drain-open.ts'
import { type Need, packed } from './packing.ts'

/** After so many looks that say no it stays as it was. */
const MOST_ROUNDS = 6
/** Of more machines on one host each goes to the roomiest, and that is all. */
const MOST_MACHINES = 400

/**
 * Each machine in its turn went to the roomiest host, so that they spread; then a large one may find no room that is whole, though there is
 * enough in all. Here they are parted anew so that more of them go. Whoever goes where was looked at there. The order in which they go stays.
 */
export async function refit(all: readonly Open[], rooms: readonly Place[], ports: DrainPorts, signal: AbortSignal): Promise<void> {
  const free = all.filter(({ chosen, looked, refusals }) => chosen === undefined && (looked !== null || refusals < MOST_REFUSALS))
  if (free.length > MOST_MACHINES) return
  const tried = new Map(free.map((one) => [one, notYetTried(one)]))
  for (let rounds = 0; rounds < MOST_ROUNDS; rounds += 1) {
    if (free.every(({ looked }) => looked !== null)) return
    const places = betterPlaces(all, free, rooms, tried)
    if (!places) return
    const unknown = [...places].filter(([one, { hostId }]) => !one.looks.has(hostId))
    if (unknown.length === 0) {
      adopt(all, places)
      return
    }
    await sideBySide(unknown, async ([one, room]) => void (await lookAt(one, room, ports, signal)))
  }
}

/** Hosts that it was tried with before this plan. */
function notYetTried({ tried, looks }: Open): ReadonlySet<HostId> {
  return new Set([...tried].filter((hostId) => !looks.has(hostId)))
}

function betterPlaces(
  all: readonly Open[],
  free: readonly Open[],
  rooms: readonly Place[],
  tried: ReadonlyMap<Open, ReadonlySet<HostId>>,
): Map<Open, Place> | null {
  const items = free.toSorted((a, b) => b.machine.memoryKiB - a.machine.memoryKiB)
  const places = rooms.filter((room) => !isSilent(room))
  const found = packed({
    items: items.length,
    places: places.length,
    room: roomOf(all, free, places),
    atLeast: free.filter(({ looked }) => looked !== null).length,
    needs: (item, place) => {
      const [one, room] = [items[item], places[place]]
      const looked = one && room ? one.looks.get(room.hostId) : null
      if (!one || !room || looked === null || tried.get(one)?.has(room.hostId)) return null
      return [{ key: memoryKey(room.hostId), amount: one.machine.memoryKiB }, ...(looked ? needsOf(looked) : [])]
    },
  })
  if (!found) return null
  return new Map(
    items.flatMap((one, index) => {
      const room = places[found[index] ?? -1]
      return room ? [[one, room] as const] : []
    }),
  )
}

/** What there is for those that may go anywhere: less what those take whose target a person has chosen. */
function roomOf(all: readonly Open[], free: readonly Open[], places: readonly Place[]): Map<string, number> {
  const room = new Map<string, number>()
  for (const { hostId, freeKiB } of places) {
    if (freeKiB === null) continue
    const theirs = free.reduce((sum, one) => sum + (one.room?.hostId === hostId ? one.machine.memoryKiB : 0), 0)
    room.set(memoryKey(hostId), freeKiB + theirs)
  }
  for (const { looks } of all) {
    for (const looked of looks.values()) {
      for (const { key, free: has } of looked ? takenBy(looked) : []) {
        if (has !== null) room.set(key, Math.min(has, room.get(key) ?? Number.POSITIVE_INFINITY))
      }
    }
  }
  for (const { chosen, looked } of all) {
    for (const { key, amount } of chosen !== undefined && looked ? needsOf(looked) : []) {
      const has = room.get(key)
      if (has !== undefined) room.set(key, has - amount)
    }
  }
  return room
}

function memoryKey(hostId: HostId): string {
  return `memory of ${hostId}`
}

function needsOf(looked: Looked): Need[] {
  // one that takes nothing at once is never too much
  return takenBy(looked).flatMap(({ key, amount }) => (amount > 0 ? [{ key, amount }] : []))
}

/** By the sums that are judged in the end: what it takes at once, and what is free less what others on their way take. */
function takenBy({ preflight: { takes, target } }: Looked): Array<Need & { readonly free: number | null }> {
  return takes.map(({ what, name, now, free, onTheWay }) => ({
    key: JSON.stringify([target.hostId, what, name]),
    amount: now,
    free: free === null ? null : free - (onTheWay?.now ?? 0),
  }))
}

function adopt(all: readonly Open[], places: ReadonlyMap<Open, Place>): void {
  const together = new MovesTogether()
  for (const one of all) {
    const hostId = one.chosen ?? places.get(one)?.hostId
    // one whose target was chosen does not get there if it was too much
    const isGoing = one.chosen === undefined || one.looked !== null
    one.looked = isGoing && hostId !== undefined ? (one.looks.get(hostId) ?? null) : null
    fitIn(one, together)
  }
}
