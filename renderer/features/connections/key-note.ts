import type { MessageKey } from '../../lib/i18n/index.ts'

/** What is told of a key that was given, for the person to see that it is the right one: nothing of it that is secret. */
export interface KeyNote {
  readonly key: MessageKey
  readonly params: Readonly<Record<string, string>>
  readonly wrong: boolean
}

/** Null: there is nothing to tell. */
export function keyNote(providerId: string, secret: string, text: string): KeyNote | null {
  if (text.trim() === '') return null
  if (providerId === 'gcp' && secret === 'key') return serviceAccount(text)
  if (providerId === 'azure' && secret === 'certificate') return certificate(text)
  return null
}

function wrong(key: MessageKey, params: KeyNote['params'] = {}): KeyNote {
  return { key, params, wrong: true }
}

function serviceAccount(text: string): KeyNote {
  const file = parsed(text)
  if (!file) return wrong('key-note.no-json')
  const { type, client_email: email, project_id: project, private_key: key } = file
  if (type !== 'service_account') return wrong('key-note.other-type', { type: typeof type === 'string' ? type : '–' })
  if (typeof email !== 'string' || typeof key !== 'string') return wrong('key-note.half-key')
  return { key: 'key-note.service-account', params: { email, project: typeof project === 'string' ? project : '–' }, wrong: false }
}

function certificate(text: string): KeyNote | null {
  if (!text.includes('-----BEGIN CERTIFICATE-----')) return wrong('key-note.no-certificate')
  return /-----BEGIN (?:RSA |ENCRYPTED )?PRIVATE KEY-----/.test(text) ? null : wrong('key-note.no-private-key')
}

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}

/** The project a key of Google Cloud is of. */
export function projectOf(text: string): string | null {
  const project = parsed(text)?.project_id
  return typeof project === 'string' && project !== '' ? project : null
}
