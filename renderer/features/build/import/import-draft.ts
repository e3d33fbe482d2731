import { type OvaImportInput, ovaImportInput } from '../../../../shared/contract/ova.ts'
import type { BuildFinding, BuildOptions, HostId, OvaContents, PoolId, VolumePlace } from '../../../../shared/model/index.ts'
import { machineNameSchema } from '../../../../shared/model/machine-spec.ts'
import { EMPTY_FIRST_START, type FormState, type Parsed, type SpecDraft, specOf } from '../model/draft.ts'
import { usualPool } from '../model/source.ts'
import { stemOf } from './file-kind.ts'

/** What an import looks like while it is being filled in. */
export interface ImportDraft {
  readonly hostId: HostId
  readonly package: VolumePlace
  readonly verify: boolean
  readonly removePackage: boolean
  readonly machine: string
  readonly start: boolean
  /** Null: what is in the package is not known (yet). */
  readonly spec: SpecDraft | null
}

export function firstImport(options: BuildOptions): ImportDraft {
  return {
    hostId: options.hostId,
    package: { pool: usualPool(options), volume: '' },
    verify: true,
    removePackage: false,
    machine: '',
    start: false,
    spec: null,
  }
}

/** Another package: nothing of the one before is true of it. `isUploaded`: it was brought for this import, and goes with it. */
export function withPackage(draft: ImportDraft, place: VolumePlace, isUploaded: boolean): ImportDraft {
  return { ...draft, package: place, removePackage: isUploaded, machine: '', spec: null }
}

/** What a package proposes. Its name is taken where it can be one. */
export function withContents(draft: ImportDraft, { name, spec }: OvaContents): ImportDraft {
  const names = [name.trim(), stemOf(draft.package.volume)]
  return { ...draft, machine: names.find((each) => machineNameSchema.safeParse(each).success) ?? '', spec }
}

/** The request, or what is wrong with it; neither before it is known what is in the package. */
export function toImportInput({ spec, ...draft }: ImportDraft, poolId: PoolId | null): Parsed<OvaImportInput> {
  if (!spec || poolId === null) return { input: null, issues: [] }
  const { machine, verify, removePackage, start } = draft
  const parsed = ovaImportInput.safeParse({
    poolId,
    name: draft.package.volume,
    machine: machine.trim(),
    verify,
    removePackage,
    start,
    spec: specOf(spec),
  })
  return parsed.success ? { input: parsed.data, issues: [] } : { input: null, issues: parsed.error.issues }
}

/** As the parts of the form for new machines take it. */
export function asForm({ hostId, machine, start }: ImportDraft, spec: SpecDraft): FormState {
  const draft = { hostId, name: machine, count: 1, first: 1, start, cloudInit: EMPTY_FIRST_START, spec }
  return { source: 'empty', firstStart: 'none', draft }
}

/** What the package says of itself, and what the host says of the request: each thing once. */
export function joined(contents: readonly BuildFinding[], checked: readonly BuildFinding[]): readonly BuildFinding[] {
  const key = ({ code, params }: BuildFinding) => `${code} ${JSON.stringify(params)}`
  const known = new Set(checked.map(key))
  return [...checked, ...contents.filter((finding) => finding.severity === 'warns' && !known.has(key(finding)))]
}
