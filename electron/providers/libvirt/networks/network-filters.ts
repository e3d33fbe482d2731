import type { NetworkFilter } from '../../../../shared/model/index.ts'
import { filterChanged, filterInUse, filterNotFound, filterRefused, notAFilter } from '../../../../shared/networks/index.ts'
import { constants as c, type NwfilterRef } from '../../../libvirt/index.ts'
import { attributeOf, childrenOf, parseXml, type XmlElement } from '../../../xml/index.ts'
import { libvirtNumber, VIR_ERR } from '../problems.ts'
import { insertIntoRoot } from '../xml-insert.ts'
import { machinesKeeping } from './kept-cards.ts'
import { change, type NetworkContext, within } from './network-context.ts'
import { isRefusal, saidByHost } from './network-problems.ts'

export async function readFilters(context: NetworkContext): Promise<readonly NetworkFilter[]> {
  const { host } = context
  const { filters } = await host.call('connectListAllNwfilters', { needResults: 1, flags: 0 }, within(context))
  const read = await Promise.all(
    filters.map(async (filter) => {
      const xml = await filterXml(context, filter)
      return xml === null ? null : { filter, xml, includes: includedIn(parseXml(xml)) }
    }),
  )
  const known = read.filter((each) => each !== null).sort((a, b) => (a.filter.name < b.filter.name ? -1 : 1))
  const users = usersOf(context)
  return known.map(({ filter: { name, uuid }, xml }) => ({
    name,
    uuid,
    xml,
    usedBy: [...(users.get(name) ?? [])].sort(),
    includedBy: known.filter(({ includes }) => includes.includes(name)).map(({ filter }) => filter.name),
  }))
}

/** Throws `conflict` network.filter-changed, `invalid-input` network.not-a-filter, network.filter-refused. */
export async function putFilter(context: NetworkContext, xml: string, expected: string | null): Promise<void> {
  const { name, uuid } = readFilter(xml)
  const filter = await lookUpFilter(context, name)
  const before = filter ? await filterXml(context, filter) : null
  if (before !== expected) throw filterChanged(name)
  // Without the UUID of the one that is there libvirt takes it for another filter of the same name.
  const whole = filter && uuid === null ? insertIntoRoot(xml, 'filter', `<uuid>${filter.uuid}</uuid>`) : xml
  try {
    await change(context, 'nwfilterDefineXml', { xml: whole })
  } catch (error) {
    throw isRefusal(error) ? saidByHost(filterRefused, name, error) : error
  }
}

/** Throws `not-found` network.filter-not-found, `precondition` network.filter-in-use. */
export async function removeFilter(context: NetworkContext, name: string): Promise<void> {
  const known = (await readFilters(context)).find((filter) => filter.name === name)
  if (!known) throw filterNotFound(name)
  const kept = await machinesKeeping(context, ({ filter }) => filter === name)
  const users = [...new Set([...known.usedBy, ...kept.map(({ machine }) => machine), ...known.includedBy])]
  if (users.length > 0) throw filterInUse(name, users.join(', '))
  try {
    await change(context, 'nwfilterUndefine', { nwfilter: { name, uuid: known.uuid } })
  } catch (error) {
    if (libvirtNumber(error) === VIR_ERR.operationInvalid) throw filterInUse(name, 'a machine', error)
    if (libvirtNumber(error) === c.VIR_ERR_NO_NWFILTER) throw filterNotFound(name, error)
    throw error
  }
}

function readFilter(xml: string): { readonly name: string; readonly uuid: string | null } {
  let root: XmlElement
  try {
    root = parseXml(xml)
  } catch {
    throw notAFilter()
  }
  const name = attributeOf(root, 'name')
  if (root.name !== 'filter' || !name) throw notAFilter()
  return { name, uuid: childrenOf(root, 'uuid')[0]?.text.trim() ?? null }
}

async function lookUpFilter(context: NetworkContext, name: string): Promise<NwfilterRef | null> {
  try {
    return (await context.host.call('nwfilterLookupByName', { name }, within(context))).nwfilter
  } catch (error) {
    if (libvirtNumber(error) === c.VIR_ERR_NO_NWFILTER) return null
    throw error
  }
}

/** Null: it has gone since it was listed. */
async function filterXml(context: NetworkContext, nwfilter: NwfilterRef): Promise<string | null> {
  try {
    return (await context.host.call('nwfilterGetXmlDesc', { nwfilter, flags: 0 }, within(context))).xml
  } catch (error) {
    if (libvirtNumber(error) === c.VIR_ERR_NO_NWFILTER) return null
    throw error
  }
}

function includedIn(filter: XmlElement): readonly string[] {
  return childrenOf(filter, 'filterref').flatMap((ref) => attributeOf(ref, 'filter') ?? [])
}

/** Filter → machines whose cards name it. */
function usersOf({ watch }: NetworkContext): ReadonlyMap<string, ReadonlySet<string>> {
  const users = new Map<string, Set<string>>()
  for (const { name, cards } of watch()?.machineCards() ?? []) {
    for (const { filter } of cards) {
      if (filter === null) continue
      const known = users.get(filter)
      if (known) known.add(name)
      else users.set(filter, new Set([name]))
    }
  }
  return users
}
