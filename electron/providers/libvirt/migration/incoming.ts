import type { MigrationSpec } from '../../../../shared/model/index.ts'
import { constants as c, listAllDomains } from '../../../libvirt/index.ts'
import { at, attributeOf, childrenOf, parseXml, textOf } from '../../../xml/index.ts'
import type { IncomingFacts, OutgoingFacts } from '../../provider.ts'
import { countMemoryFigures, readMemory } from '../host-facts.ts'
import { readNetworks, readPools } from '../surroundings.ts'
import { HOST_REF } from '../watch.ts'
import { MIGRATION_PORTS } from './bandwidth.ts'
import { compareCpu } from './compare-cpu.ts'
import { endFacts } from './end-facts.ts'
import type { MigrationContext } from './migration-context.ts'
import { lookAtPaths } from './paths.ts'

/** What this host has of what a machine needs. Only reads. */
export async function incomingFacts(context: MigrationContext, facts: OutgoingFacts, wish: MigrationSpec): Promise<IncomingFacts> {
  const { host, work } = context
  const bounds = { signal: work.signal }
  const [ends, cpu, can, memory, pages, pools, networks, interfaces, paths, domains] = await Promise.all([
    endFacts(context),
    compareCpu(context, facts),
    abilitiesFor(context, facts),
    countMemoryFigures(host, bounds).then(
      (count) => readMemory(host, count, bounds),
      () => null,
    ),
    freePages(context, facts.hugePagesKiB),
    readPools(host, HOST_REF, bounds),
    readNetworks(host, HOST_REF, bounds),
    bridgesOf(context),
    lookAtPaths(context, facts),
    listAllDomains(host, bounds),
  ])
  const twin = domains.find(({ uuid }) => uuid === facts.uuid)
  const name = wish.rename ?? facts.name
  return {
    host: ends,
    ...cpu,
    ...can,
    memoryFreeKiB: memory?.freeKiB ?? null,
    hugePagesFree: pages,
    pools: await Promise.all([...pools.values()].map((pool) => poolOf(context, pool, facts, wish))),
    networks: [...networks.values()].map(({ facts: network }) => ({ name: network.name, isActive: network.active })),
    bridges: interfaces,
    paths,
    uuidTaken: twin ? { name: twin.name, isRunning: twin.id !== -1 } : null,
    nameTaken: domains.some((domain) => domain.name === name && domain.uuid !== facts.uuid),
    ports: { ...MIGRATION_PORTS, used: 0 },
    peerTrust: null,
    peerTrustNote: null,
  }
}

/** Machine type, emulator, firmware and TPM, by what libvirt says that they can be. */
async function abilitiesFor(
  { host, work }: MigrationContext,
  { machineType, emulator, arch, firmware, tpm, xml }: OutgoingFacts,
): Promise<Pick<IncomingFacts, 'hasMachineType' | 'hasEmulator' | 'hasLoader' | 'hasTpm'>> {
  const virttype = attributeOf(parseXml(xml), 'type')
  try {
    const args = { emulatorbin: null, arch, machine: machineType, virttype, flags: 0 }
    const { capabilities } = await host.call('connectGetDomainCapabilities', args, { signal: work.signal })
    const root = parseXml(capabilities)
    const loaders = childrenOf(at(root, 'os', 'loader'), 'value').map((value) => value.text.trim())
    const models = childrenOf(at(root, 'devices', 'tpm'), 'enum')
    return {
      hasMachineType: true,
      hasEmulator: emulator === null ? null : textOf(root, 'path') === emulator,
      hasLoader: firmware === null ? null : loaders.includes(firmware.loader),
      hasTpm: tpm === null ? null : models.some((each) => childrenOf(each, 'value').some((value) => value.text.trim() === tpm.model)),
    }
  } catch (error) {
    work.signal.throwIfAborted()
    void error
    return { hasMachineType: false, hasEmulator: null, hasLoader: null, hasTpm: null }
  }
}

async function freePages({ host, work }: MigrationContext, sizes: readonly number[]): Promise<ReadonlyMap<number, number>> {
  if (sizes.length === 0) return new Map()
  const { counts } = await host.call('nodeGetFreePages', { pages: sizes, startCell: 0, cellCount: 1, flags: 0 }, { signal: work.signal })
  return new Map(sizes.map((size, index) => [size, Number(counts[index] ?? 0n)]))
}

async function bridgesOf({ host, work }: MigrationContext): Promise<readonly string[]> {
  const { devices } = await host
    .call('connectListAllNodeDevices', { needResults: 1, flags: c.VIR_CONNECT_LIST_NODE_DEVICES_CAP_NET }, { signal: work.signal })
    .catch(() => ({ devices: [] }))
  // a bridge is a network interface like any other here; one of that name is what a card can hang on
  return devices.map(({ name }) => name.replace(/^net_/, '').replace(/_([0-9a-f]{2}_){5}[0-9a-f]{2}$/, ''))
}

async function poolOf(
  { host, work }: MigrationContext,
  pool: {
    readonly name: string
    readonly active: boolean
    readonly type: string
    readonly target: string | null
    readonly availableBytes: number | null
  },
  facts: OutgoingFacts,
  wish: MigrationSpec,
): Promise<IncomingFacts['pools'][number]> {
  const wanted = wish.disks
    .filter(({ how }) => how === 'copy')
    .flatMap(({ target, pool: chosen, volume }) => {
      const disk = facts.disks.find((each) => each.target === target)
      return disk && (chosen ?? disk.pool) === pool.name ? [volume ?? disk.volume ?? ''] : []
    })
  const taken = await Promise.all(
    wanted.map(async (name) => {
      if (!pool.active) return []
      const { pool: found } = await host.call('storagePoolLookupByName', { name: pool.name }, { signal: work.signal })
      const isThere = await host.call('storageVolLookupByName', { pool: found, name }, { signal: work.signal }).then(
        () => true,
        () => false,
      )
      return isThere ? [name] : []
    }),
  )
  return {
    name: pool.name,
    isActive: pool.active,
    type: pool.type,
    path: pool.target,
    availableBytes: pool.availableBytes,
    taken: taken.flat(),
  }
}
