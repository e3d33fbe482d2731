import { AppError } from '../../../shared/errors/index.ts'
import type { Engine } from '../../engine/engine.ts'
import type { Handlers } from '../handlers.ts'

function missing(): never {
  throw new AppError({ kind: 'unsupported', code: 'bug.not-built', message: 'To be replaced.' })
}

export function buildHandlers(_engine: Engine): Handlers['build'] {
  return new Proxy({}, { get: () => missing }) as Handlers['build']
}
