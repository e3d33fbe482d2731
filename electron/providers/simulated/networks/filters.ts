import type { NetworkFilter } from '../../../../shared/model/index.ts'
import * as problems from '../../../../shared/networks/index.ts'
import { attributeOf, childrenOf, parseXml, type XmlElement } from '../../../xml/index.ts'
import type { SimulatedHost } from '../fleet.ts'
import { hashText, seededUuid } from '../random.ts'
import { cardsOf } from './cards.ts'

interface StoredFilter {
  readonly name: string
  readonly uuid: string
  readonly xml: string
  readonly includes: readonly string[]
}

/** Those that libvirt brings along, as far as they are of use here. */
const SEEDS: ReadonlyArray<readonly [name: string, body: string]> = [
  ['allow-arp', "  <rule action='accept' direction='inout' priority='-700'>\n    <mac protocolid='arp'/>\n  </rule>"],
  ['allow-dhcp', "  <rule action='accept' direction='out' priority='100'>\n    <ip srcipaddr='0.0.0.0' dstipaddr='255.255.255.255' protocol='udp' srcportstart='68' dstportstart='67'/>\n  </rule>"],
  ['allow-ipv4', "  <rule action='accept' direction='inout' priority='-700'>\n    <mac protocolid='ipv4'/>\n  </rule>"],
  ['clean-traffic', "  <filterref filter='no-mac-spoofing'/>\n  <filterref filter='no-ip-spoofing'/>\n  <filterref filter='allow-ipv4'/>\n  <filterref filter='allow-arp'/>\n  <rule action='accept' direction='out' priority='-650'>\n    <mac protocolid='ipv4'/>\n  </rule>"],
  ['no-ip-multicast', "  <rule action='drop' direction='out' priority='500'>\n    <ip dstipaddr='224.0.0.0' dstipmask='4'/>\n  </rule>"],
  ['no-ip-spoofing', "  <rule action='return' direction='out' priority='100'>\n    <ip srcipaddr='$IP'/>\n  </rule>\n  <rule action='drop' direction='out' priority='1000'/>"],
  ['no-mac-spoofing', "  <rule action='return' direction='out' priority='300'>\n    <mac srcmacaddr='$MAC'/>\n  </rule>\n  <rule action='drop' direction='out' priority='500'>\n    <mac/>\n  </rule>"],
] // biome-ignore format: a table

/** The network filters of a site's hosts. */
export class FilterStore {
  readonly #byHost = new Map<string, Map<string, StoredFilter>>()

  list(host: SimulatedHost): readonly NetworkFilter[] {
    const filters = [...this.#of(host).values()].sort((a, b) => (a.name < b.name ? -1 : 1))
    const cards = [...host.machines.values()].flatMap((machine) => cardsOf(machine, host))
    return filters.map(({ name, uuid, xml }) => ({
      name,
      uuid,
      xml,
      usedBy: [...new Set(cards.filter(({ filter }) => filter === name).map(({ machine }) => machine.facts.name))].sort(),
      includedBy: filters.filter(({ includes }) => includes.includes(name)).map((other) => other.name),
    }))
  }

  /** Throws `invalid-input` network.not-a-filter, network.filter-refused, `conflict` network.filter-changed. */
  put(host: SimulatedHost, xml: string, expected: string | null): void {
    const root = readFilter(xml)
    const name = attributeOf(root, 'name') ?? ''
    const filters = this.#of(host)
    const before = filters.get(name)
    if ((before?.xml ?? null) !== expected) throw problems.filterChanged(name)
    const uuid = childrenOf(root, 'uuid')[0]?.text.trim() ?? null
    if (before && uuid !== null && uuid !== before.uuid)
      throw problems.filterRefused(name, `filter '${name}' already exists with uuid ${before.uuid}`)
    const includes = childrenOf(root, 'filterref').flatMap((ref) => attributeOf(ref, 'filter') ?? [])
    const missing = includes.find((each) => !filters.has(each))
    if (missing !== undefined) throw problems.filterRefused(name, `referenced filter '${missing}' is missing`)
    if (includes.some((each) => this.#reaches(filters, each, name))) throw problems.filterRefused(name, 'filter would introduce a loop')
    const own = uuid ?? before?.uuid ?? seededUuid(host.salt, hashText(`filter/${name}`))
    filters.set(name, { name, uuid: own, xml: withUuid(xml, uuid, own), includes })
  }

  /** Throws `not-found` network.filter-not-found, `precondition` network.filter-in-use. */
  remove(host: SimulatedHost, name: string): void {
    const known = this.list(host).find((filter) => filter.name === name)
    if (!known) throw problems.filterNotFound(name)
    const by = [...known.usedBy, ...known.includedBy]
    if (by.length > 0) throw problems.filterInUse(name, by.join(', '))
    this.#of(host).delete(name)
  }

  #reaches(filters: ReadonlyMap<string, StoredFilter>, from: string, to: string): boolean {
    return from === to || (filters.get(from)?.includes.some((each) => this.#reaches(filters, each, to)) ?? false)
  }

  #of(host: SimulatedHost): Map<string, StoredFilter> {
    const known = this.#byHost.get(host.ref)
    if (known) return known
    const made = new Map(
      SEEDS.map(([name, body]): [string, StoredFilter] => {
        const uuid = seededUuid(host.salt, hashText(`filter/${name}`))
        const xml = `<filter name='${name}' chain='root'>\n  <uuid>${uuid}</uuid>\n${body}\n</filter>\n`
        const includes = childrenOf(parseXml(xml), 'filterref').flatMap((ref) => attributeOf(ref, 'filter') ?? [])
        return [name, { name, uuid, xml, includes }]
      }),
    )
    this.#byHost.set(host.ref, made)
    return made
  }
}

function readFilter(xml: string): XmlElement {
  let root: XmlElement
  try {
    root = parseXml(xml)
  } catch {
    throw problems.notAFilter()
  }
  if (root.name !== 'filter' || !attributeOf(root, 'name')) throw problems.notAFilter()
  return root
}

/** As the host shows it: with its UUID. */
function withUuid(xml: string, given: string | null, uuid: string): string {
  if (given !== null) return xml
  return xml.replace(/<filter\b([^>]*?)(\/?)>/, (_all, attributes: string, slash: string) => {
    const opening = `<filter${attributes.trimEnd()}>\n  <uuid>${uuid}</uuid>`
    return slash === '/' ? `${opening}\n</filter>` : opening
  })
}
