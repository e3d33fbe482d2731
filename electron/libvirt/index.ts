/** A libvirt client in pure TypeScript: bring a Duplex, get every procedure of the protocol typed. See README.md. */

export { type CallOptions, type CallParameters, type ClientOptions, LibvirtClient, type OpenedStream } from './client.ts'
export { type ConnectOptions, connectLibvirt, versionFromNumber } from './connect.ts'
export { type AuthMethod, type ConnectionFacts, FEATURES, type Feature, type LibvirtVersion } from './connection-facts.ts'
export { type DaemonFacts, type DaemonName, type HostPart, MONOLITHIC, partOf, partUri, SPLIT, SYSTEM_SOCKET_FOLDERS } from './daemons.ts'
export { type Callable, type DomainListing, isListTooLong, type ListDomainsOptions, listAllDomains, listDomains } from './domain-list.ts'
export {
  type BlockStats,
  DomainStats,
  getAllDomainStats,
  type InterfaceStats,
  STATS,
  type StatsGroup,
  type StatsOptions,
  type VcpuStats,
} from './domain-stats.ts'
export { type ErrorKind, isLibvirtError, LibvirtError, type LibvirtErrorDetails, type RemoteFacts } from './errors.ts'
export {
  EVENTS,
  type EventFamily,
  type EventName,
  type EventOf,
  LibvirtEvents,
  type SubscribeOptions,
  type Subscription,
} from './events.ts'
export { LibvirtHost, openHost } from './host.ts'
export type { DaemonKind, HostOptions } from './host-connect.ts'
export { DEFAULT_LIMITS, type LaneLimits } from './rpc/call-lanes.ts'
export { type Clock, systemClock } from './rpc/clock.ts'
export type { ConnectionStats } from './rpc/connection.ts'
export { DEFAULT_KEEPALIVE, type KeepaliveOptions } from './rpc/keepalive.ts'
export { RpcStream, type StreamPiece } from './rpc/rpc-stream.ts'
export * from './transport/index.ts'
export * from './typed-params.ts'
export * as constants from './wire/generated/constants.ts'
export type * from './wire/generated/types.ts'
export {
  type CallName,
  type MessageName,
  type ProcedureArgs,
  type ProcedureGroup,
  type ProcedureName,
  type ProcedureRet,
  procedureRow,
} from './wire/procedure-table.ts'
export type { TypedParam, TypedParamType, TypedParamValue } from './wire/typed-param.ts'
export type { XdrReader } from './wire/xdr-reader.ts'
