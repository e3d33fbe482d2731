import { NetworkService } from '../../electron/engine/networks/network-service.ts'
import type { InventoryReader } from '../../electron/engine/ports.ts'
import { systemClock } from '../../electron/engine/system-clock.ts'
import { readCards } from '../../electron/providers/libvirt/networks/cards.ts'
import { parseSysfs } from '../../electron/providers/libvirt/networks/sysfs.ts'
import { drawTopology, type PlacedNetwork } from '../../electron/providers/libvirt/networks/topology.ts'
import type { ProvidedTopology, ProviderConnection } from '../../electron/providers/provider.ts'
import { childrenOf, parseXml } from '../../electron/xml/index.ts'
import type { HostId } from '../../shared/model/index.ts'
import { HOSTS, MACHINES_PER_HOST } from './fleet.ts'
import { type BenchGroup, median, timed } from './measure.ts'

const ROUNDS = 20
const MAC_BYTES = 2

/** What the engine has to do for the picture of 200 hosts with 10,000 cards, without the wire: each host's devices read, drawn and named. */
export const topologyGroup: BenchGroup = {
  name: 'topology',
  missing: () => Promise.resolve(null),
  async *run() {
    const { service, hostIds } = madeUpFleet()
    const { signal } = new AbortController()
    const pictures = await service.topology(hostIds, signal)
    const cards = pictures.flatMap(({ nodes }) => nodes.filter(({ kind }) => kind === 'nic')).length
    const lost = pictures.filter(({ unseen }) => unseen.length > 0).length
    if (cards !== HOSTS * MACHINES_PER_HOST || lost > 0) throw new Error(`${cards} cards were drawn, ${lost} hosts were not`)
    const name = `topology of ${HOSTS} hosts with ${cards} cards`
    yield {
      name: `${name}, the engine’s part, median`,
      value: median(await timed(ROUNDS, () => service.topology(hostIds, signal))),
      unit: 'ms',
      budget: 200,
    }
    let text = ''
    const writing = await timed(ROUNDS, () => {
      text = JSON.stringify(pictures)
      return Promise.resolve()
    })
    yield { name: `${name}, written out, median`, value: median(writing), unit: 'ms', budget: 50 }
    yield { name: `${name}, size of the answer`, value: Buffer.byteLength(text) / 1_000_000, unit: 'MB', budget: 5 }
  },
}

/** Hosts as the watch and the kernel tell of them. */
function madeUpFleet(): { readonly service: NetworkService; readonly hostIds: readonly HostId[] } {
  const objects = new Map<string, object>()
  const links = new Map<string, ProviderConnection>()
  const hostIds = Array.from({ length: HOSTS }, (_, number) => {
    const connectionId = `c${number}`
    const id = `${connectionId}.h.host`
    objects.set(`host ${id}`, { id, connectionId, nativeRef: 'host', name: `kvm-${number}` })
    for (let machine = 0; machine < MACHINES_PER_HOST; machine += 1) objects.set(`machine ${connectionId}.m.${uuidOf(number, machine)}`, {})
    links.set(connectionId, { networking: { topology: topologyOf(number) } } as unknown as ProviderConnection)
    return id as HostId
  })
  const service = new NetworkService({
    inventory: { get: (entity: string, id: string) => objects.get(`${entity} ${id}`) } as unknown as InventoryReader,
    links: { current: (id: string) => links.get(id), onChange: () => () => {} },
    clock: systemClock,
    tasks: { submit: () => Promise.reject(new Error('nothing is changed here')) },
  })
  return { service, hostIds }
}

function uuidOf(host: number, machine: number): string {
  return `00000000-0000-4000-8000-${hex(host)}0000${hex(machine)}`
}

function hex(value: number): string {
  return value.toString(16).padStart(MAC_BYTES * 2, '0')
}

function topologyOf(number: number): () => Promise<ProvidedTopology> {
  const machines = Array.from({ length: MACHINES_PER_HOST }, (_, machine) => {
    const mac = `52:54:${hex(number).slice(0, 2)}:${hex(number).slice(2)}:${hex(machine).slice(0, 2)}:${hex(machine).slice(2)}`
    const source = machine % 3 === 0 ? `type='network'><source network='default'/>` : `type='bridge'><source bridge='br40'/>`
    const xml = `<devices><interface ${source}<mac address='${mac}'/><target dev='vnet${machine}'/></interface></devices>`
    const cards = readCards(childrenOf(parseXml(xml), 'interface'))
    return { ref: uuidOf(number, machine), name: `web-${machine}`, isRunning: true, cards, addressesOf: () => [`192.0.2.${machine}`] }
  })
  const taps = machines.map((_, machine) => `tap vnet${machine} ${machine % 3 === 0 ? 'virbr0' : 'br40'}`).join('\n')
  const network = { isActive: true, devices: [], cidrs: [], portIds: null }
  const networks: readonly PlacedNetwork[] = [
    { ...network, ref: 'default', name: 'default', mode: 'nat', bridge: 'virbr0', cidrs: ['192.168.122.1/24'] },
    { ...network, ref: 'inside', name: 'inside', mode: 'isolated', bridge: 'virbr1' },
    { ...network, ref: 'lan', name: 'lan', mode: 'bridge', bridge: 'br40' },
  ]
  return () =>
    Promise.resolve(drawTopology({ machines, networks, host: parseSysfs(`${DEVICES}\n${taps}`), unseen: [], nowMs: systemClock.nowMs() }))
}

const DEVICES = `if bond0|bond||3c:ec:ef:00:00:01|up|20000|802.3ad 4|,eno1,eno2|1000|2000
if bond0.40|vlan||3c:ec:ef:00:00:01|up|20000||,bond0|10|20
if br40|bridge||3c:ec:ef:00:00:01|up|20000||,bond0.40|3|4
if eno1||1|3c:ec:ef:00:00:01|up|10000|||500|1000
if eno2||1|3c:ec:ef:00:00:02|down|-1|||500|1000
if lo|||00:00:00:00:00:00|unknown||||9|9
if virbr0|bridge||52:54:00:00:00:00|up|10000|||1|1
if virbr1|bridge||52:54:00:00:00:01|down|-1|||1|1
vlan bond0.40|40|bond0
route 100 br40
addr br40 192.0.2.10/24`
