import type {
  HostTopology,
  NetworkDetail,
  NetworkEdit,
  NetworkFilter,
  NetworkSpec,
  NodeRate,
  TopologyNode,
} from '../../../shared/model/index.ts'
import type { ActOptions, CallOptions } from './calls.ts'

/** A port or a node as the host tells of it: machines by reference, which the engine turns into ids. */
export type ProvidedNetworkDetail = Omit<NetworkDetail, 'ports'> & {
  readonly ports: ReadonlyArray<Omit<NetworkDetail['ports'][number], 'machineId'> & { readonly machineRef: string }>
}
export type ProvidedTopology = Omit<HostTopology, 'hostId' | 'nodes'> & {
  readonly nodes: ReadonlyArray<Omit<TopologyNode, 'machineId'> & { readonly machineRef: string | null }>
}

/** The virtual networks of one connection, by their references. Every call throws AppError. */
export interface NetworkKeeper {
  detail(networkRef: string, options: CallOptions): Promise<ProvidedNetworkDetail>
  /**
   * Defines and starts it; what fails on the way is taken back. `networkRef` is a fresh UUID, which becomes its reference: of one that is
   * there already the rest is done. Throws `conflict` network.name-taken, network.bridge-taken, network.subnet-taken.
   */
  create(hostRef: string, networkRef: string, spec: NetworkSpec, options: ActOptions): Promise<void>
  start(networkRef: string, options: ActOptions): Promise<void>
  /** Starts what is off by another definition than the kept one, which stays. Throws `remote-failure` network.start-failed. */
  startAs(networkRef: string, xml: string, options: ActOptions): Promise<void>
  /** Throws `precondition` network.in-use unless `evenIfUsed`. */
  stop(networkRef: string, evenIfUsed: boolean, options: ActOptions): Promise<void>
  /**
   * Puts the other end of a running machine's card into the network's bridge again. One that is there stays, and nothing is done for a
   * machine that is off. Throws `not-found` network.card-gone, `remote-failure` network.card-stuck, `precondition` network.off.
   */
  plugIn(networkRef: string, machineRef: string, mac: string, options: ActOptions): Promise<void>
  /** Throws `conflict` network.changed-meanwhile when it is not that of `revision` any more. */
  edit(networkRef: string, edit: NetworkEdit, revision: string, options: ActOptions): Promise<void>
  remove(networkRef: string, options: ActOptions): Promise<void>
  /** Null: there is no such network. Only reads. */
  state(
    networkRef: string,
    options: CallOptions,
  ): Promise<{ readonly isActive: boolean; readonly autostart: boolean | null; readonly revision: string } | null>
  filters(hostRef: string, options: CallOptions): Promise<readonly NetworkFilter[]>
  /** Throws `conflict` network.filter-changed when it is not `expected` any more. */
  putFilter(hostRef: string, xml: string, expected: string | null, options: ActOptions): Promise<void>
  /** Throws `precondition` network.filter-in-use. */
  removeFilter(hostRef: string, name: string, options: ActOptions): Promise<void>
  topology(hostRef: string, options: CallOptions): Promise<ProvidedTopology>
  rates(hostRef: string, options: CallOptions): Promise<readonly NodeRate[]>
}
