import type { Connection } from '../../../shared/model/index.ts'
import type { I18n } from '../../lib/i18n/index.ts'

/** The provider's own configuration, as the contract carries it. */
export type Config = Connection['config']

/** One field of a provider's configuration form, read from its JSON Schema. */
export interface FormField {
  readonly name: string
  readonly kind: 'text' | 'number' | 'boolean' | 'choice' | 'list'
  readonly choices: readonly string[]
  readonly initial: FieldValue
  readonly title: string
  readonly help: string | null
  readonly required: boolean
}

export type FieldValue = string | boolean | readonly string[]
export type FormValues = Readonly<Record<string, FieldValue>>

interface PropertySchema {
  readonly title?: string
  readonly description?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly items?: { readonly type?: unknown }
  readonly 'x-order'?: number
}

function kindOf(schema: PropertySchema): FormField['kind'] | null {
  if (schema.enum) return 'choice'
  const types: readonly string[] = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? [])
  if (types.includes('boolean')) return 'boolean'
  if (types.includes('integer') || types.includes('number')) return 'number'
  if (types.includes('array')) return schema.items?.type === 'string' ? 'list' : null
  // Nested objects are not for a form.
  return types.includes('object') ? null : 'text'
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
}

export function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value)
}

/** A value of a configuration as a field of that kind holds it. */
function asValue(kind: FormField['kind'], value: unknown): FieldValue {
  if (kind === 'list') return isList(value) ? value.map(asText) : []
  return kind === 'boolean' ? value === true : asText(value)
}

/** The fields in their order; words from the catalogue where it has them, else the provider's own. */
export function fieldsOf(providerId: string, schema: Readonly<Record<string, unknown>>, i18n: I18n): readonly FormField[] {
  const properties = (schema.properties ?? {}) as Readonly<Record<string, PropertySchema>>
  const required = new Set(Array.isArray(schema.required) ? (schema.required as readonly string[]) : [])
  return Object.entries(properties)
    .map(([name, property], place) => ({ name, property, order: property['x-order'] ?? place }))
    .sort((a, b) => a.order - b.order)
    .flatMap(({ name, property }) => {
      const kind = kindOf(property)
      if (!kind) return []
      return [
        {
          name,
          kind,
          choices: (property.enum ?? []).map(String),
          initial: asValue(kind, property.default),
          title: i18n.optional(`form.${providerId}.${name}`) ?? property.title ?? name,
          help: i18n.optional(`form.${providerId}.${name}.help`) ?? property.description ?? null,
          required: required.has(name),
        },
      ]
    })
}

export function initialValues(fields: readonly FormField[], config: Config = {}): FormValues {
  return Object.fromEntries(
    fields.map((field) => {
      const kept = config[field.name]
      if (kept === undefined || kept === null) return [field.name, field.initial]
      return [field.name, asValue(field.kind, kept)]
    }),
  )
}

/** What goes to the engine. An empty field is not sent: the provider's default holds. What the form does not show is kept. */
export function configOf(fields: readonly FormField[], values: FormValues, kept: Config = {}): Config {
  const config: Config = { ...kept }
  for (const field of fields) {
    const value = values[field.name]
    if (typeof value === 'boolean') config[field.name] = value
    else if (isList(value)) {
      if (value.length > 0) config[field.name] = [...value]
      else delete config[field.name]
    } else if (value === undefined || value.trim() === '') delete config[field.name]
    else config[field.name] = field.kind === 'number' && Number.isFinite(Number(value)) ? Number(value) : value
  }
  return config
}

/** Whether secrets kept for a connection count for another target than the form names now. */
export function isOtherTarget(secretTargets: readonly string[], kept: Config, config: Config): boolean {
  // An empty field of the form is not sent at all.
  const said = (value: Config[string] | undefined) =>
    JSON.stringify(value === undefined || value === null || (isList(value) && value.length === 0) ? '' : value)
  return secretTargets.some((field) => said(kept[field]) !== said(config[field]))
}

/**
 * Whether a check with one choice of a list holds for another as well, as that asks for no more. `all`: what an empty list stood for, as far
 * as the check told.
 */
export function isNarrower(checked: readonly string[], next: readonly string[], all: readonly string[]): boolean {
  if (next.length === 0) return checked.length === 0
  const looked = checked.length === 0 ? all : checked
  return next.every((one) => looked.includes(one))
}
