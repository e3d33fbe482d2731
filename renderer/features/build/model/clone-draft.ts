import { type CloneInput, cloneInput } from '../../../../shared/contract/build.ts'
import type { BuildOptions, CloneSource, MachineId } from '../../../../shared/model/index.ts'
import type { NicSpec } from '../../../../shared/model/machine-spec.ts'
import type { TEMPLATE_FIELDS } from '../../../../shared/model/template.ts'
import { cloudInitOf, type Draft, EMPTY_FIRST_START, type FirstStartDraft, type FormState, type Parsed } from './draft.ts'
import type { Totals } from './totals.ts'

/** A request for clones while it is being filled in. Every change is there, as the original has it until somebody changes it. */
export interface CloneDraft {
  readonly machineId: MachineId
  readonly name: string
  readonly count: number | string
  readonly first: number | string
  readonly start: boolean
  readonly mode: 'full' | 'linked'
  readonly pool: string | null
  readonly cloudInit: FirstStartDraft
  readonly changes: {
    readonly vcpus: number | string
    readonly memoryMiB: number | string
    /** By target; null: as large as the original's. */
    readonly diskSizes: Readonly<Record<string, number | string | null>>
    readonly nics: readonly Draft<NicSpec>[]
    readonly tags: readonly string[]
    readonly description: string
  }
}

export interface CloneForm {
  readonly draft: CloneDraft
  readonly firstStart: FormState['firstStart']
}

export type TemplateField = (typeof TEMPLATE_FIELDS)[number]

const FIELD_OF: readonly (readonly [string, TemplateField])[] = [
  ['changes.vcpus', 'vcpus'],
  ['changes.memoryMiB', 'memoryMiB'],
  ['changes.diskSizes', 'diskSizes'],
  ['changes.nics', 'networks'],
  ['changes.tags', 'tags'],
  ['changes.description', 'description'],
  ['cloudInit', 'cloudInit'],
]

/** Whether the template that these come from lets that field be changed. */
export function mayChange(source: CloneSource, path: string): boolean {
  const field = FIELD_OF.find(([around]) => path === around || path.startsWith(`${around}.`))?.[1]
  return field === undefined || source.template === null || source.template.changeable.includes(field)
}

/** Cards as a clone gets them: like the original's, with MAC addresses of their own. */
function ownNics(source: CloneSource): readonly NicSpec[] {
  return source.nics.map((nic) => ({ ...nic, mac: null }))
}

export function firstClone(source: CloneSource, original: { readonly tags: readonly string[] }): CloneForm {
  const canLink = source.disks.every((disk) => !disk.copied || disk.linkReason === null)
  const template = source.template
  return {
    firstStart: template?.changeable.includes('cloudInit') ? 'choices' : 'none',
    draft: {
      machineId: source.machineId,
      name: template ? `${template.family}-{nn}` : `${source.name}-{n}`,
      count: 1,
      first: 1,
      start: template !== null,
      mode: template && canLink ? 'linked' : 'full',
      pool: null,
      cloudInit: EMPTY_FIRST_START,
      changes: {
        vcpus: source.vcpus,
        memoryMiB: source.memoryMiB,
        diskSizes: Object.fromEntries(source.disks.filter((disk) => disk.copied).map((disk) => [disk.target, null])),
        nics: ownNics(source),
        tags: original.tags,
        description: '',
      },
    },
  }
}

/** The request with what differs from the original, or what is wrong with it. */
export function toCloneInput(
  { draft, firstStart }: CloneForm,
  source: CloneSource,
  original: { readonly tags: readonly string[] },
  secrets: 'with' | 'without' = 'without',
): Parsed<CloneInput> {
  const { changes } = draft
  const nics = changes.nics.map((nic) => ({ ...nic, mac: nic.mac === '' ? null : nic.mac, vlan: nic.vlan === '' ? null : nic.vlan }))
  const sizes = Object.entries(changes.diskSizes).filter(([, size]) => size !== null && size !== '')
  const differs = (a: unknown, b: unknown) => JSON.stringify(a) !== JSON.stringify(b)
  const parsed = cloneInput.safeParse({
    ...draft,
    pool: draft.pool === '' ? null : draft.pool,
    cloudInit: cloudInitOf(draft.cloudInit, firstStart, secrets),
    changes: {
      ...(changes.vcpus !== source.vcpus && { vcpus: changes.vcpus }),
      ...(changes.memoryMiB !== source.memoryMiB && { memoryMiB: changes.memoryMiB }),
      ...(sizes.length > 0 && { diskSizes: Object.fromEntries(sizes) }),
      ...(differs(nics, ownNics(source)) && { nics }),
      ...(differs(changes.tags, original.tags) && { tags: changes.tags }),
      ...(changes.description !== '' && { description: changes.description }),
    },
  })
  return parsed.success ? { input: parsed.data, issues: [] } : { input: null, issues: parsed.error.issues }
}

function amount(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise
}

/** What so many clones may come to need: an overlay may grow to the size of its base. */
export function cloneTotals({ draft }: CloneForm, source: CloneSource, options: BuildOptions): Totals {
  const times = Math.max(1, amount(draft.count, 1))
  const bytes = new Map<string, number>()
  for (const disk of source.disks) {
    if (!disk.copied || disk.place === null) continue
    const pool = draft.pool ?? disk.place.pool
    const size = amount(draft.changes.diskSizes[disk.target], disk.capacityBytes ?? 0)
    bytes.set(pool, (bytes.get(pool) ?? 0) + size * times)
  }
  return {
    vcpus: amount(draft.changes.vcpus, 0) * times,
    hostCpus: options.hostCpus,
    memoryMiB: amount(draft.changes.memoryMiB, 0) * times,
    freeMemoryMiB: options.hostMemoryFreeMiB,
    pools: [...bytes].map(([pool, needed]) => ({
      pool,
      bytes: needed,
      availableBytes: options.pools.find((one) => one.name === pool)?.availableBytes ?? null,
    })),
  }
}
