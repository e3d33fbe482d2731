/** What can be asked about a kind of object, as data: the parser, the check, the completion and the help read the same table. */

export type FieldKind = 'text' | 'enum' | 'number' | 'bytes' | 'percent' | 'duration' | 'boolean' | 'tags' | 'id' | 'version'

/** undefined and null: not known. A list: any of its members may match. */
export type FieldValue = string | number | boolean | readonly string[] | null | undefined

/** What a query is judged against besides the object. */
export interface QueryContext {
  /** Milliseconds since 1970. Ages are counted from here. */
  readonly nowMs: number
  /**
   * Of the object under test: all that bare words are looked for in, each value folded and on a line of its own. For callers that
   * keep it between questions; left out, the fields are read and folded each time.
   */
  readonly searchedText?: () => string
}

export interface EnumValue {
  readonly value: string
  /** Other spellings, such as the hypervisor's own. */
  readonly aliases?: readonly string[]
  /** Message key. */
  readonly label?: string
}

export interface FieldDefinition<T, C> {
  readonly kind: FieldKind
  /** bytes in bytes, percent as 0 to 100, duration in milliseconds, version dotted. */
  readonly get: (item: T, context: C) => FieldValue
  /** Message key of what the field means; `query.field.<name>` unless given. */
  readonly label?: string
  /** Other names of the field. */
  readonly aliases?: readonly string[]
  /** Required for `enum`; suggestions otherwise. */
  readonly values?: readonly EnumValue[]
  /** Whether `field:value` means the whole text (default) or a part of it (prose). `=` always means the whole. */
  readonly match?: 'whole' | 'part'
  /** Bare words are looked for in this field. */
  readonly search?: boolean
}

export interface Field<T, C> extends FieldDefinition<T, C> {
  readonly name: string
  readonly label: string
}

export interface FieldSet<T, C> {
  /** In the order of definition. */
  readonly all: readonly Field<T, C>[]
  /** The fields that bare words search. */
  readonly searched: readonly Field<T, C>[]
  /** Names and aliases. */
  readonly names: readonly string[]
  /** By name or alias, case ignored. */
  readonly get: (name: string) => Field<T, C> | undefined
}

const NAME = /^[a-z][a-z0-9_.-]*$/

/** Makes a field set. Throws on a name that the grammar cannot spell, is taken, or is the reserved `has`: an error of the programmer. */
export function defineFields<T, C = QueryContext>(definitions: Readonly<Record<string, FieldDefinition<T, C>>>): FieldSet<T, C> {
  const all = Object.entries(definitions).map(([name, definition]): Field<T, C> => ({ label: `query.field.${name}`, ...definition, name }))
  const byName = new Map<string, Field<T, C>>()
  for (const field of all) {
    if (field.kind === 'enum' && !field.values) throw new TypeError(`field ${field.name}: an enum needs its values`)
    for (const name of [field.name, ...(field.aliases ?? [])]) {
      if (!NAME.test(name) || name === 'has' || byName.has(name)) throw new TypeError(`field ${name}: bad, reserved or taken name`)
      byName.set(name, field)
    }
  }
  return {
    all,
    searched: all.filter((field) => field.search === true),
    names: [...byName.keys()],
    get: (name) => byName.get(name.toLowerCase()),
  }
}
