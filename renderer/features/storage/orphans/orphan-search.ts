import { create } from 'zustand'
import type { AppError } from '../../../../shared/errors/index.ts'
import type { Host, HostId, Orphan, OrphanReport, Reason, Undecided } from '../../../../shared/model/index.ts'
import { type Api, toPageError } from '../../../lib/api/index.ts'
import { compareNames } from '../../../lib/i18n/index.ts'

/** What is known of a host's orphans. A report stays while it is looked for again. */
export interface HostLook {
  readonly isLooking: boolean
  readonly report: OrphanReport | null
  readonly error: AppError | null
}

/** Kept while the page is open, whatever screen is shown: each look reads every volume of a host. */
export const useLooks = create<{ readonly byHost: ReadonlyMap<HostId, HostLook> }>(() => ({ byHost: new Map() }))

/** So many hosts at a time. */
const AT_ONCE = 4
const NEVER: HostLook = { isLooking: false, report: null, error: null }

function put(hostId: HostId, change: Partial<HostLook>): void {
  useLooks.setState(({ byHost }) => ({ byHost: new Map(byHost).set(hostId, { ...(byHost.get(hostId) ?? NEVER), ...change }) }))
}

/** Looks through these hosts, some at a time: one that cannot be read takes nothing from the others. */
export async function lookForOrphans(api: Pick<Api, 'storage'>, hostIds: readonly HostId[]): Promise<void> {
  const waiting = hostIds.filter((hostId) => !useLooks.getState().byHost.get(hostId)?.isLooking)
  for (const hostId of waiting) put(hostId, { isLooking: true })
  const next = waiting.values()
  const work = async () => {
    for (const hostId of next) {
      try {
        put(hostId, { isLooking: false, report: await api.storage.orphans({ hostId }), error: null })
      } catch (thrown) {
        put(hostId, { isLooking: false, error: toPageError(thrown) })
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, waiting.length) }, work))
}

export interface FoundOrphan extends Orphan {
  readonly key: string
  readonly hostId: HostId
  readonly hostName: string
  /** All that found it: more than one in a pool that they share. */
  readonly hostIds: readonly HostId[]
}

/** Of volumes that another host may use: as many as have the same reason. */
export interface UndecidedGroup {
  readonly reason: Reason
  readonly volumes: readonly FoundOrphan[]
  readonly bytes: number
}

/** The reports of these hosts as one. */
export interface OrphansOfHosts {
  readonly orphans: readonly FoundOrphan[]
  readonly totalBytes: number
  /** Of which nobody knows, those with the most bytes first. */
  readonly undecided: readonly UndecidedGroup[]
  /** What could not be looked into, by host. */
  readonly unseen: readonly { readonly host: Host; readonly reasons: OrphanReport['unseen'] }[]
  readonly failed: readonly { readonly host: Host; readonly error: AppError }[]
  readonly looked: number
  readonly looking: number
  /** When the oldest of them was made. */
  readonly oldestMs: number | null
}

export function orphansOf(hosts: readonly Host[], byHost: ReadonlyMap<HostId, HostLook>): OrphansOfHosts {
  const sure = new Map<string, FoundOrphan>()
  const unsure = new Map<string, FoundOrphan & { readonly reason: Reason }>()
  const unseen: OrphansOfHosts['unseen'][number][] = []
  const failed: OrphansOfHosts['failed'][number][] = []
  let looked = 0
  let looking = 0
  let oldestMs: number | null = null
  for (const host of hosts.toSorted((a, b) => compareNames(a.name, b.name))) {
    const look = byHost.get(host.id)
    if (look?.isLooking) looking += 1
    if (look?.error) failed.push({ host, error: look.error })
    const report = look?.report
    if (!report) continue
    looked += 1
    oldestMs = Math.min(oldestMs ?? report.observedAtMs, report.observedAtMs)
    if (report.unseen.length > 0) unseen.push({ host, reasons: report.unseen })
    for (const orphan of report.orphans) add(sure, host, orphan)
    for (const volume of report.undecided) add(unsure, host, volume)
  }
  // Reports are of different moments: what one of them doubts is not certain by another.
  const orphans = [...sure.values()].filter(({ key }) => !unsure.has(key))
  const totalBytes = orphans.reduce((sum, { allocationBytes }) => sum + allocationBytes, 0)
  return { orphans, totalBytes, undecided: groupsOf([...unsure.values()]), unseen, failed, looked, looking, oldestMs }
}

/** What several hosts see is one volume, whoever of them tells of it. */
function keyOf({ poolId, name, shared }: Orphan): string {
  return shared ? [shared.kind, ...[...shared.servers].sort(), shared.path].join(' ') : `${poolId}/${name}`
}

function add<T extends Orphan>(found: Map<string, T & FoundOrphan>, host: Host, one: T): void {
  const key = keyOf(one)
  const known = found.get(key)
  if (known) found.set(key, { ...known, hostIds: [...known.hostIds, host.id] })
  else found.set(key, { ...one, key, hostId: host.id, hostName: host.name, hostIds: [host.id] })
}

function groupsOf(volumes: readonly (FoundOrphan & Pick<Undecided, 'reason'>)[]): readonly UndecidedGroup[] {
  const groups = new Map<string, { readonly reason: Reason; readonly volumes: FoundOrphan[]; bytes: number }>()
  for (const one of volumes) {
    const key = `${one.reason.code} ${JSON.stringify(one.reason.params)}`
    const group = groups.get(key) ?? { reason: one.reason, volumes: [], bytes: 0 }
    group.volumes.push(one)
    group.bytes += one.allocationBytes
    groups.set(key, group)
  }
  return [...groups.values()].sort((a, b) => b.bytes - a.bytes)
}
