import type { ResourceSku, VirtualMachineSize } from '@azure/arm-compute'
import { isAppError } from '../../../shared/errors/index.ts'
import type { MachineType } from '../../../shared/model/index.ts'
import type { CallOptions, Clock } from '../provider.ts'
import { type AzureAccount, allOf } from './account.ts'
import { isNotOffered } from './problems.ts'

/** Sizes change by the month. */
const FRESH_MS = 12 * 3_600_000
/** After they could not be read. */
const RETRY_MS = 300_000
const KIB_OF_GB = 1024 * 1024

/** What of a size counts for disks that are there before the machine. */
export interface SizeTraits {
  /** `V1` starts from BIOS, `V2` from UEFI. Empty: not told. */
  readonly generations: readonly string[]
  /** Null: not told. */
  readonly dataDisks: number | null
}

type TypesByName = ReadonlyMap<string, MachineType>

/** The sizes of machines, by subscription and location: what they have, and whether this subscription may use them there. */
export class Types {
  readonly #account: AzureAccount
  readonly #clock: Clock
  readonly #traits = new Map<string, SizeTraits>()
  readonly #kept = new Map<string, { readonly types: Promise<TypesByName>; untilMs: number }>()

  constructor(account: AzureAccount, clock: Clock) {
    this.#account = account
    this.#clock = clock
  }

  /** By their names in lower case. Throws AppError. */
  of(subscription: string, location: string, options: CallOptions): Promise<TypesByName> {
    const key = `${subscription} ${location}`
    const kept = this.#kept.get(key)
    if (kept && this.#clock.nowMs() < kept.untilMs) return kept.types
    const types = this.#read(subscription, location, options)
    const entry = { types, untilMs: this.#clock.nowMs() + FRESH_MS }
    this.#kept.set(key, entry)
    types.catch(() => this.#kept.delete(key))
    return types
  }

  /** Of one of those that `of` answered last; null: not told. Asks nobody. */
  traits(subscription: string, location: string, name: string): SizeTraits | null {
    return this.#traits.get(`${subscription} ${location} ${name.toLowerCase()}`) ?? null
  }

  /** The same as `of`, but nothing where they cannot be read: of machines it only tells what their size has. Throws `unauthenticated`, `cancelled`. */
  async orNone(subscription: string, location: string, options: CallOptions): Promise<TypesByName> {
    try {
      return await this.of(subscription, location, options)
    } catch (thrown) {
      if (!isAppError(thrown) || thrown.kind === 'unauthenticated' || thrown.kind === 'cancelled') throw thrown
      const none = new Map<string, MachineType>()
      this.#kept.set(`${subscription} ${location}`, { types: Promise.resolve(none), untilMs: this.#clock.nowMs() + RETRY_MS })
      return none
    }
  }

  async #read(subscription: string, location: string, options: CallOptions): Promise<TypesByName> {
    const compute = await this.#account.compute(subscription)
    const abort = options.signal ? { abortSignal: options.signal } : {}
    try {
      const skus = await allOf<ResourceSku>(compute.resourceSkus.list({ filter: `location eq '${location}'`, ...abort }), options)
      const machines = skus.filter(({ resourceType }) => resourceType === 'virtualMachines')
      for (const sku of machines) this.#traits.set(`${subscription} ${location} ${(sku.name ?? '').toLowerCase()}`, traitsOf(sku))
      return byName(machines.map(typeOf))
    } catch (thrown) {
      if (!isNotOffered(thrown)) throw thrown
      // the older list tells less, and is there where the newer is not
      const sizes = await allOf<VirtualMachineSize>(compute.virtualMachineSizes.list(location, abort), options)
      return byName(sizes.map(typeOfSize))
    }
  }
}

function byName(types: readonly MachineType[]): TypesByName {
  return new Map(types.map((type) => [type.name.toLowerCase(), type]))
}

function typeOfSize({ name = '', numberOfCores = 0, memoryInMB = 0 }: VirtualMachineSize): MachineType {
  return { name, vcpus: numberOfCores, memoryKiB: memoryInMB * 1024, arch: null, family: null, gpus: 0, reason: null }
}

function typeOf(sku: ResourceSku): MachineType {
  const capabilities = new Map((sku.capabilities ?? []).map(({ name, value }) => [name, value] as const))
  const number = (name: string) => Number(capabilities.get(name) ?? 0) || 0
  const arch = capabilities.get('CpuArchitectureType')
  const restriction = sku.restrictions?.find(({ type }) => type === 'Location')
  return {
    name: sku.name ?? '',
    vcpus: number('vCPUs'),
    memoryKiB: Math.round(number('MemoryGB') * KIB_OF_GB),
    arch: arch === 'x64' ? 'x86_64' : arch === 'Arm64' ? 'aarch64' : (arch ?? null),
    family: sku.family ?? null,
    gpus: number('GPUs'),
    reason: restriction === undefined ? null : `Not offered to this subscription there (${restriction.reasonCode ?? 'restricted'}).`,
  }
}

function traitsOf({ capabilities }: ResourceSku): SizeTraits {
  const told = (name: string) => capabilities?.find((each) => each.name === name)?.value
  const dataDisks = told('MaxDataDiskCount')
  return {
    generations: told('HyperVGenerations')?.split(',') ?? [],
    dataDisks: dataDisks === undefined ? null : Number(dataDisks),
  }
}
