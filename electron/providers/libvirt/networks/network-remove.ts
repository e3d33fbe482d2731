import type { Reason } from '../../../../shared/model/index.ts'
import { constants as c, type DomainRef, listAllDomains } from '../../../libvirt/index.ts'
import { at, childrenOf, parseXml } from '../../../xml/index.ts'
import { isNoDomain } from '../problems.ts'
import { readCards } from './cards.ts'
import { change, findNetwork, type NetworkContext, within } from './network-context.ts'
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
  const named = whyNotRemoved(portsOf(context, net.name)) ?? (await whyKept(context, net.name))
  if (named) throw refusedBy(net.name, named)
  if (isActive) await change(context, 'networkDestroy', { net })
  if (isPersistent) await change(context, 'networkUndefine', { net })
}

/** Definitions asked for at once. */
const IN_FLIGHT = 8

/** Machines that run have a kept definition beside what runs, which the next start reads: the watch does not hold it. */
async function whyKept(context: NetworkContext, network: string): Promise<Reason | null> {
  const running = await listAllDomains(context.host, {
    ...within(context),
    flags: c.VIR_CONNECT_LIST_DOMAINS_ACTIVE | c.VIR_CONNECT_LIST_DOMAINS_PERSISTENT,
  })
  const named: string[] = []
  const waiting = running.values()
  const worker = async () => {
    for (const dom of waiting) if (await namesIt(context, dom, network)) named.push(dom.name)
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
  return whyNotRemoved(named.map((machine) => ({ machine })))
}

async function namesIt({ host, work }: NetworkContext, dom: DomainRef, network: string): Promise<boolean> {
  try {
    const { xml } = await host.call('domainGetXmlDesc', { dom, flags: c.VIR_DOMAIN_XML_INACTIVE }, { signal: work.signal })
    return readCards(childrenOf(at(parseXml(xml), 'devices'), 'interface')).some((card) => card.network === network)
  } catch (error) {
    if (isNoDomain(error)) return false
    throw error
  }
}
