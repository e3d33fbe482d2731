import { cardGone, cardStuck, networkOff, refusedBy } from '../../../../shared/networks/index.ts'
import { constants as c, type DomainRef } from '../../../libvirt/index.ts'
import { parseXml } from '../../../xml/index.ts'
import {
  attribute,
  child,
  children,
  element,
  parseTree,
  removeAttribute,
  replace,
  setAttribute,
  type Tree,
  writeTree,
} from '../build/xml-tree.ts'
import { isNoDomain } from '../problems.ts'
import { type Card, isOn, readCards } from './cards.ts'
import { change, type FoundNetwork, findNetwork, type NetworkContext, within } from './network-context.ts'
import { isAnswer, saidByHost } from './network-problems.ts'
import { OWN_BRIDGE } from './network-xml.ts'
import { lookAtPlugs } from './plug-state.ts'

/** A card of a machine as it stands in a definition. */
interface Nic {
  readonly tree: Tree
  readonly card: Card
}

/**
 * Puts the other end of a running machine's card into the bridge of its network again. libvirt plugs one in when the bridge that its
 * definition names becomes another one (`qemuDomainChangeNetBridge`, which takes for granted that the end may hang loose) and leaves it alone
 * when the name stays. So a card whose bridge has kept its name goes there by a detour: as a card of that bridge, and back as one of its network,
 * or the other way round. Either way it gets a port of the network that runs now. What was cut off on the detour is led home by the next call.
 */
export async function plugIn(context: NetworkContext, networkRef: string, machineRef: string, mac: string): Promise<void> {
  const network = await findNetwork(context, networkRef)
  const { name } = network.net
  if (!network.isActive) throw refusedBy(name, networkOff(name))
  const dom = await lookUpDomain(context, machineRef)
  if (!dom) return
  const nic = findNic(await definitionOf(context, dom, 0), mac, network)
  if (!nic) throw cardGone(`${dom.name} (${mac})`, name)
  // off: its next start plugs it in
  if (nic.card.target === null) return
  const kept = await keptNic(context, dom, mac, network)
  const isAstray = nic.card.network === null && kept?.card.network === name
  const isPlugged = await lookAtPlugs(context, network)
  try {
    if (isAstray) await update(context, dom, withSource(nic.tree, 'network', sourceOf(kept.tree)))
    else if (isPlugged(nic.card) === true) return
    else await replug(context, dom, nic, network)
  } catch (error) {
    throw isAnswer(error) ? saidByHost(cardStuck, `${dom.name} (${mac})`, error) : error
  } finally {
    // libvirt makes no event of it
    context.watch()?.touchDefinition(machineRef)
  }
  if ((await lookAtPlugs(context, network))(nic.card) === false)
    throw cardStuck(`${dom.name} (${mac})`, 'the host left it beside its bridge')
}

async function replug(context: NetworkContext, dom: DomainRef, { tree, card }: Nic, { net, running }: FoundNetwork): Promise<void> {
  const { mode, bridge } = running
  if (bridge === null || (card.network !== null && card.bridge !== bridge)) return await update(context, dom, tree)
  if (!OWN_BRIDGE.has(mode)) return await enslave(context, dom, card, bridge)
  const detour =
    card.network === null
      ? withSource(tree, 'network', element('source', { network: net.name }))
      : withSource(tree, 'bridge', element('source', { bridge }))
  await update(context, dom, detour)
  await update(context, dom, tree)
}

/** A bridge of the host that somebody made anew: for libvirt nothing has changed, so that only the kernel can be asked. */
async function enslave({ shell, work }: NetworkContext, { name }: DomainRef, { target, mac }: Card, bridge: string): Promise<void> {
  const card = `${name} (${mac})`
  if (!shell || target === null) throw cardStuck(card, `libvirt takes it to be in ${bridge}, and there is no shell on the host`)
  work.sent = true
  const { code, stderr } = await shell.run(['ip', 'link', 'set', 'dev', target, 'master', bridge], { signal: work.signal })
  if (code !== 0) throw cardStuck(card, stderr.trim() || `ip ended with ${code}`)
}

async function update(context: NetworkContext, dom: DomainRef, device: Tree): Promise<void> {
  await change(context, 'domainUpdateDeviceFlags', { dom, xml: writeTree(device), flags: c.VIR_DOMAIN_AFFECT_LIVE })
}

/** The same card on something else. Only networks guarantee a rate (`floor`). */
function withSource(nic: Tree, type: 'network' | 'bridge', source: Tree): Tree {
  const made = parseTree(writeTree(nic))
  setAttribute(made, 'type', type)
  const before = child(made, 'source')
  if (before) replace(made, before, source)
  const inbound = child(made, 'bandwidth', 'inbound')
  if (inbound && type === 'bridge') removeAttribute(inbound, 'floor')
  return made
}

function sourceOf(nic: Tree): Tree {
  return child(nic, 'source') ?? element('source')
}

function findNic(xml: string, mac: string, { net, running }: FoundNetwork): Nic | undefined {
  const own = OWN_BRIDGE.has(running.mode) ? running.bridge : null
  return children(child(parseTree(xml), 'devices'), 'interface')
    .filter((tree) => attribute(child(tree, 'mac'), 'address')?.toLowerCase() === mac)
    .map((tree) => ({ tree, card: readCards([parseXml(writeTree(tree))])[0] }))
    .find((nic): nic is Nic => nic.card !== undefined && isOn(nic.card, net.name, own))
}

async function keptNic(context: NetworkContext, dom: DomainRef, mac: string, network: FoundNetwork): Promise<Nic | undefined> {
  const { persistent } = await context.host.call('domainIsPersistent', { dom }, within(context))
  return persistent === 0 ? undefined : findNic(await definitionOf(context, dom, c.VIR_DOMAIN_XML_INACTIVE), mac, network)
}

async function definitionOf(context: NetworkContext, dom: DomainRef, flags: number): Promise<string> {
  return (await context.host.call('domainGetXmlDesc', { dom, flags }, within(context))).xml
}

/** Null: there is no such machine any more. */
async function lookUpDomain(context: NetworkContext, uuid: string): Promise<DomainRef | null> {
  try {
    return (await context.host.call('domainLookupByUuid', { uuid }, within(context))).dom
  } catch (error) {
    if (isNoDomain(error)) return null
    throw error
  }
}
