import { AppError } from '../../../../shared/errors/index.ts'

export function otherJobRuns(target: string, kind: string): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'snapshot.job-runs',
    message: `A job works on the disk ${target} (${kind}). Wait for it or cancel it.`,
    details: { target, kind, reason: 'snapshot.job-runs' },
  })
}

export function cannotBeCopied(code: string, text: string, details: Readonly<Record<string, string>> = {}): AppError {
  return new AppError({ kind: 'precondition', code, message: text, details: { ...details, reason: code } })
}

/** Its channel is open, and nobody answers: nothing was taken. */
export function guestSilent(name: string, cause: unknown): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'snapshot.agent-silent',
    message: `The agent in ${name} does not answer, so its file systems cannot be brought to rest. No snapshot was taken.`,
    details: { name, reason: 'snapshot.agent-silent' },
    cause,
  })
}
