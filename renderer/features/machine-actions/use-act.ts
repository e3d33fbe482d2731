import { useCallback } from 'react'
import type { MachineActionInput, MachineId } from '../../../shared/model/index.ts'
import { useApiCommand } from '../../lib/api/index.ts'
import { useLive } from '../../lib/live/index.ts'

export interface Act {
  /** Sends it for these machines: one task, with a child for each when there are several. */
  readonly act: (ids: readonly string[], action: MachineActionInput) => Promise<void>
  readonly isPending: boolean
}

/** The one way from the page to `machines.act`: rows show "queued" at once, and a double click is one click. */
export function useAct(): Act {
  const { busy } = useLive()
  const { mutateAsync, isPending } = useApiCommand('machines.act', (api, input: Parameters<typeof api.machines.act>[0]) =>
    api.machines.act(input),
  )
  const act = useCallback(
    async (ids: readonly string[], action: MachineActionInput) => {
      const settle = busy.expect(ids, `machine.${action.action}`)
      try {
        const answer = await mutateAsync({ targets: { ids: ids as MachineId[] }, action, token: crypto.randomUUID() })
        for (const refusal of answer.refused) settle(refusal.machineId)
      } catch (thrown) {
        for (const id of ids) settle(id)
        throw thrown
      }
    },
    [busy, mutateAsync],
  )
  return { act, isPending }
}
