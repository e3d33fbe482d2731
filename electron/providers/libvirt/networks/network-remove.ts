import { networkOff, otherNetwork, refusedBy, whyNotRemoved, whyNotStopped } from '../../../../shared/networks/index.ts'
import { machinesKeeping } from './kept-cards.ts'
import { change, findIfThere, findNetwork, type NetworkContext } from './network-context.ts'
import { startIt } from './network-create.ts'
import { portsOf } from './network-detail.ts'
import { needNetwork } from './network-edit.ts'

export async function startNetwork(context: NetworkContext, networkRef: string): Promise<void> {
  const { net, isActive } = await findNetwork(context, networkRef)
  if (!isActive) await startIt(context, net, () => change(context, 'networkCreate', { net }))
}

/**
 * Of one that is kept libvirt runs the given definition and goes on keeping the other one; one that is not kept is there again. Throws
 * `invalid-input` network.other-network, `remote-failure` network.start-failed.
 */
export async function startNetworkAs(context: NetworkContext, networkRef: string, xml: string): Promise<void> {
  const { name, uuid } = needNetwork(xml)
  const found = await findIfThere(context, networkRef)
  if (found?.isActive) return
  if (uuid?.toLowerCase() !== networkRef.toLowerCase() || (found && found.net.name !== name)) throw otherNetwork(found?.net.name ?? name)
  await startIt(context, found?.net ?? { name, uuid }, () => change(context, 'networkCreateXml', { xml }))
}

/** Throws `precondition` network.in-use unless `evenIfUsed`, network.off. */
export async function stopNetwork(context: NetworkContext, networkRef: string, evenIfUsed: boolean): Promise<void> {
  const found = await findNetwork(context, networkRef)
  const { net, isActive } = found
  if (!isActive) throw refusedBy(net.name, networkOff(net.name))
  const why = evenIfUsed ? null : whyNotStopped(portsOf(context, found))
  if (why) throw refusedBy(net.name, why)
  await change(context, 'networkDestroy', { net })
}

/** Throws `precondition` network.named. */
export async function removeNetwork(context: NetworkContext, networkRef: string): Promise<void> {
  const found = await findNetwork(context, networkRef)
  const { net, isActive, isPersistent } = found
  const named = whyNotRemoved(portsOf(context, found)) ?? whyNotRemoved(await machinesKeeping(context, (card) => card.network === net.name))
  if (named) throw refusedBy(net.name, named)
  if (isActive) await change(context, 'networkDestroy', { net })
  if (isPersistent) await change(context, 'networkUndefine', { net })
}
