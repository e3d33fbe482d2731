import type { WireError } from '../../../shared/errors/index.ts'
import type { Connection, HostKeyInfo } from '../../../shared/model/index.ts'
import { hostKeyInfoSchema } from '../../../shared/model/index.ts'
import type { I18n } from '../../lib/i18n/index.ts'
import type { StateShape } from '../../ui/index.ts'

/** How the state of a connection is shown: a silhouette, a word, and whether the word is coloured. */
export interface ConnectionLook {
  readonly shape: StateShape
  readonly word: string
  readonly tone: 'plain' | 'busy' | 'attention' | 'past'
}

export function connectionLook(connection: Connection, i18n: I18n): ConnectionLook {
  const word = i18n.t(`connection.status.${connection.status}`)
  switch (connection.status) {
    case 'online':
      return { shape: 'running', word, tone: 'plain' }
    case 'connecting':
      return { shape: 'busy', word, tone: 'busy' }
    case 'offline':
      return { shape: 'was-running', word, tone: 'past' }
    case 'needs-attention':
      return { shape: 'attention', word, tone: 'attention' }
    case 'disabled':
      return { shape: 'stopped', word, tone: 'past' }
  }
}

/** Whether a person who is there could answer what the login failed for: a password, a passphrase, a code. */
export function asksPerson(error: WireError | null): boolean {
  return error?.kind === 'unauthenticated' && error.code.startsWith('ssh.')
}

/** The key that an error asks about, if it does. */
export function keyInQuestion(error: Pick<WireError, 'details'> | null): HostKeyInfo | null {
  const parsed = hostKeyInfoSchema.safeParse(error?.details?.key)
  return parsed.success ? parsed.data : null
}
