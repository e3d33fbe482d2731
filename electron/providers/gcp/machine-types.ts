import type { compute_v1 } from '@googleapis/compute/build/v1.js'
import { isAppError } from '../../../shared/errors/index.ts'
import type { MachineType } from '../../../shared/model/index.ts'
import type { SeenMachine } from '../cloud/index.ts'
import type { CallOptions } from '../provider.ts'
import type { GcpClient } from './client.ts'
import { archOf, type TypeFacts } from './instance-facts.ts'

const KIB_PER_MIB = 1_024
/** So many types are asked for side by side. */
const AT_ONCE = 6
/** `n2-custom-4-8192`, `custom-2-5120-ext`: what they have stands in their name. */
const CUSTOM = /(?:^|-)custom-(\d+)-(\d+)(?:-ext)?$/

export function customType(name: string): TypeFacts | null {
  const found = CUSTOM.exec(name)
  return found ? { vcpus: Number(found[1]), memoryKiB: Number(found[2]) * KIB_PER_MIB, arch: null } : null
}

function factsOf(type: compute_v1.Schema$MachineType): TypeFacts {
  return { vcpus: type.guestCpus ?? 0, memoryKiB: (type.memoryMb ?? 0) * KIB_PER_MIB, arch: archOf(type.architecture) }
}

/**
 * What types of machines have. Only those in use are asked for, each once and then kept: the whole list of a project has tens of thousands
 * of entries, the same few hundred in every zone.
 */
export class MachineTypes {
  readonly #client: GcpClient
  readonly #known = new Map<string, TypeFacts | null>()

  constructor(client: GcpClient) {
    this.#client = client
  }

  /** Null: not known, or not asked for yet. A type is the same in all zones. */
  get(type: string): TypeFacts | null {
    return this.#known.get(type) ?? customType(type)
  }

  /** Asks for those that are not known. One that cannot be read leaves its machines without figures, and is asked for again another time. */
  async learn(project: string, used: ReadonlyMap<string, string>, options: CallOptions): Promise<void> {
    const missing = [...used].filter(([type]) => !this.#known.has(type) && !customType(type))
    for (let from = 0; from < missing.length; from += AT_ONCE) {
      await Promise.all(missing.slice(from, from + AT_ONCE).map(([type, zone]) => this.#learnOne(project, zone, type, options)))
    }
  }

  async #learnOne(project: string, zone: string, machineType: string, options: CallOptions): Promise<void> {
    try {
      const type = await this.#client.compute({ method: 'compute.machineTypes.get', project }, options, (compute, how) =>
        compute.machineTypes.get({ project, zone, machineType }, how),
      )
      this.#known.set(machineType, factsOf(type))
    } catch (thrown) {
      if (!isAppError(thrown) || thrown.kind === 'cancelled') throw thrown
      // an old or private type that no list names: it stays without figures
      if (thrown.kind === 'not-found') this.#known.set(machineType, null)
    }
  }

  /** All types of a zone, each with why that machine cannot have it. */
  async list(project: string, zone: string, seen: SeenMachine | null, options: CallOptions): Promise<readonly MachineType[]> {
    const types: MachineType[] = []
    const call = { method: 'compute.machineTypes.list', project }
    for await (const { items } of this.#client.pages(call, options, (compute, page, how) =>
      compute.machineTypes.list({ project, zone, maxResults: 500, ...page }, how),
    )) {
      for (const item of items ?? []) {
        const name = item.name ?? ''
        const facts = factsOf(item)
        this.#known.set(name, facts)
        types.push({
          name,
          vcpus: facts.vcpus,
          memoryKiB: facts.memoryKiB,
          arch: facts.arch,
          family: name.split('-')[0] ?? null,
          gpus: (item.accelerators ?? []).reduce((sum, { guestAcceleratorCount }) => sum + (guestAcceleratorCount ?? 0), 0),
          reason: reasonFor(name, facts, item, seen),
        })
      }
    }
    return types.sort((a, b) => a.vcpus - b.vcpus || a.memoryKiB - b.memoryKiB || (a.name < b.name ? -1 : 1))
  }
}

function reasonFor(name: string, { arch }: TypeFacts, type: compute_v1.Schema$MachineType, seen: SeenMachine | null): string | null {
  const cloud = seen?.facts.cloud
  if (!cloud) return null
  if (cloud.type === name) return 'It has this type already.'
  if (cloud.arch !== null && arch !== null && cloud.arch !== arch) return `Its disk is made for ${cloud.arch}.`
  const most = type.maximumPersistentDisks ?? null
  if (most !== null && cloud.disks.length > most) return `It has ${cloud.disks.length} disks, and this type takes ${most}.`
  return type.deprecated?.state === 'OBSOLETE' || type.deprecated?.state === 'DELETED' ? 'Google Cloud no longer offers it.' : null
}
