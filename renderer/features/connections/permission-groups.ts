import { CLOUD_FEATURES, type CloudChoices, type CloudFeature, type CloudPermission } from '../../../shared/model/index.ts'

/** A permission, wherever in the account it is asked about. */
export interface PermissionLine {
  readonly name: string
  readonly features: readonly CloudFeature[]
  /** Where it is so; empty: in the whole account. */
  readonly scopes: readonly string[]
  /** What the cloud said against it, each once. */
  readonly details: readonly string[]
}

export interface PermissionGroups {
  readonly missing: readonly PermissionLine[]
  readonly unknown: readonly PermissionLine[]
  /** Granted everywhere. */
  readonly granted: readonly PermissionLine[]
  /** What does not work somewhere, in the order of the features. */
  readonly lost: readonly CloudFeature[]
}

/** By what was found, the worst first: a permission that one project lacks is missing, however many others have it. */
export function groupPermissions(permissions: readonly CloudPermission[]): PermissionGroups {
  const byName = new Map<string, CloudPermission[]>()
  for (const permission of permissions) {
    const same = byName.get(permission.name)
    if (same) same.push(permission)
    else byName.set(permission.name, [permission])
  }
  const missing: PermissionLine[] = []
  const unknown: PermissionLine[] = []
  const granted: PermissionLine[] = []
  for (const [name, all] of byName) {
    const worst = worstOf(all)
    const concerned = all.filter(({ state }) => state === worst)
    const line: PermissionLine = {
      name,
      features: distinct(concerned.flatMap(({ features }) => features)),
      scopes: distinct(concerned.flatMap(({ scope }) => scope ?? [])),
      details: distinct(concerned.flatMap(({ detail }) => detail ?? [])),
    }
    if (worst === 'missing') missing.push(line)
    else if (worst === 'unknown') unknown.push(line)
    else granted.push(line)
  }
  const lost = new Set(missing.flatMap(({ features }) => features))
  return { missing, unknown, granted, lost: CLOUD_FEATURES.filter((feature) => lost.has(feature)) }
}

/** What is chosen of a list, and what there was to choose from. */
interface Chosen {
  readonly value: readonly string[]
  readonly choices: CloudChoices['choices']
}

/** Without what was found in places that are not chosen now. */
export function withinChosen(permissions: readonly CloudPermission[], chosen: readonly Chosen[]): readonly CloudPermission[] {
  const left = new Set(
    chosen.flatMap(({ value, choices }) =>
      value.length === 0 ? [] : choices.filter((one) => !value.includes(one.value)).flatMap((one) => [one.value, one.label]),
    ),
  )
  return permissions.filter(({ scope }) => scope === null || !left.has(scope))
}

function worstOf(all: readonly CloudPermission[]): CloudPermission['state'] {
  if (all.some(({ state }) => state === 'missing')) return 'missing'
  return all.some(({ state }) => state === 'unknown') ? 'unknown' : 'granted'
}

function distinct<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)]
}
