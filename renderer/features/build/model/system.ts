import type { BuildOptions, OsEntry } from '../../../../shared/model/index.ts'
import { valueAt, withValue } from './at-path.ts'
import type { FormState, SpecDraft } from './draft.ts'

const GIB = 1_073_741_824

/** What a system wants, by field; what the host cannot give is left as the host has it. */
function wishes(system: OsEntry, spec: SpecDraft, options: BuildOptions): ReadonlyMap<string, unknown> {
  const { recommended } = system
  const firmware = options.firmwares.find((one) => one.id === system.firmware && one.reason === null)
  const out = new Map<string, unknown>([
    ['firmware', firmware?.id ?? options.defaults.firmware],
    ['tpm', system.tpm && options.tpm === null],
    ['video', options.videoModels.includes(system.video) ? system.video : options.defaults.video],
    ['cpu.vcpus', Math.min(recommended.vcpus, options.maxVcpus)],
    ['memoryMiB', recommended.memoryMiB],
  ])
  const bus = options.diskBuses.includes(system.diskBus) ? system.diskBus : 'virtio'
  for (const [index, { source }] of spec.disks.entries()) {
    out.set(`disks.${index}.bus`, bus)
    if (index === 0 && source.kind !== 'existing') out.set('disks.0.source.sizeBytes', recommended.diskGiB * GIB)
  }
  for (const index of spec.nics.keys()) out.set(`nics.${index}.model`, system.nicModel)
  return out
}

/**
 * Chooses a system: its needs take the place of those of the one before (or of the host's defaults), and what a person has changed
 * stays as it is.
 */
export function withSystem(form: FormState, system: OsEntry, before: OsEntry | null, options: BuildOptions): FormState {
  const { spec } = form.draft
  const old = before ? wishes(before, spec, options) : null
  let next: SpecDraft = { ...spec, os: system.id }
  for (const [path, value] of wishes(system, spec, options)) {
    const untouched = old ? Object.is(valueAt(spec, path), old.get(path)) : Object.is(valueAt(spec, path), valueAt(options.defaults, path))
    if (untouched || valueAt(spec, path) === null) next = withValue(next, path, value)
  }
  return { ...form, draft: { ...form.draft, spec: next } }
}

/** Images of a system for this processor. */
export function imagesOf(system: OsEntry, options: BuildOptions): OsEntry['cloudImages'] {
  return system.cloudImages.filter((image) => image.arch === options.arch)
}

/** The system to begin with: the newest with an image for the host's processor. */
export function firstSystem(systems: readonly OsEntry[], options: BuildOptions): OsEntry | null {
  const fitting = systems.filter((one) => one.kind === 'linux' && imagesOf(one, options).length > 0)
  const asWished = fitting.find((one) => one.id === options.defaults.os)
  const stable = fitting.filter((one) => one.family === 'debian')
  const newest = (stable.length > 0 ? stable : fitting).toSorted((a, b) => (b.released ?? '').localeCompare(a.released ?? ''))[0]
  return asWished ?? newest ?? systems[0] ?? null
}
