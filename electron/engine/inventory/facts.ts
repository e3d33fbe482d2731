import type { ConnectionId, HostId, Machine, MachineId, NetworkId, PoolId } from '../../../shared/model/index.ts'
import { objectId } from '../../../shared/model/index.ts'
import type { FactsByEntity, ProvidedEntity } from '../../providers/provider.ts'

const KIND = { host: 'h', machine: 'm', network: 'n', pool: 'p' } as const

type ProvidedId = { host: HostId; machine: MachineId; network: NetworkId; pool: PoolId }

export function providedId<E extends ProvidedEntity>(connectionId: ConnectionId, entity: E, ref: string): ProvidedId[E] {
  return objectId<ProvidedId[E]>(connectionId, KIND[entity], ref)
}

/** States in which nothing runs, so that a former sample says nothing any more. */
const OFF: ReadonlySet<Machine['state']> = new Set<Machine['state']>(['stopped', 'saved', 'crashed'])

type Fields = Record<string, unknown>

/** The fields of an entity that facts (or some of them) stand for: references become ids. */
export function fieldsOfFacts<E extends ProvidedEntity>(connectionId: ConnectionId, facts: Partial<FactsByEntity[E]>): Fields {
  const { hostRef, networkRefs, ...rest } = facts as Fields & { hostRef?: string; networkRefs?: readonly string[] }
  const fields: Fields = rest
  if (hostRef !== undefined) fields.hostId = providedId(connectionId, 'host', hostRef)
  if (networkRefs !== undefined) fields.networkIds = networkRefs.map((ref) => providedId(connectionId, 'network', ref))
  return fields
}

/**
 * Samples come apart from the facts. A full description without one keeps the last, as long as the machine runs; a machine
 * that went off keeps none.
 */
export function settleMetrics(fields: Fields, current: Machine | undefined, isPut: boolean): void {
  const state = (fields.state ?? current?.state) as Machine['state'] | undefined
  if (state && OFF.has(state)) {
    if (isPut || fields.metrics !== undefined || current?.metrics) fields.metrics = null
  } else if (isPut && fields.metrics == null) {
    fields.metrics = current?.metrics ?? null
  }
}
