import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { toAppError } from '../../shared/errors/index.ts'
import type { SecretStore } from '../engine/secret-store.ts'
import type { Logger } from '../providers/provider.ts'
import { FileSecretStore } from './file-secret-store.ts'
import { KeychainSecretStore } from './keychain-secret-store.ts'
import { MemorySecretStore } from './memory-secret-store.ts'

export interface OpenSecretStoreOptions {
  readonly dataDirectory: string
  readonly log: Logger
  /** false: leave the keychain of this account alone (tests, several consoles of one account). */
  readonly keychain?: boolean
  /** How long the keychain's first answer is waited for, in ms; afterwards it counts as one that waits to be unlocked. */
  readonly probeMs?: number
}

/** The OS keychain; where there is none a sealed file; where that cannot be written memory. Never throws. */
export async function openSecretStore(options: OpenSecretStoreOptions): Promise<SecretStore> {
  const { dataDirectory, log } = options
  let reason = 'The keychain is switched off for this console.'
  if (options.keychain !== false) {
    try {
      const keychain = new KeychainSecretStore(await import('@napi-rs/keyring'))
      if ((await keychain.probe(options.probeMs)) === 'waits')
        log.info('the keychain does not answer yet; it may be waiting to be unlocked')
      return keychain
    } catch (thrown) {
      reason = `There is no usable keychain. ${toAppError(thrown).message}`
    }
  }
  try {
    await access(dataDirectory, constants.W_OK)
    const path = join(dataDirectory, 'secrets.json')
    log.info('secrets go into a sealed file', { reason })
    return await FileSecretStore.open({ path, reason, log })
  } catch (thrown) {
    reason = `${reason} ${toAppError(thrown).message}`
    log.warn('secrets are kept in memory only', { reason })
    return new MemorySecretStore(reason)
  }
}
