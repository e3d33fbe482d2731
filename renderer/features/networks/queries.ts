import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { FINAL_TASK_STATES, type HostId, type NetworkId, type Task, type TaskId } from '../../../shared/model/index.ts'
import { type Api, useApiCommand, useApiQuery } from '../../lib/api/index.ts'
import { useEntity } from '../../lib/live/index.ts'

const OLD_MS = 5_000
/** Leases come and go by themselves. */
const AGAIN_MS = 15_000

export function useNetworkDetail(networkId: NetworkId, enabled: boolean) {
  return useApiQuery('networks.detail', { networkId }, (api, signal) => api.networks.detail({ networkId }, { signal }), {
    enabled,
    staleMs: OLD_MS,
    ...(enabled && { refreshMs: AGAIN_MS }),
  })
}

export function useFilters(hostId: HostId, enabled: boolean) {
  return useApiQuery('networks.filters', { hostId }, (api, signal) => api.networks.filters({ hostId }, { signal }), {
    enabled,
    staleMs: OLD_MS,
  })
}

/** Bridges and devices of the host, to choose from. */
export function useHostDevices(hostId: HostId) {
  const hostIds = [hostId]
  return useApiQuery('networks.topology', { hostIds }, (api, signal) => api.networks.topology({ hostIds }, { signal }), {
    staleMs: AGAIN_MS,
  })
}

type Method = 'create' | 'start' | 'stop' | 'restart' | 'plugIn' | 'edit' | 'remove' | 'putFilter' | 'removeFilter'

/** A command that begins a task. What is shown of networks is read again when the task has ended, however it did. */
export function useNetworkCommand<I>(method: Method, run: (api: Api, input: I) => Promise<{ taskId: TaskId }>) {
  const command = useApiCommand(`networks.${method}`, run)
  const [taskId, setTaskId] = useState<TaskId | null>(null)
  const task = useEntity('task', taskId)
  const ended = task !== undefined && FINAL_TASK_STATES.has(task.state)
  const queries = useQueryClient()
  useEffect(() => {
    if (ended) void queries.invalidateQueries({ queryKey: ['networks'] })
  }, [ended, queries])
  return {
    /** Why it was refused when it was asked for. */
    error: command.error,
    task,
    /** Between the press of a button and the end of its task. */
    isBusy: command.isPending || (taskId !== null && !ended && task?.state !== 'needs-attention'),
    begin: (input: I, onBegun?: () => void) =>
      command.mutate(input, {
        onSuccess: (begun) => {
          setTaskId(begun.taskId)
          onBegun?.()
        },
      }),
    forget: () => {
      setTaskId(null)
      command.reset()
    },
  }
}

export interface NetworkCommand {
  readonly error: ReturnType<typeof useNetworkCommand>['error']
  readonly task: Task | undefined
  readonly isBusy: boolean
}
