import { isAppError } from '../../../shared/errors/index.ts'

/** What stands beside the machines is spared when it may not be read: the machines are shown without it. Anything else is thrown. */
export async function spared<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (thrown) {
    const kind = isAppError(thrown) ? thrown.kind : null
    if (kind === 'forbidden' || kind === 'not-found' || kind === 'unsupported' || kind === 'remote-failure') return undefined
    throw thrown
  }
}
