import { z } from 'zod'
import { wireErrorSchema } from '../errors/schema.ts'
import { cloudChoicesSchema, cloudPermissionSchema } from './cloud.ts'

/** One line of the live check list of the add-host wizard. */
export const checkStepSchema = z.object({
  id: z.enum(['reach', 'host-key', 'login', 'socket', 'places', 'permission', 'versions']),
  state: z.enum(['pending', 'running', 'ok', 'failed', 'skipped']),
  /** What was found: an address, a fingerprint, a login name, versions. */
  detail: z.string().nullable(),
  error: wireErrorSchema.nullable(),
})
export type CheckStep = z.infer<typeof checkStepSchema>

/** The host key a person is asked to confirm. The fingerprint is the base64 SHA-256 form that `ssh-keygen -l` prints. */
export const hostKeyInfoSchema = z.object({
  host: z.string(),
  port: z.number().int(),
  keyType: z.string(),
  fingerprint: z.string(),
  status: z.enum(['unknown', 'changed']),
  /** Of a changed key: what was trusted so far, and where that is written. */
  previous: z.array(z.object({ keyType: z.string(), fingerprint: z.string(), source: z.string() })),
})
export type HostKeyInfo = z.infer<typeof hostKeyInfoSchema>

/** What a host asks of the person at the console while logging in: a password, the passphrase of a key, a one-time code. */
export const loginQuestionSchema = z.object({
  kind: z.enum(['password', 'passphrase', 'keyboard-interactive']),
  /** Who asks: the host itself, or a jump host on the way. */
  host: z.string(),
  port: z.number().int(),
  user: z.string(),
  /** Headline and explanation that the server gave; often empty. */
  name: z.string(),
  instructions: z.string(),
  /** The key to unlock, for a passphrase. */
  keyPath: z.string().nullable(),
  prompts: z.array(z.object({ text: z.string(), echo: z.boolean() })),
  /** What was given before was refused. */
  refusedBefore: z.boolean(),
  /** The secret of the connection that the answer may be kept as. Null: it is good for this login alone. */
  secret: z.string().nullable(),
})
export type LoginQuestion = z.infer<typeof loginQuestionSchema>

/** A question on its way to a page. `id` is named in the answer, which is late after `expiresAtMs`. */
export const loginPromptSchema = loginQuestionSchema.extend({ id: z.string(), expiresAtMs: z.number() })
export type LoginPrompt = z.infer<typeof loginPromptSchema>

/** An attempt of a connection that a person attends: what is asked, and how it ended. */
export const loginMessageSchema = z.discriminatedUnion('type', [
  /** Null: answered, refused, withdrawn or too late. There is nothing to answer any more. */
  z.object({ type: z.literal('prompt'), prompt: loginPromptSchema.nullable() }),
  z.object({ type: z.literal('done'), ok: z.boolean(), error: wireErrorSchema.nullable() }),
])
export type LoginMessage = z.infer<typeof loginMessageSchema>

export const checkMessageSchema = z.discriminatedUnion('type', [
  /** `prompt`: what that step waits for, of a person who said that they answer; null when it waits for nothing any more. */
  z.object({ type: z.literal('step'), step: checkStepSchema, prompt: loginPromptSchema.nullable().optional() }),
  z.object({ type: z.literal('host-key'), info: hostKeyInfoSchema }),
  /** Of a cloud: what can be picked, and each permission as it was found. */
  z.object({ type: z.literal('choices'), choices: cloudChoicesSchema }),
  z.object({ type: z.literal('permission'), permission: cloudPermissionSchema }),
  z.object({
    type: z.literal('done'),
    ok: z.boolean(),
    machines: z.number().nullable(),
    versions: z.array(z.object({ name: z.string(), version: z.string() })),
  }),
])
export type CheckMessage = z.infer<typeof checkMessageSchema>
