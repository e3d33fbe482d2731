import { createORPCClient } from '@orpc/client'
import type { ContractRouterClient } from '@orpc/contract'
import type { QueryClient } from '@tanstack/react-query'
import { type Contract, contract, type MethodMeta } from '../../../shared/contract/index.ts'
import type { EngineLink } from './link.ts'

/** The contract as functions: `api.machines.act({ … })`. Errors are AppErrors. */
export type Api = ContractRouterClient<Contract>

export function createApi(link: EngineLink): Api {
  return createORPCClient<Api>(link)
}

type MethodName = { [D in keyof Contract]: `${D}.${Extract<keyof Contract[D], string>}` }[keyof Contract]

interface ContractMethod {
  readonly '~orpc': { readonly meta: MethodMeta }
}

function methodOf(path: string): ContractMethod | undefined {
  const [domain = '', name = ''] = path.split('.')
  const methods: Readonly<Record<string, unknown>> | undefined = Object.entries(contract).find(([key]) => key === domain)?.[1]
  return methods?.[name] as ContractMethod | undefined
}

/** Query keys are the contract's own names, so that invalidation can go by prefix: `['views', 'list', input]`. */
export function queryKey(method: MethodName, input: unknown = {}): readonly unknown[] {
  return [...method.split('.'), input]
}

/** Voids what a command says it changes. Called by `useCommand` after each success. */
export async function invalidateAfter(queries: QueryClient, method: MethodName): Promise<void> {
  const prefixes = methodOf(method)?.['~orpc'].meta.invalidates ?? []
  await Promise.all(prefixes.map((prefix) => queries.invalidateQueries({ queryKey: prefix.split('.') })))
}

export type { MethodName }
