import { machinesKeeping } from './kept-cards.ts'
import { change, findNetwork, type NetworkContext } from './network-context.ts'
import { startIt } from './network-create.ts'
import { networkOff, portsOf, whyNotRemoved, whyNotStopped } from './network-detail.ts'
import { refusedBy } from './network-problems.ts'

export async function startNetwork(context: NetworkContext, networkRef: string): Promise<void> {
  const { net, isActive } = await findNetwork(context, networkRef)
  if (!isActive) await startIt(context, net)
}

/** Throws `precondition` network.in-use unless `evenIfUsed`, network.off. */
export async function stopNetwork(context: NetworkContext, networkRef: string, evenIfUsed: boolean): Promise<void> {
  const { net, isActive } = await findNetwork(context, networkRef)
  if (!isActive) throw refusedBy(net.name, networkOff(net.name))
  const why = evenIfUsed ? null : whyNotStopped(portsOf(context, net.name))
  if (why) throw refusedBy(net.name, why)
  await change(context, 'networkDestroy', { net })
}

/** Throws `precondition` network.named. */
export async function removeNetwork(context: NetworkContext, networkRef: string): Promise<void> {
  const { net, isActive, isPersistent } = await findNetwork(context, networkRef)
  const named =
    whyNotRemoved(portsOf(context, net.name)) ?? whyNotRemoved(await machinesKeeping(context, (card) => card.network === net.name))
  if (named) throw refusedBy(net.name, named)
  if (isActive) await change(context, 'networkDestroy', { net })
  if (isPersistent) await change(context, 'networkUndefine', { net })
}
