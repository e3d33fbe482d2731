import { isAppError } from '../../../shared/errors/index.ts'
import { type Operation, problems } from '../cloud/index.ts'
import type { CallOptions } from '../provider.ts'
import { abortOf, ask } from './account.ts'
import { LABEL } from './problems.ts'

/** A long operation as the SDK follows it. */
type Poller = {
  submitted(): Promise<void>
  poll(options: { abortSignal?: AbortSignal }): Promise<unknown>
  readonly isDone: boolean
  readonly operationState: { readonly status: string } | undefined
}
/** Accepted; from now on it can be asked how far it is. */
export async function begun(poller: Poller): Promise<Operation> {
  await ask(poller.submitted())
  return {
    poll: async (options) => {
      if (poller.isDone) return 'done'
      try {
        await ask(poller.poll(abortOf(options)))
      } catch (thrown) {
        return outcomeOf(thrown, poller.operationState?.status)
      }
      return poller.isDone ? 'done' : 'running'
    },
  }
}

/** A question that did not get through says nothing about what was asked for; one that Azure has forgotten is over. */
function outcomeOf(thrown: unknown, status: string | undefined): 'running' | 'done' {
  // it is done, and what it answered with is of no use to anybody
  if (status === 'succeeded') return 'done'
  if (!isAppError(thrown)) throw thrown
  if (thrown.kind === 'not-found') return 'done'
  if (thrown.kind === 'unreachable' || thrown.kind === 'rate-limited' || thrown.kind === 'timeout') return 'running'
  if (status === 'failed' && thrown.cause instanceof Error) throw problems.failedThere(LABEL, thrown.cause.message)
  throw thrown
}

/** `then` is done once, when it has ended well. */
export function whenDone(operation: Operation, then: (options: CallOptions) => Promise<void> | void): Operation {
  return {
    poll: async (options) => {
      const state = await operation.poll(options)
      if (state === 'done') await then(options)
      return state
    },
  }
}
