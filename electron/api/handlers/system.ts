import type { Engine } from '../../engine/engine.ts'
import type { Handlers } from '../handlers.ts'

export function systemHandlers({ options, settings, startedAtMs }: Engine): Handlers['system'] {
  const { secrets, store } = options
  return {
    info: (_input, { permissions }) => {
      const { state, message } = store.health()
      return Promise.resolve({
        version: options.version,
        face: options.face,
        platform: process.platform,
        nodeVersion: process.versions.node,
        user: options.user,
        permissions: [...permissions],
        startedAtMs,
        dataDirectory: options.dataDirectory,
        secretStore: { kind: secrets.kind, locked: secrets.locked, reason: secrets.reason },
        database: { state, message },
      })
    },
    unlockSecrets: async ({ passphrase }) => ({ unlocked: await secrets.unlock(passphrase) }),
    settings: () => Promise.resolve(settings.current()),
    updateSettings: (patch) => settings.update(patch),
  }
}
