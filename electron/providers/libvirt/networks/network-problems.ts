import type { AppError, AppErrorInit, ErrorKind } from '../../../../shared/errors/index.ts'
import { isLibvirtError } from '../../../libvirt/index.ts'
import { libvirtNumber, toProblem } from '../problems.ts'

/** What the host has said no to, as `refused` words it. */
export function saidByHost(
  refused: (name: string, said: string, behind: Pick<AppErrorInit, 'remote' | 'cause'>) => AppError,
  name: string,
  cause: unknown,
): AppError {
  const { remote, message } = toProblem(cause)
  return refused(name, isLibvirtError(cause) ? cause.message : message, { ...(remote && { remote }), cause })
}

/** The host has answered. */
export function isAnswer(thrown: unknown): boolean {
  return libvirtNumber(thrown) !== undefined
}

/** It has answered, and said no to what was asked: not to who asked. */
export function isRefusal(thrown: unknown): boolean {
  return isAnswer(thrown) && !OTHERS.has(toProblem(thrown).kind)
}

const OTHERS: ReadonlySet<ErrorKind> = new Set(['forbidden', 'unauthenticated', 'not-found', 'unreachable', 'timeout', 'indeterminate'])
