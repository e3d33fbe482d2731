import { constants as c, type DomainRef, listAllDomains } from '../../../libvirt/index.ts'
import { at, childrenOf, parseXml } from '../../../xml/index.ts'
import { isNoDomain } from '../problems.ts'
import { type Card, readCards } from './cards.ts'
import { type NetworkContext, within } from './network-context.ts'

/** Definitions asked for at once. */
const IN_FLIGHT = 8

/**
 * Machines with such a card in the definition that their next start reads. The watch does not know of all: a card that is added to what is
 * kept makes no event, and of a machine that runs it holds what runs. For what cannot be taken back, every definition is read again.
 */
export async function machinesKeeping(
  context: NetworkContext,
  isIt: (card: Card) => boolean,
): Promise<ReadonlyArray<{ readonly machine: string }>> {
  const kept = await listAllDomains(context.host, { ...within(context), flags: c.VIR_CONNECT_LIST_DOMAINS_PERSISTENT })
  const found: Array<{ readonly machine: string }> = []
  const waiting = kept.values()
  const worker = async () => {
    for (const dom of waiting) if ((await keptCards(context, dom)).some(isIt)) found.push({ machine: dom.name })
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
  return found
}

async function keptCards({ host, work }: NetworkContext, dom: DomainRef): Promise<readonly Card[]> {
  try {
    const { xml } = await host.call('domainGetXmlDesc', { dom, flags: c.VIR_DOMAIN_XML_INACTIVE }, { signal: work.signal })
    return readCards(childrenOf(at(parseXml(xml), 'devices'), 'interface'))
  } catch (error) {
    if (isNoDomain(error)) return []
    throw error
  }
}
