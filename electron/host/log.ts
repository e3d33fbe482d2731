import { join } from 'node:path'
import pino from 'pino'
import { isAppError } from '../../shared/errors/index.ts'
import type { Logger } from '../providers/provider.ts'
import { LogFile } from './log-file.ts'

/**
 * The log of this console: JSON lines in `logs/novacron.log` of the data folder. Only named fields go in; errors are written
 * by code and message, never with the input that caused them. Lines that the disk does not take are lost, and counted in it
 * later.
 */
export function createLog(dataDirectory: string): { readonly log: Logger; close(): Promise<void> } {
  const file = new LogFile(join(dataDirectory, 'logs', 'novacron.log'), (lines) => logger.warn({ lines }, 'log lines were lost'))
  const logger = pino({ base: null, level: process.env.NOVACRON_LOG ?? 'info' }, file)
  const write = (level: 'debug' | 'info' | 'warn' | 'error') => (message: string, fields?: Readonly<Record<string, unknown>>) =>
    logger[level](plain(fields), message)
  return {
    log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    close: () => file.close(),
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
