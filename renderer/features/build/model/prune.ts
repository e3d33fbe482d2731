/** The same without the named fields that are empty: the schema has them optional, not empty. */
export function pruned<T extends object, Key extends keyof T>(value: T, keys: readonly Key[]): Omit<T, Key> & Partial<Pick<T, Key>> {
  const out: T = { ...value }
  for (const key of keys) if (out[key] === '') delete out[key]
  return out
}
