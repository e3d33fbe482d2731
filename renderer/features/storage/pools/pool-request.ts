import { create } from 'zustand'
import type { AppError } from '../../../../shared/errors/index.ts'
import type { PoolId } from '../../../../shared/model/index.ts'

export type PoolQuestion = 'stop' | 'remove' | 'definition'

interface Asked {
  /** The dialog that is open. */
  readonly question: { readonly kind: PoolQuestion; readonly poolId: PoolId } | null
  /** Of what was begun without a dialog and refused. */
  readonly problem: { readonly poolId: PoolId; readonly name: string; readonly error: AppError } | null
}

export const usePoolRequest = create<Asked>(() => ({ question: null, problem: null }))

export function ask(kind: PoolQuestion, poolId: PoolId): void {
  usePoolRequest.setState({ question: { kind, poolId } })
}

export function closeQuestion(): void {
  usePoolRequest.setState({ question: null })
}

export function showProblem(problem: Asked['problem']): void {
  usePoolRequest.setState({ problem })
}
