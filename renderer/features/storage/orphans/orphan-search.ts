import { create } from 'zustand'
import type { AppError } from '../../../../shared/errors/index.ts'
import type { Host, HostId, Orphan, OrphanReport } from '../../../../shared/model/index.ts'
import { type Api, toPageError } from '../../../lib/api/index.ts'

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
}

/** The reports of these hosts as one. */
export interface OrphansOfHosts {
  readonly orphans: readonly FoundOrphan[]
  readonly totalBytes: number
  /** What could not be looked into, by host. */
  readonly unseen: readonly { readonly host: Host; readonly reasons: OrphanReport['unseen'] }[]
  readonly failed: readonly { readonly host: Host; readonly error: AppError }[]
  readonly looked: number
  readonly looking: number
  /** When the oldest of them was made. */
  readonly oldestMs: number | null
}

export function orphansOf(hosts: readonly Host[], byHost: ReadonlyMap<HostId, HostLook>): OrphansOfHosts {
  const orphans: FoundOrphan[] = []
  const unseen: OrphansOfHosts['unseen'][number][] = []
  const failed: OrphansOfHosts['failed'][number][] = []
  let looked = 0
  let looking = 0
  let oldestMs: number | null = null
  for (const host of hosts) {
    const look = byHost.get(host.id)
    if (look?.isLooking) looking += 1
    if (look?.error) failed.push({ host, error: look.error })
    const report = look?.report
    if (!report) continue
    looked += 1
    oldestMs = Math.min(oldestMs ?? report.observedAtMs, report.observedAtMs)
    if (report.unseen.length > 0) unseen.push({ host, reasons: report.unseen })
    for (const orphan of report.orphans) {
      orphans.push({ ...orphan, key: `${orphan.poolId}/${orphan.name}`, hostId: host.id, hostName: host.name })
    }
  }
  const totalBytes = orphans.reduce((sum, { allocationBytes }) => sum + allocationBytes, 0)
  return { orphans, totalBytes, unseen, failed, looked, looking, oldestMs }
}
