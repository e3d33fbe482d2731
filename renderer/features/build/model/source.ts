import type { BuildOptions, OsEntry } from '../../../../shared/model/index.ts'
import type { DiskSpec } from '../../../../shared/model/machine-spec.ts'
import type { Draft, FormState, SourceKind, SpecDraft } from './draft.ts'

const GIB = 1_073_741_824
export type DiskDraft = Draft<DiskSpec>

/** The pool that new disks go to: the host's own choice, else the first that is on. */
export function usualPool(options: BuildOptions): string {
  const [disk] = options.defaults.disks
  return disk?.source.pool ?? options.pools.find((pool) => pool.active)?.name ?? options.pools[0]?.name ?? ''
}

function sizeOf(disk: DiskDraft | undefined, system: OsEntry | null): number | string {
  const source = disk?.source
  if (source && source.kind !== 'existing' && source.sizeBytes !== null) return source.sizeBytes
  return (system?.recommended.diskGiB ?? 20) * GIB
}

/** Another disk, as the first one but empty. */
export function newDisk(options: BuildOptions, like: DiskDraft | undefined, system: OsEntry | null): DiskDraft {
  return {
    bus: like?.bus ?? system?.diskBus ?? 'virtio',
    cache: like?.cache ?? 'default',
    discard: like?.discard ?? true,
    ioThread: like?.ioThread ?? false,
    source: { kind: 'new', pool: like?.source.pool ?? usualPool(options), sizeBytes: sizeOf(undefined, system), format: 'qcow2' },
  }
}

/** Another way for the system to come in: the first disk, the drive and what it starts from follow. */
export function withSource(form: FormState, kind: SourceKind, options: BuildOptions, system: OsEntry | null): FormState {
  const { spec } = form.draft
  const [first = newDisk(options, undefined, system), ...others] = spec.disks
  const { pool } = first.source
  const sizeBytes = sizeOf(first, system)
  const disk = (source: DiskDraft['source']): SpecDraft['disks'] => [{ ...first, source }, ...others]
  const change: Partial<SpecDraft> =
    kind === 'image'
      ? {
          disks: disk({ kind: 'image', pool, base: { pool, volume: '' }, mode: 'copy', sizeBytes, format: 'qcow2' }),
          media: [],
          boot: ['disk'],
        }
      : kind === 'iso'
        ? { disks: disk({ kind: 'new', pool, sizeBytes, format: 'qcow2' }), media: [{ pool, volume: '' }], boot: ['disk', 'cdrom'] }
        : kind === 'existing'
          ? { disks: disk({ kind: 'existing', pool, volume: '' }), media: [], boot: ['disk'] }
          : {
              disks: disk({ kind: 'new', pool, sizeBytes, format: 'qcow2' }),
              media: [],
              boot: kind === 'network' ? ['disk', 'network'] : ['disk'],
            }
  return {
    ...form,
    source: kind,
    firstStart: kind === 'image' ? (form.firstStart === 'none' ? 'choices' : form.firstStart) : 'none',
    draft: { ...form.draft, spec: { ...spec, ...change } },
  }
}

/** The same wishes on another host: what is not there is what that host would choose. */
export function onHost(form: FormState, options: BuildOptions): FormState {
  const { spec } = form.draft
  const pools = new Set(options.pools.map((pool) => pool.name))
  const fallback = usualPool(options)
  const pool = (name: string) => (pools.has(name) ? name : fallback)
  const networks = new Set(options.networks.map((one) => one.name))
  const network = options.defaults.nics[0]?.source
  const usable = (choices: readonly { readonly id: string; readonly reason: unknown }[], id: string) =>
    choices.some((one) => one.id === id && one.reason === null)
  return {
    ...form,
    draft: {
      ...form.draft,
      hostId: options.hostId,
      spec: {
        ...spec,
        firmware: usable(options.firmwares, spec.firmware) ? spec.firmware : options.defaults.firmware,
        tpm: spec.tpm && options.tpm === null,
        machineType: spec.machineType !== null && options.machineTypes.includes(spec.machineType) ? spec.machineType : null,
        cpu: usable(options.cpuModes, spec.cpu.mode) ? spec.cpu : { ...spec.cpu, mode: options.defaults.cpu.mode },
        graphics: usable(options.graphics, spec.graphics) ? spec.graphics : options.defaults.graphics,
        clipboard: spec.clipboard && options.clipboard === null,
        rng: spec.rng && options.rng === null,
        disks: spec.disks.map((disk) => {
          const { source } = disk
          if (source.kind === 'image') {
            const base = pools.has(source.base.pool) ? source.base : { pool: fallback, volume: '' }
            return { ...disk, source: { ...source, pool: pool(source.pool), base } }
          }
          if (source.kind === 'existing' && !pools.has(source.pool)) return { ...disk, source: { ...source, pool: fallback, volume: '' } }
          return { ...disk, source: { ...source, pool: pool(source.pool) } }
        }),
        media: spec.media.map((one) => (pools.has(one.pool) ? one : { pool: fallback, volume: '' })),
        nics: spec.nics.map((nic) =>
          nic.source.kind === 'network' && !networks.has(nic.source.network) && network ? { ...nic, source: network } : nic,
        ),
      },
    },
  }
}
