import type { Connection } from '../../../shared/model/index.ts'
import type { I18n } from '../../lib/i18n/index.ts'

/** The provider's own configuration, as the contract carries it. */
export type Config = Connection['config']

/** One field of a provider's configuration form, read from its JSON Schema. */
export interface FormField {
  readonly name: string
  readonly kind: 'text' | 'number' | 'boolean' | 'choice'
  readonly choices: readonly string[]
  readonly initial: string | boolean
  readonly title: string
  readonly help: string | null
  readonly required: boolean
}

export type FormValues = Readonly<Record<string, string | boolean>>

interface PropertySchema {
  readonly title?: string
  readonly description?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly 'x-order'?: number
}

function kindOf(schema: PropertySchema): FormField['kind'] | null {
  if (schema.enum) return 'choice'
  const types: readonly string[] = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? [])
  if (types.includes('boolean')) return 'boolean'
  if (types.includes('integer') || types.includes('number')) return 'number'
  // Nested objects and lists are not for a form.
  return types.includes('object') || types.includes('array') ? null : 'text'
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
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
      const given = property.default
      return [
        {
          name,
          kind,
          choices: (property.enum ?? []).map(String),
          initial: kind === 'boolean' ? given === true : asText(given),
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
      return [field.name, typeof kept === 'boolean' ? kept : asText(kept)]
    }),
  )
}

/** What goes to the engine. An empty field is not sent: the provider's default holds. What the form does not show is kept. */
export function configOf(fields: readonly FormField[], values: FormValues, kept: Config = {}): Config {
  const config: Config = { ...kept }
  for (const field of fields) {
    const value = values[field.name]
    if (typeof value === 'boolean') config[field.name] = value
    else if (value === undefined || value.trim() === '') delete config[field.name]
    else config[field.name] = field.kind === 'number' && Number.isFinite(Number(value)) ? Number(value) : value
  }
  return config
}

/** Whether secrets kept for a connection count for another target than the form names now. */
export function isOtherTarget(secretTargets: readonly string[], kept: Config, config: Config): boolean {
  // An empty field of the form is not sent at all.
  const said = (value: Config[string] | undefined) => JSON.stringify(value === undefined || value === null ? '' : value)
  return secretTargets.some((field) => said(kept[field]) !== said(config[field]))
}

/** Which fields are shown first, and when: what the schema alone cannot say. Others stand under "More options". */
interface Layout {
  readonly first: readonly string[]
  readonly shown?: (name: string, values: FormValues) => boolean
}

const SSH_ONLY: ReadonlySet<string> = new Set(['user', 'keyFile', 'useSshConfig', 'jumpHosts'])

const LAYOUTS: Readonly<Record<string, Layout>> = {
  libvirt: {
    first: ['transport', 'host', 'user', 'port', 'pkiPath'],
    shown: (name, values) => {
      const way = values.transport
      if (SSH_ONLY.has(name)) return way === 'ssh'
      if (name === 'host' || name === 'port') return way !== 'unix'
      if (name === 'pkiPath') return way === 'tls'
      return true
    },
  },
  simulated: { first: ['site', 'hosts', 'machines', 'seed'] },
}

export interface LaidOut {
  readonly first: readonly FormField[]
  readonly more: readonly FormField[]
}

export function layOut(providerId: string, fields: readonly FormField[], values: FormValues): LaidOut {
  const layout = LAYOUTS[providerId]
  const shown = fields.filter((field) => layout?.shown?.(field.name, values) ?? true)
  if (!layout) return { first: shown, more: [] }
  const first = layout.first.flatMap((name) => shown.filter((field) => field.name === name))
  return { first, more: shown.filter((field) => !layout.first.includes(field.name)) }
}

/** Whether a provider can use secrets with these values: there is no password for this computer's own socket. */
export function usesSecrets(providerId: string, values: FormValues): boolean {
  return providerId !== 'libvirt' || values.transport === 'ssh'
}
