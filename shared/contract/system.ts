import { z } from 'zod'
import { settingsSchema } from '../model/view.ts'
import { command, nothing, query, secretSchema } from './base.ts'

export const system = {
  info: query('/system/info', { permission: 'system.read', summary: 'What answers here: version, face, and what it can offer' })
    .input(nothing)
    .output(
      z.object({
        version: z.string(),
        face: z.enum(['desktop', 'local', 'coordinator']),
        platform: z.string(),
        nodeVersion: z.string(),
        user: z.string(),
        permissions: z.array(z.string()),
        startedAtMs: z.number(),
        dataDirectory: z.string(),
        /** Where credentials go: the OS keychain, a sealed file, or nowhere (memory only) with the reason. */
        secretStore: z.object({ kind: z.enum(['keychain', 'file', 'memory']), locked: z.boolean(), reason: z.string().nullable() }),
        database: z.object({ state: z.enum(['ok', 'rebuilt', 'read-only', 'failed']), message: z.string().nullable() }),
      }),
    ),
  unlockSecrets: command('/system/unlock-secrets', {
    permission: 'settings.write',
    summary: 'Open (or first create) the sealed secrets file with its passphrase',
    example: { passphrase: 'correct horse battery staple' },
    invalidates: ['system'],
  })
    .input(z.object({ passphrase: secretSchema }))
    .output(z.object({ unlocked: z.boolean() })),
  settings: query('/system/settings', { permission: 'settings.read', summary: 'Settings of this console' })
    .input(nothing)
    .output(settingsSchema),
  updateSettings: command('/system/settings', {
    permission: 'settings.write',
    summary: 'Change some settings',
    example: { theme: 'dark' },
    invalidates: ['system.settings'],
  })
    .input(settingsSchema.partial())
    .output(settingsSchema),
}
