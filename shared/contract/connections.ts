import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { wireErrorSchema } from '../errors/schema.ts'
import { checkMessageSchema, loginMessageSchema } from '../model/checks.ts'
import { connectionSchema } from '../model/connection.ts'
import { connectionIdSchema, workspaceIdSchema } from '../model/ids.ts'
import { answers, command, done, hostKeyChoiceSchema, nothing, query, secretSchema, stream } from './base.ts'

const config = z.record(z.string(), z.json())
/** Secrets by the names the provider declares (`password`, `passphrase`, …). */
const secrets = z.record(z.string().max(100), secretSchema)
const example = { providerId: 'libvirt', config: { transport: 'ssh', host: 'kvm-01.example', user: 'root' } }

export const connections = {
  providers: query('/connections/providers', { permission: 'inventory.read', summary: 'Kinds of connections, with the form each needs' })
    .input(nothing)
    .output(
      z.array(
        z.object({
          id: z.string(),
          label: z.string(),
          /** JSON Schema of the configuration, with `title`, `description` and `x-order` for the form. */
          configSchema: z.record(z.string(), z.unknown()),
          secrets: z.array(z.object({ name: z.string(), label: z.string(), multiline: z.boolean() })),
          /** Fields of the configuration that name the target: when one changes, kept secrets are not used and have to be given again. */
          secretTargets: z.array(z.string()),
          discovers: z.boolean(),
        }),
      ),
    ),
  /** What this computer knows already: `~/.ssh/config` hosts, its own libvirt socket. Nothing is contacted. */
  discover: query('/connections/discover', { permission: 'inventory.read', summary: 'Candidates found on this computer' })
    .input(nothing)
    .output(
      z.object({
        candidates: z.array(
          z.object({
            source: z.enum(['ssh-config', 'local-libvirt']),
            name: z.string(),
            address: z.string(),
            providerId: z.string(),
            config,
            /** Already added as this connection. */
            connectionId: connectionIdSchema.nullable(),
          }),
        ),
        problems: z.array(z.object({ source: z.string(), error: wireErrorSchema })),
      }),
    ),
  check: stream('/connections/check', {
    permission: 'connection.write',
    summary: 'Try a connection step by step without adding it',
    example,
  })
    .input(
      z.object({
        providerId: z.string(),
        config,
        secrets: secrets.default({}),
        /** Use the secrets kept for this connection where none are given; only for its own target. */
        connectionId: connectionIdSchema.optional(),
        /** The key a person has just confirmed, so that the check may go on with it. */
        acceptHostKey: hostKeyChoiceSchema.optional(),
        /** The caller answers what the host asks, by `answerPrompt`. Without it such a login fails. */
        prompts: z.boolean().default(false),
      }),
    )
    .output(eventIterator(checkMessageSchema)),
  logIn: stream('/connections/log-in', {
    permission: 'connection.write',
    summary: 'Try now, with a person there who answers what the host asks',
    example: { connectionId: 'c1' },
  })
    .input(z.object({ connectionId: connectionIdSchema }))
    .output(eventIterator(loginMessageSchema)),
  answerPrompt: command('/connections/answer-prompt', {
    permission: 'connection.write',
    summary: 'Answer what a host asked while logging in',
    example: { promptId: 'p1', answers: ['correct horse battery staple'] },
  })
    .input(
      z.object({
        promptId: z.string().max(100),
        answers,
        /** Keep it as the secret that the prompt names, once the login has succeeded. */
        remember: z.boolean().default(false),
      }),
    )
    .output(done),
  add: command('/connections/add', {
    permission: 'connection.write',
    summary: 'Add a connection and start it',
    example: { workspaceId: 'w1', name: 'kvm-01', ...example },
  })
    .input(
      z.object({
        workspaceId: workspaceIdSchema,
        providerId: z.string(),
        name: z.string().trim().min(1).max(200),
        config,
        secrets: secrets.default({}),
        /** Keep the secrets in the keychain; otherwise for this run only. */
        remember: z.boolean().default(true),
        acceptHostKey: hostKeyChoiceSchema.optional(),
      }),
    )
    .output(connectionSchema),
  addDemo: command('/connections/add-demo', {
    permission: 'connection.write',
    summary: 'Open the demo fleet in a workspace of its own',
    example: { machines: 10_000 },
  })
    .input(
      z.object({
        hosts: z.number().int().min(1).max(1_000).default(200),
        machines: z.number().int().min(1).max(100_000).default(10_000),
        seed: z.number().int().default(1),
        /** Accounts of AWS, Azure and Google Cloud as well, on loopback; their machines come on top. */
        clouds: z.boolean().default(true),
      }),
    )
    .output(z.object({ workspaceId: workspaceIdSchema })),
  update: command('/connections/update', {
    permission: 'connection.write',
    summary: 'Change name, configuration or secrets; reconnects if it has to',
    example: { connectionId: 'c1', name: 'kvm-01 (rack 3)' },
  })
    .input(
      z.object({
        connectionId: connectionIdSchema,
        name: z.string().trim().min(1).max(200).optional(),
        config: config.optional(),
        secrets: secrets.optional(),
        remember: z.boolean().default(true),
      }),
    )
    .output(connectionSchema),
  remove: command('/connections/remove', {
    permission: 'connection.write',
    summary: 'Forget a connection and what was known through it; nothing on the host changes',
    example: { connectionId: 'c1' },
  })
    .input(z.object({ connectionId: connectionIdSchema }))
    .output(done),
  reconnect: command('/connections/reconnect', {
    permission: 'connection.write',
    summary: 'Try now instead of at the next attempt; no id: all that are not online',
    example: { connectionId: 'c1' },
  })
    .input(z.object({ connectionId: connectionIdSchema.optional() }))
    .output(done),
  setEnabled: command('/connections/set-enabled', {
    permission: 'connection.write',
    summary: 'Disconnect and stay so, or connect again',
    example: { connectionId: 'c1', enabled: false },
  })
    .input(z.object({ connectionId: connectionIdSchema, enabled: z.boolean() }))
    .output(connectionSchema),
  acceptHostKey: command('/connections/accept-host-key', {
    permission: 'connection.write',
    summary: 'Trust a host key, or trust it in place of the former one',
    example: { connectionId: 'c1', key: { host: 'kvm-01', port: 22, keyType: 'ssh-ed25519', fingerprint: 'SHA256:…' }, replace: false },
  })
    .input(z.object({ connectionId: connectionIdSchema, key: hostKeyChoiceSchema, replace: z.boolean() }))
    .output(done),
}
