import { create } from 'zustand'
import type { OfferId } from './actions.ts'

export interface ActionRequest {
  readonly offer: OfferId
  readonly ids: readonly string[]
}

interface RequestState {
  readonly request: ActionRequest | null
}

export const useActionRequest = create<RequestState>(() => ({ request: null }))

/** Does it, or first asks what has to be asked. Callable from anywhere: a button, a menu, the palette, a key. */
export function requestAction(offer: OfferId, ids: readonly string[]): void {
  useActionRequest.setState({ request: { offer, ids } })
}

export function clearRequest(): void {
  useActionRequest.setState({ request: null })
}
