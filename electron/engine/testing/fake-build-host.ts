import { AppError } from '../../../shared/errors/index.ts'
import {
  type BuildFinding,
  type CloneSource,
  type MachineAction,
  machineSpecSchema,
  type Volume,
  type VolumePlace,
} from '../../../shared/model/index.ts'
import type {
  ActOptions,
  ConversionSource,
  MachineBuilder,
  MachineDefinition,
  VolumeKeeper,
  VolumeRequest,
} from '../../providers/provider.ts'
import { FakeHost } from './fake-host.ts'

interface FakeVolume {
  readonly format: string
  capacityBytes: number
  isWhole: boolean
  /** Of a copy that broke off: it counts as none until the next of that name takes its place. */
  readonly isRest?: boolean
  bytes: Uint8Array
  /** As the host tells it; absent: it does not. */
  version?: string
  /** Machines that are known to use it, and do so no more. */
  readonly gone?: readonly string[]
}

/** What the next call of that name does in place of its own; null: nothing in particular. */
export type Interference = (place: VolumePlace | null, options: ActOptions) => Promise<'go-on' | 'done'>

/** A host that machines are made on, in memory: pools with volumes, and definitions. Tests read, add and disturb. */
export class FakeBuildHost extends FakeHost {
  /** By pool and name, such as `default/web.qcow2`. */
  readonly files = new Map<string, FakeVolume>()
  readonly pools = new Set(['default'])
  readonly defined = new Map<string, MachineDefinition>()
  /** What was asked for that changes something, in order. */
  readonly calls: string[] = []
  findings: BuildFinding[] = []
  /** Card address → machine. */
  readonly macs = new Map<string, string>()
  readonly sources = new Map<string, Omit<CloneSource, 'machineId'>>()
  /** By call such as `create default/web.qcow2` or `define web`. */
  readonly disturb = new Map<string, Interference>()

  constructor(connectionId = 'c1') {
    super(connectionId)
    this.builder = this.#newBuilder()
    this.volumes = this.#newKeeper()
    this.mend()
  }

  addVolume(path: string, capacityBytes = 1_048_576, more: Partial<FakeVolume> = {}): void {
    this.files.set(path, { format: 'qcow2', capacityBytes, isWhole: true, bytes: new Uint8Array(), ...more })
  }

  override execute(ref: string, action: MachineAction): void {
    super.execute(ref, action)
    if (action.action === 'delete') this.defined.delete(ref)
  }

  async #call(name: string, place: VolumePlace | null, options: ActOptions, run: () => void): Promise<void> {
    this.calls.push(name)
    const disturb = this.disturb.get(name)
    if (disturb && (await disturb(place, options)) === 'done') return
    options.signal?.throwIfAborted()
    run()
  }

  #newBuilder(): MachineBuilder {
    return {
      options: async () => OPTIONS,
      check: async () => this.findings,
      preview: async (_host, { name }) => ({ xml: `<name>${name}</name>`, baseXml: '<name/>', complaint: null }),
      define: async (_host, definition, options) =>
        await this.#call(`define ${definition.name}`, null, options, () => {
          if ([...this.defined.values()].some(({ name }) => name === definition.name)) throw nameTaken(definition.name)
          this.defined.set(definition.uuid, definition)
        }),
      isDefined: async (_host, uuid) => this.defined.has(uuid),
      macs: () => this.macs,
      source: async (ref) => {
        const source = this.sources.get(ref)
        if (!source) throw new AppError({ kind: 'not-found', code: 'fake.not-found', message: 'The host has no such machine.' })
        return source
      },
      hostCpu: async (hostRef) => `cpu of ${hostRef}`,
      commonCpu: async (_host, cpus) => ({ model: cpus.join('+').replaceAll(/[^\w+]/g, '-'), features: [] }),
    }
  }

  #newKeeper(): VolumeKeeper {
    const unused = () => Promise.reject(new Error('not scripted'))
    return {
      abilities: async () => ({ fetch: null, convert: null, formats: ['qcow2', 'raw', 'vmdk'] }),
      list: async (_host, pool) => {
        if (!this.pools.has(pool)) throw new AppError({ kind: 'not-found', code: 'volume.pool-not-found', message: 'No such pool.' })
        return [...this.files].filter(([path]) => path.startsWith(`${pool}/`)).map(([path, file]) => this.#volume(path, file))
      },
      find: async (_host, place) => {
        const file = this.files.get(pathOf(place))
        return file && !file.isRest ? { ...this.#volume(pathOf(place), file), isWhole: file.isWhole } : null
      },
      create: async (_host, place, request, options) =>
        await this.#call(`create ${pathOf(place)}`, place, options, () => this.#make(place, request)),
      resize: async (_host, place, capacityBytes, options) =>
        await this.#call(`resize ${pathOf(place)}`, place, options, () => {
          const file = this.files.get(pathOf(place))
          if (file) file.capacityBytes = capacityBytes
        }),
      remove: async (_host, place, options) =>
        await this.#call(`remove ${pathOf(place)}`, place, options, () => {
          const users = this.#usersOf(pathOf(place))
          if (users.length > 0) throw new AppError({ kind: 'precondition', code: 'volume.in-use', message: `${users.join(', ')} uses it.` })
          if (this.files.delete(pathOf(place))) return
          throw new AppError({ kind: 'not-found', code: 'volume.not-found', message: 'There is none.' })
        }),
      upload: async (_host, place) => {
        const parts: Uint8Array[] = []
        return {
          write: async (bytes) => void parts.push(bytes),
          finish: async () =>
            await this.#call(`upload ${pathOf(place)}`, place, {}, () => {
              const file = this.files.get(pathOf(place))
              if (file) file.bytes = Buffer.concat(parts)
            }),
          abort: () => {},
        }
      },
      download: async (_host, place, offset) => {
        const bytes = this.files.get(pathOf(place))?.bytes ?? new Uint8Array()
        let rest: Uint8Array | null = bytes.subarray(offset)
        const channel = {
          read: async () => {
            const piece = rest?.subarray(0, PIECE_BYTES) ?? null
            rest = rest && rest.length > PIECE_BYTES ? rest.subarray(PIECE_BYTES) : null
            return piece
          },
          write: unused,
          close: () => {
            rest = null
          },
        }
        return { channel, ...stateOf(bytes, this.files.get(pathOf(place))?.version) }
      },
      state: async (_host, place) => {
        const file = this.files.get(pathOf(place))
        return stateOf(file?.bytes ?? new Uint8Array(), file?.version)
      },
      fetch: unused,
      convert: async (_host, place, source, options) =>
        await this.#call(`convert ${pathOf(place)}`, place, options, () => this.#convert(place, source)),
    }
  }

  #make(place: VolumePlace, request: VolumeRequest): void {
    const there = this.files.get(pathOf(place))
    if (there && !there.isRest) {
      throw new AppError({ kind: 'conflict', code: 'volume.name-taken', message: 'There is one.', remote: { code: 90 } })
    }
    const base = request.kind === 'empty' ? null : this.files.get(pathOf(request.from))
    const capacityBytes = request.capacityBytes ?? base?.capacityBytes ?? 0
    this.addVolume(pathOf(place), capacityBytes, { format: request.kind === 'linked' ? 'qcow2' : request.format })
  }

  /** Its bytes stay what they are: only tests know formats. */
  #convert(place: VolumePlace, { from, format, range }: ConversionSource): void {
    const source = 'pool' in from ? this.files.get(pathOf(from)) : undefined
    if (!source) throw new AppError({ kind: 'not-found', code: 'volume.not-found', message: 'There is no such image.' })
    if (this.files.has(pathOf(place))) throw new AppError({ kind: 'conflict', code: 'volume.name-taken', message: 'There is one.' })
    const bytes = range ? source.bytes.subarray(range.offset, range.offset + range.length) : source.bytes
    this.addVolume(pathOf(place), Math.max(source.capacityBytes, bytes.length), { format, bytes })
  }

  #usersOf(path: string): readonly string[] {
    const users = [...this.defined.values()].filter(({ disks, seed }) =>
      [...Object.values(disks), seed].some((one) => one && pathOf(one) === path),
    )
    return users.map(({ name }) => name)
  }

  #volume(path: string, file: FakeVolume): Volume {
    return {
      name: path.slice(path.indexOf('/') + 1),
      path: `/pools/${path}`,
      format: file.format,
      capacityBytes: file.capacityBytes,
      allocationBytes: file.capacityBytes,
      backingPath: null,
      usedBy: [...(file.gone ?? []), ...this.#usersOf(path)],
    }
  }
}

/** Of a download, so that what is read comes in several. */
const PIECE_BYTES = 65_536

const stateOf = (bytes: Uint8Array, version: string | null = null) => ({ sizeBytes: bytes.length, version, modifiedAtMs: null })

const pathOf = ({ pool, volume }: VolumePlace) => `${pool}/${volume}`

function nameTaken(name: string): AppError {
  const remote = { procedure: 'domainDefineXMLFlags', code: 9, message: `domain '${name}' already exists` }
  return new AppError({ kind: 'conflict', code: 'build.name-taken', message: 'The host has a machine of that name.', remote })
}

const OPTIONS: Awaited<ReturnType<MachineBuilder['options']>> = {
  arch: 'x86_64',
  hypervisor: 'kvm',
  machineTypes: ['q35'],
  firmwares: [],
  tpm: null,
  cpuModes: [],
  cpuModels: [],
  hostCpuModel: null,
  maxVcpus: 8,
  hostCpus: 8,
  hostMemoryMiB: 16_384,
  hostMemoryFreeMiB: 8_192,
  diskBuses: ['virtio'],
  videoModels: ['virtio'],
  graphics: [],
  clipboard: null,
  rng: null,
  networks: [],
  bridges: [],
  devices: [],
  defaults: machineSpecSchema.parse({ os: 'linux', cpu: { vcpus: 1, mode: 'host-passthrough' }, memoryMiB: 1_024, disks: [], nics: [] }),
}
