import type { InferContractRouterOutputs } from '@orpc/contract'
import type { Contract, Permission } from '../../shared/contract/index.ts'

type Inputs = { [D in keyof Contract]: { [M in keyof Contract[D]]: InferOutputOfInput<Contract, D, M> } }
type InferOutputOfInput<C, D extends keyof C, M extends keyof C[D]> = C[D][M] extends { '~orpc': { inputSchema?: infer S } }
  ? S extends { '~standard': { types?: infer T } }
    ? T extends { output: infer O }
      ? O
      : never
    : never
  : never
type Outputs = InferContractRouterOutputs<Contract>

/** Who calls, and until when. */
export interface CallContext {
  readonly actor: string
  /** page, cli, api, tray, … */
  readonly origin: string
  /** One per window, socket or request: interest and streams belong to it. */
  readonly clientId: string
  readonly permissions: ReadonlySet<Permission>
  readonly signal: AbortSignal
}

/** What each method gets (parsed) and gives. */
export type MethodInput<D extends keyof Contract, M extends keyof Contract[D]> = Inputs[D][M]
export type MethodOutput<D extends keyof Contract, M extends keyof Contract[D]> = Outputs[D] extends infer O
  ? M extends keyof O
    ? O[M]
    : never
  : never

/** One function a method, exhaustively: a method without a handler does not compile. Streams return async iterators. */
export type Handlers = {
  readonly [D in keyof Contract]: {
    readonly [M in keyof Contract[D]]: (
      input: MethodInput<D, M>,
      context: CallContext,
    ) => MethodOutput<D, M> extends AsyncIteratorObject<infer T, infer _R, infer _N> ? AsyncIterable<T> : Promise<MethodOutput<D, M>>
  }
}
