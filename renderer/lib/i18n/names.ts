/** One for all: comparing by `localeCompare` with options makes a new collator for each pair of names. */
const collator = new Intl.Collator(undefined, { numeric: true })

/** Orders names as people do: `kvm-2` before `kvm-10`. */
export function compareNames(a: string, b: string): number {
  return collator.compare(a, b)
}
