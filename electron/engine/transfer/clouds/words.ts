import type { CloudId, MigrationFinding, Reason, TransferStep } from '../../../../shared/model/index.ts'
import { finding, say } from '../say.ts'

/** One word of a shell's command line. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** A name that every cloud takes for an image, a disk and a machine: small letters, digits and dashes, a letter first, 50 at most. */
export function cloudName(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 50)
    .replace(/-+$/, '')
  return /^[a-z]/.test(plain) ? plain : `m-${plain}`.replace(/-+$/, '')
}

export const CLOUD_NAMES: Readonly<Record<CloudId, string>> = { aws: 'AWS', azure: 'Azure', gcp: 'Google Cloud' }

/** What a person does, with the command and the check that it was done. */
export function byHand(
  id: string,
  what: Reason,
  command: string,
  check: TransferStep['check'] = null,
  bytes: number | null = null,
): TransferStep {
  return { id, what, by: 'person', command, check, bytes }
}

/** What this console has a button for. */
export function inConsole(id: string, what: Reason, bytes: number | null = null): TransferStep {
  return { id, what, by: 'console', command: null, check: null, bytes }
}

export function shows(command: string, what: string): TransferStep['check'] {
  return { command, shows: what }
}

/** Said, so that nobody waits for the console to do it. */
export function byHandBecause(cloud: string, isAway: boolean): MigrationFinding {
  if (isAway) {
    const reason = say(
      'finding.link-away',
      'There is no link to both ends now, so what the console could do itself is not known. Every step has the command and a check.',
    )
    return finding('versions', 'unknown', 'transfer.link-away', reason)
  }
  const reason = say('finding.by-hand', 'This console does not speak {cloud}’s import interface. Every step has the command and a check.', {
    cloud,
  })
  return finding('versions', 'warns', 'transfer.by-hand', reason)
}
