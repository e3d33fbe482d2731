import { createContext, useCallback, useContext, useSyncExternalStore } from 'react'
import type { AppError } from '../../../shared/errors/index.ts'
import {
  type Connection,
  type EntityName,
  type EntityOf,
  type Freshness,
  type Host,
  isCloudId,
  type Machine,
  machineFreshness,
} from '../../../shared/model/index.ts'
import type { BusyIndex, BusyTask, FleetIndex } from './indexes.ts'
import type { LivePhase, LiveStore } from './store.ts'

export interface Live {
  readonly store: LiveStore
  readonly index: FleetIndex
  readonly busy: BusyIndex
  readonly problem: { readonly get: () => AppError | null; readonly subscribe: (listener: () => void) => () => void }
}

export const LiveContext = createContext<Live | null>(null)

export function useLive(): Live {
  const live = useContext(LiveContext)
  if (!live) throw new Error('no LiveContext above this component')
  return live
}

/** One object, rendered again only when it changes. Undefined: not known (yet, or no more). */
export function useEntity<E extends EntityName>(entity: E, id: string | null | undefined): EntityOf<E> | undefined {
  const { store } = useLive()
  const subscribe = useCallback(
    (listener: () => void) => (id ? store.subscribeObject(entity, id, listener) : () => {}),
    [store, entity, id],
  )
  return useSyncExternalStore(subscribe, () => (id ? store.get(entity, id) : undefined))
}

/** All objects of a kind, a new array when any of them changes. Not for machines: use a grid model or the index. */
export function useTable<E extends Exclude<EntityName, 'machine'>>(entity: E): readonly EntityOf<E>[] {
  const { store } = useLive()
  const subscribe = useCallback((listener: () => void) => store.subscribeTable(entity, listener), [store, entity])
  return useSyncExternalStore(subscribe, () => store.list(entity))
}

/** Whether any connection is an account of a cloud: what only clouds need is loaded then, and no sooner. */
export function useHasClouds(): boolean {
  const { store } = useLive()
  const subscribe = useCallback((listener: () => void) => store.subscribeTable('connection', listener), [store])
  return useSyncExternalStore(subscribe, () => store.list('connection').some((one) => isCloudId(one.providerId)))
}

/** Renders again when the memberships or the objects of the tree change; read the counts from `useLive().index`. */
export function useIndexVersion(): number {
  const { index } = useLive()
  const subscribe = useCallback((listener: () => void) => index.subscribe(listener), [index])
  return useSyncExternalStore(subscribe, () => index.version)
}

export function useLivePhase(): LivePhase {
  const { store } = useLive()
  const subscribe = useCallback((listener: () => void) => store.subscribePhase(listener), [store])
  return useSyncExternalStore(subscribe, () => store.phase)
}

/** Why the stream does not run, when that is not the link. */
export function useLiveProblem(): AppError | null {
  const { problem } = useLive()
  return useSyncExternalStore(problem.subscribe, problem.get)
}

/** The task that occupies a machine now. */
export function useBusyTask(machineId: string): BusyTask | undefined {
  const { busy } = useLive()
  const subscribe = useCallback((listener: () => void) => busy.subscribe(machineId, listener), [busy, machineId])
  return useSyncExternalStore(subscribe, () => busy.of(machineId))
}

export interface MachineScene {
  readonly machine: Machine | undefined
  readonly host: Host | undefined
  readonly connection: Connection | undefined
  readonly freshness: Freshness
  readonly task: BusyTask | undefined
}

/** A machine with what it depends on: the one hook of a row, a detail page, a menu. */
export function useMachineScene(machineId: string): MachineScene {
  const machine = useEntity('machine', machineId)
  const host = useEntity('host', machine?.hostId)
  const connection = useEntity('connection', machine?.connectionId)
  const task = useBusyTask(machineId)
  return { machine, host, connection, freshness: machineFreshness(connection, host), task }
}
