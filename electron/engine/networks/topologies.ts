import { toAppError } from '../../../shared/errors/index.ts'
import { type Host, type HostId, type HostTopology, type MachineId, objectId, type Reason } from '../../../shared/model/index.ts'
import type { ProvidedTopology } from '../../providers/provider.ts'
import type { InventoryReader, Links } from '../ports.ts'

/** Hosts that are read at the same time. */
const AT_ONCE = 16
const READ_TIMEOUT_MS = 15_000

export interface TopologyPorts {
  readonly inventory: InventoryReader
  readonly links: Links
}

/** Pictures of hosts. Of one that cannot be asked now the last one stands, with its age and why. */
export class Topologies {
  readonly #ports: TopologyPorts
  /** In the order in which they were seen. */
  readonly #last = new Map<HostId, HostTopology>()

  constructor(ports: TopologyPorts) {
    this.#ports = ports
  }

  /** In the order asked for; hosts that are unknown are left out. Rejects only when the caller has left. */
  async read(hostIds: readonly HostId[], signal: AbortSignal): Promise<readonly HostTopology[]> {
    this.#forgetGone()
    const hosts = [...new Set(hostIds)].map((id) => this.#ports.inventory.get('host', id)).filter((host) => host !== undefined)
    const pictures = new Map<HostId, HostTopology>()
    const waiting = hosts.values()
    const worker = async () => {
      for (const host of waiting) {
        signal.throwIfAborted()
        pictures.set(host.id, await this.#pictureOf(host, signal))
      }
    }
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, hosts.length) }, worker))
    return hosts.flatMap(({ id }) => pictures.get(id) ?? [])
  }

  async #pictureOf(host: Host, signal: AbortSignal): Promise<HostTopology> {
    const link = this.#ports.links.current(host.connectionId)
    if (!link) return this.#lastOf(host, notLive(host.name))
    if (!link.networking) return this.#lastOf(host, NO_NETWORKS)
    try {
      const picture = this.#named(host, await link.networking.topology(host.nativeRef, { signal, timeoutMs: READ_TIMEOUT_MS }))
      this.#last.set(host.id, picture)
      return picture
    } catch (thrown) {
      signal.throwIfAborted()
      return this.#lastOf(host, notRead(host.name, toAppError(thrown).message))
    }
  }

  #named({ id: hostId, connectionId }: Host, { nodes, ...picture }: ProvidedTopology): HostTopology {
    const { inventory } = this.#ports
    const idOf = (ref: string) => {
      const machineId = objectId<MachineId>(connectionId, 'm', ref)
      return inventory.get('machine', machineId) ? machineId : null
    }
    return {
      ...picture,
      hostId,
      nodes: nodes.map(({ machineRef, ...node }) => ({ ...node, machineId: machineRef === null ? null : idOf(machineRef) })),
    }
  }

  #lastOf({ id: hostId }: Host, why: Reason): HostTopology {
    const last = this.#last.get(hostId)
    return last ? { ...last, unseen: [why, ...last.unseen] } : { hostId, nodes: [], edges: [], unseen: [why], observedAtMs: 0 }
  }

  #forgetGone(): void {
    for (const id of this.#last.keys()) if (!this.#ports.inventory.get('host', id)) this.#last.delete(id)
  }
}

const NO_NETWORKS: Reason = { code: 'topology.unsupported', text: 'This kind of connection has no networks to draw.' }

function notLive(host: string): Reason {
  return {
    code: 'topology.not-live',
    text: `There is no link to ${host} now. What was seen last is shown, if anything was.`,
    params: { host },
  }
}

function notRead(host: string, why: string): Reason {
  return { code: 'topology.not-read', text: `${host} could not be asked: ${why}`, params: { host, why } }
}
