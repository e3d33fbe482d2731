import { join } from 'node:path'
import pino from 'pino'
import { isAppError } from '../../shared/errors/index.ts'
import type { Logger } from '../providers/provider.ts'

/**
 * The log of this console: JSON lines in `logs/novacron.log` of the data folder. Only named fields go in; errors are written
 * by code and message, never with the input that caused them.
 */
export function createLog(dataDirectory: string): { readonly log: Logger; close(): void } {
  const destination = pino.destination({ dest: join(dataDirectory, 'logs', 'novacron.log'), mkdir: true, sync: false, mode: 0o600 })
  const logger = pino({ base: null, level: process.env.NOVACRON_LOG ?? 'info' }, destination)
  const write = (level: 'debug' | 'info' | 'warn' | 'error') => (message: string, fields?: Readonly<Record<string, unknown>>) =>
    logger[level](plain(fields), message)
  return {
    log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    close: () => destination.flushSync(),
  }
}

function plain(fields: Readonly<Record<string, unknown>> | undefined): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields ?? {}).map(([name, value]) => [name, value instanceof Error ? describe(value) : value]))
}

function describe(error: Error): Record<string, unknown> {
  if (isAppError(error))
    return { kind: error.kind, code: error.code, message: error.message, stack: error.kind === 'bug' ? error.stack : undefined }
  return { name: error.name, message: error.message, stack: error.stack }
}
