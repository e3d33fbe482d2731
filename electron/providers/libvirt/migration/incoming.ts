import type { MigrationSpec } from '../../../../shared/model/index.ts'
import { constants } from '../../../libvirt/index.ts'
import { at, attributeOf, childrenOf, parseXml, textOf, type XmlElement } from '../../../xml/index.ts'
import { type IncomingFacts, type OutgoingFacts, reachedAt } from '../../provider.ts'
import { countMemoryFigures, readMemory } from '../host-facts.ts'
import { isUnsupported, libvirtNumber, toProblem, VIR_ERR } from '../problems.ts'
import { readNetworks, readPools } from '../surroundings.ts'
import { freshFor, type LookContext, lookAnew, lookUp, within } from '../volumes/volume-context.ts'
import { HOST_REF } from '../watch.ts'
import { bridgesOf } from './bridges.ts'
import { compareCpu } from './compare-cpu.ts'
import { ifAny } from './copy-definition.ts'
import { endFacts } from './end-facts.ts'
import { CHOSEN_EFI } from './firmware-choice.ts'
import { freePages } from './host-memory.ts'
import type { MigrationContext } from './migration-context.ts'
import { lookAtPaths, type Marks, NO_MARKS, pathsOf } from './paths.ts'
import { portsInUse } from './ports-in-use.ts'

/** What the source does for it: it puts marks beside files, and tries to log in here. Null: it cannot be asked. */
export interface AskedSource {
  mark(paths: readonly string[]): Promise<Marks>
  trust(address: string): Promise<Pick<IncomingFacts, 'peerTrust' | 'peerTrustNote'>>
}

/** What this host has of what a machine needs. Only reads. */
export async function incomingFacts(
  context: MigrationContext & LookContext,
  facts: OutgoingFacts,
  wish: MigrationSpec,
  source: AskedSource | null,
): Promise<IncomingFacts> {
  const { host, work } = context
  const bounds = { signal: work.signal }
  const name = wish.rename ?? facts.name
  const [ends, cpu, can, memory, pages, pools, networks, interfaces, paths, twin, sameName, ports] = await Promise.all([
    endFacts(context),
    compareCpu(context, facts),
    abilitiesFor(context, facts),
    countMemoryFigures(host, bounds).then(
      (count) => readMemory(host, count, bounds),
      () => null,
    ),
    freePages(context, facts.hugePagesKiB).catch(() => new Map<number, number>()),
    readPools(host, HOST_REF, bounds),
    readNetworks(host, HOST_REF, bounds),
    bridgesOf(context),
    markedPaths(context, facts, source),
    // of ten thousand machines two are asked for: each of a thousand that come would read them all
    ifAny(host.call('domainLookupByUuid', { uuid: facts.uuid }, bounds)),
    ifAny(host.call('domainLookupByName', { name }, bounds)),
    portsInUse(context),
  ])
  return {
    host: ends,
    ...cpu,
    ...can,
    hasLoader: can.hasLoader === false && paths.get(facts.firmware?.loader ?? '')?.exists === true ? true : can.hasLoader,
    memoryFreeKiB: memory?.freeKiB ?? null,
    hugePagesFree: pages,
    pools: await Promise.all([...pools.values()].map((pool) => poolOf(context, pool, facts, wish))),
    networks: [...networks.values()].map(({ facts: network, definition }) => ({
      name: network.name,
      isActive: network.active,
      portGroups: childrenOf(definition, 'portgroup').flatMap((group) => attributeOf(group, 'name') ?? []),
    })),
    bridges: interfaces,
    paths,
    uuidTaken: twin ? { name: twin.name, isRunning: twin.id !== -1 } : null,
    nameTaken: sameName !== null && sameName.uuid !== facts.uuid,
    ports,
    ...(await trustFrom(source, wish, reachedAt(ends, facts.host))),
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
    const offered = (of: XmlElement | undefined, name: string) =>
      childrenOf(of, 'enum')
        .filter(({ attributes }) => attributes.name === name)
        .flatMap((each) => childrenOf(each, 'value').map((value) => value.text.trim()))
    const tpms = at(root, 'devices', 'tpm')
    return {
      hasMachineType: true,
      hasEmulator: emulator === null ? null : textOf(root, 'path') === emulator,
      hasLoader:
        firmware === null
          ? null
          : firmware.loader === CHOSEN_EFI
            ? offered(at(root, 'os'), 'firmware').includes('efi')
            : loaders.includes(firmware.loader),
      hasTpm: tpm === null ? null : offered(tpms, 'model').includes(tpm.model) && offered(tpms, 'backendModel').includes(tpm.backend),
    }
  } catch (error) {
    work.signal.throwIfAborted()
    // libvirt refuses a machine type that it does not have; whatever else went wrong tells nothing of it
    const isRefused = isUnsupported(error) || libvirtNumber(error) === VIR_ERR.invalidArgument
    return { hasMachineType: isRefused ? false : null, hasEmulator: null, hasLoader: null, hasTpm: null }
  }
}

async function markedPaths(context: MigrationContext, facts: OutgoingFacts, source: AskedSource | null): Promise<IncomingFacts['paths']> {
  const paths = pathsOf(facts)
  // the firmware's code is the host's own, and its settings go along with memory
  const own = { ...facts, firmware: facts.isRunning || !facts.firmware ? null : { ...facts.firmware, loader: '' } }
  const marks = (await source?.mark(pathsOf(own)).catch(() => null)) ?? NO_MARKS
  try {
    return await lookAtPaths(context, paths, marks)
  } finally {
    await marks.clear()
  }
}

/** Only a move that the daemons lead themselves needs it. */
async function trustFrom(
  source: AskedSource | null,
  { control }: MigrationSpec,
  address: string,
): Promise<Pick<IncomingFacts, 'peerTrust' | 'peerTrustNote'>> {
  const unknown = { peerTrust: null, peerTrustNote: null }
  if (control !== 'peer' || source === null) return unknown
  return await source.trust(address).catch((error: unknown) => ({ peerTrust: null, peerTrustNote: toProblem(error).message }))
}

/** How old libvirt's look at the files of a pool may be that copies go to. */
const FRESH_MS = 30_000

/** A name of which the pool cannot tell whether it is free is not taken to be: throws what the host has said. */
export async function poolOf(
  context: LookContext,
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
  const known = { name: pool.name, isActive: pool.active, type: pool.type, path: pool.target }
  if (wanted.length === 0 || !pool.active) return { ...known, availableBytes: pool.availableBytes, taken: [] }
  const { pool: found } = await context.host.call('storagePoolLookupByName', { name: pool.name }, within(context))
  // files that libvirt has not seen yet have names, and take room
  await lookAnew(context, found, freshFor(FRESH_MS, context.looks.get(found.uuid)))
  const { state, available } = await context.host.call('storagePoolGetInfo', { pool: found }, within(context))
  // libvirt stops a pool whose files it cannot read
  if (state < constants.VIR_STORAGE_POOL_RUNNING) return { ...known, isActive: false, availableBytes: null, taken: [] }
  const there = await Promise.all(wanted.map((name) => lookUp(context, found, name)))
  return { ...known, availableBytes: Number(available), taken: wanted.filter((_, index) => there[index] !== null) }
}
