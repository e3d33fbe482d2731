import { AppError } from '../../../shared/errors/index.ts'
import type { MigrationFinding } from '../../../shared/model/index.ts'

/** The pre-flight found what stops it. */
export function blocked(name: string, findings: readonly MigrationFinding[]): AppError {
  const blocking = findings.filter(({ severity }) => severity === 'blocks')
  return new AppError({
    kind: 'precondition',
    code: 'migration.blocked',
    message: `${name} cannot move: ${blocking.map(({ reason }) => reason.text).join(' ')}`,
    details: { name, findings: JSON.parse(JSON.stringify(blocking)) },
  })
}

export function warned(name: string, findings: readonly MigrationFinding[]): AppError {
  const warnings = findings.filter(({ severity }) => severity === 'warns')
  return new AppError({
    kind: 'precondition',
    code: 'migration.warned',
    message: `Read the warnings first: ${warnings.map(({ reason }) => reason.text).join(' ')}`,
    details: { name, findings: JSON.parse(JSON.stringify(warnings)) },
  })
}

export function machineMoving(name: string, busyWith: string): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'migration.busy',
    message: `${name} is busy with another task (${busyWith}). Wait for it, or cancel it.`,
    details: { name, busyWith },
  })
}

/** Neither host has it running, or both do: a person has to look. */
export function twoTruths(name: string, source: string, target: string): AppError {
  return new AppError({
    kind: 'indeterminate',
    code: 'migration.two-truths',
    message: `${name} is “${source}” at the source and “${target}” at the target. Look at both hosts before anything is started.`,
    details: { name, source, target },
  })
}

export function notVerified(name: string, state: string): AppError {
  return new AppError({
    kind: 'remote-failure',
    code: 'migration.not-verified',
    message: `${name} moved, but the target host says that it is ${state}.`,
    details: { name, state },
  })
}
