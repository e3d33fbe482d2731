import { FINAL_TASK_STATES, type Host, machineFreshness, type Pool, type Task } from '../../../../shared/model/index.ts'
import type { I18n } from '../../../lib/i18n/index.ts'
import { useEntity, useLive, useTable } from '../../../lib/live/index.ts'
import { isPlace } from '../../../lib/machine/index.ts'
import { usePermissions, useWorkspaceId } from '../../../lib/session/index.ts'

/** A pool with what decides what can be done to it. */
export interface PoolScene {
  readonly pool: Pool
  readonly host: Host | undefined
  readonly isLive: boolean
  /** What holds it now. */
  readonly task: Task | undefined
}

export function usePoolScene(poolId: string): PoolScene | null {
  const pool = useEntity('pool', poolId)
  const host = useEntity('host', pool?.hostId)
  const connection = useEntity('connection', pool?.connectionId)
  const tasks = useTable('task')
  if (!pool) return null
  return { pool, host, isLive: machineFreshness(connection, host).state === 'live', task: tasks.find((task) => isAbout(task, pool)) }
}

function isAbout({ target, state }: Task, { id }: Pool): boolean {
  return target?.entity === 'pool' && target.id === id && !FINAL_TASK_STATES.has(state)
}

/** The hosts of the workspace that can have pools, or the one that was chosen. */
export function useStorageHosts(hostId: string | null): readonly Host[] {
  const { store } = useLive()
  const workspaceId = useWorkspaceId()
  const hosts = useTable('host')
  useTable('connection')
  return hosts.filter(
    (host) =>
      !isPlace(host) && store.get('connection', host.connectionId)?.workspaceId === workspaceId && (hostId === null || host.id === hostId),
  )
}

/** The pools of these hosts, each with what decides what can be done to it. */
export function usePoolScenes(hosts: readonly Host[]): readonly PoolScene[] {
  const { store } = useLive()
  const pools = useTable('pool')
  const tasks = useTable('task')
  const byHost = new Map(hosts.map((host) => [host.id, host]))
  const busy = new Map<string, Task>()
  for (const task of tasks) if (task.target?.entity === 'pool' && !FINAL_TASK_STATES.has(task.state)) busy.set(task.target.id, task)
  return pools.flatMap((pool) => {
    const host = byHost.get(pool.hostId)
    if (!host) return []
    const isLive = machineFreshness(store.get('connection', pool.connectionId), host).state === 'live'
    return [{ pool, host, isLive, task: busy.get(pool.id) }]
  })
}

/** Why nothing on this host can be changed now; undefined: it can. */
export function useWriteReason(i18n: I18n): (isLive: boolean, hostName: string) => string | undefined {
  const may = usePermissions()
  return (isLive, hostName) => {
    if (!may('volume.write')) return i18n.t('route.forbidden.text', { permission: 'volume.write' })
    return isLive ? undefined : i18n.reason({ code: 'link.not-live', text: '', params: { connection: hostName } })
  }
}
