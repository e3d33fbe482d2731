import { AppError } from '../../../../shared/errors/index.ts'
import type { NetworkEdit, NetworkFilter, NetworkSpec, NodeRate, Reason } from '../../../../shared/model/index.ts'
import type { ActOptions, CallOptions, NetworkKeeper, ProvidedNetworkDetail, ProvidedTopology } from '../../provider.ts'
import type { CallOnLink } from '../volumes/volume-keeper.ts'
import { lookAtHost } from './host-interfaces.ts'
import { findIfThere, type NetworkContext, type NetworkPorts } from './network-context.ts'
import { createNetwork } from './network-create.ts'
import { networkDetail } from './network-detail.ts'
import { editNetwork } from './network-edit.ts'
import { putFilter, readFilters, removeFilter } from './network-filters.ts'
import { NetworkRates } from './network-rates.ts'
import { removeNetwork, startNetwork, startNetworkAs, stopNetwork } from './network-remove.ts'
import { OWN_BRIDGE, readNetworkElement } from './network-xml.ts'
import { plugIn } from './plug-in.ts'
import { portIdsOf } from './plug-state.ts'
import { drawTopology, type PlacedNetwork } from './topology.ts'

/** The virtual networks of one libvirt host. */
export class LibvirtNetworks implements NetworkKeeper {
  readonly #ports: NetworkPorts
  readonly #call: CallOnLink
  readonly #rates = new NetworkRates()

  constructor(ports: NetworkPorts, call: CallOnLink) {
    this.#ports = ports
    this.#call = call
  }

  detail(networkRef: string, options: CallOptions): Promise<ProvidedNetworkDetail> {
    return this.#read(options, (context) => networkDetail(context, networkRef))
  }

  create(_hostRef: string, networkRef: string, spec: NetworkSpec, options: ActOptions): Promise<void> {
    return this.#change('network.create', options, (context) => createNetwork(context, networkRef, spec))
  }

  start(networkRef: string, options: ActOptions): Promise<void> {
    return this.#change('network.start', options, (context) => startNetwork(context, networkRef))
  }

  startAs(networkRef: string, xml: string, options: ActOptions): Promise<void> {
    return this.#change('network.startAs', options, (context) => startNetworkAs(context, networkRef, xml))
  }

  plugIn(networkRef: string, machineRef: string, mac: string, options: ActOptions): Promise<void> {
    return this.#change('network.plugIn', options, (context) => plugIn(context, networkRef, machineRef, mac.toLowerCase()))
  }

  stop(networkRef: string, evenIfUsed: boolean, options: ActOptions): Promise<void> {
    return this.#change('network.stop', options, (context) => stopNetwork(context, networkRef, evenIfUsed))
  }

  edit(networkRef: string, edit: NetworkEdit, revision: string, options: ActOptions): Promise<void> {
    return this.#change('network.edit', options, (context) => editNetwork(context, networkRef, edit, revision))
  }

  remove(networkRef: string, options: ActOptions): Promise<void> {
    return this.#change('network.remove', options, (context) => removeNetwork(context, networkRef))
  }

  state(networkRef: string, options: CallOptions): ReturnType<NetworkKeeper['state']> {
    return this.#read(options, async (context) => {
      const found = await findIfThere(context, networkRef)
      return found && { isActive: found.isActive, autostart: found.autostart, revision: found.revision }
    })
  }

  filters(_hostRef: string, options: CallOptions): Promise<readonly NetworkFilter[]> {
    return this.#read(options, readFilters)
  }

  putFilter(_hostRef: string, xml: string, expected: string | null, options: ActOptions): Promise<void> {
    return this.#change('network.putFilter', options, (context) => putFilter(context, xml, expected))
  }

  removeFilter(_hostRef: string, name: string, options: ActOptions): Promise<void> {
    return this.#change('network.removeFilter', options, (context) => removeFilter(context, name))
  }

  topology(_hostRef: string, options: CallOptions): Promise<ProvidedTopology> {
    return this.#read(options, topologyOf)
  }

  rates(_hostRef: string, options: CallOptions): Promise<readonly NodeRate[]> {
    return this.#read(options, (context) => this.#rates.read(context))
  }

  #read<T>(options: CallOptions, run: (context: NetworkContext) => Promise<T>): Promise<T> {
    return this.#call(null, options, (work) => run({ ...this.#ports, work }))
  }

  #change(command: string, options: ActOptions, run: (context: NetworkContext) => Promise<void>): Promise<void> {
    return this.#call(command, options, async (work) => {
      try {
        await run({ ...this.#ports, work })
      } finally {
        // Not every change makes an event.
        this.#ports.watch()?.touchNetworks()
      }
    })
  }
}

/** From what the watch holds; only the host's own devices are asked for. */
async function topologyOf(context: NetworkContext): Promise<ProvidedTopology> {
  const watch = context.watch()
  if (!watch) throw noWatch()
  const { host, unseen } = await lookAtHost(context)
  const isToldByKernel = (host?.taps.size ?? 0) > 0
  const networks = [...watch.networks()].map(async ([ref, { facts, definition }]): Promise<PlacedNetwork> => {
    const { name, mode, bridge, devices } = readNetworkElement(definition)
    const portIds = facts.active && !isToldByKernel && OWN_BRIDGE.has(mode) ? await portIdsOf(context, { name, uuid: ref }) : null
    return { ref, name, isActive: facts.active, mode, bridge, devices, cidrs: facts.cidrs, portIds }
  })
  return drawTopology({
    machines: watch.machineCards(),
    networks: await Promise.all(networks),
    host,
    unseen: watch.hasAllCards ? unseen : [CARDS_TO_COME, ...unseen],
    nowMs: context.clock.nowMs(),
  })
}

function noWatch(): AppError {
  const reason = 'The host has not told of its machines yet.'
  const details = { expected: 'a first state', actual: 'none', reason }
  return new AppError({ kind: 'precondition', code: 'topology.no-watch', message: reason, details })
}

const CARDS_TO_COME: Reason = {
  code: 'topology.cards-to-come',
  text: 'Definitions of machines are still being read: cards are missing.',
}
