import { expect, test } from 'vitest'
import { z } from 'zod'
import { contract, secretSchema } from '../../../shared/contract/index.ts'
import { inputSchemaOf, REDACTED, redact } from './redact.ts'

test('secrets of the contract are taken out by their type', () => {
  const input = {
    workspaceId: 'w1',
    providerId: 'libvirt',
    name: 'kvm',
    config: { host: 'h', password: 'not a secret by type, a host’s field', deep: [1, { a: null }] },
    secrets: { password: 'hunter2', anything: 'hunter3' },
    remember: true,
  }
  const clean = redact(inputSchemaOf('connections.add'), input)
  expect(clean).toEqual({ ...input, secrets: { password: REDACTED, anything: REDACTED } })
  expect(redact(inputSchemaOf('system.unlockSecrets'), { passphrase: 'hunter2' })).toEqual({ passphrase: REDACTED })
})

test('answers to a host’s questions are secrets, each of them', () => {
  const schema = inputSchemaOf('connections.answerPrompt')
  const input = { promptId: 'p1', answers: ['hunter2', '271828'], remember: true }
  expect(redact(schema, input)).toEqual({ ...input, answers: [REDACTED, REDACTED] })
  expect(redact(schema, { ...input, answers: null })).toEqual({ ...input, answers: null })
})

test('a script that is run in a machine of a cloud is secret: it may set a password', () => {
  const input = { machineId: 'c1.m.a', script: 'echo root:hunter2 | chpasswd' }
  expect(redact(inputSchemaOf('clouds.runCommand'), input)).toEqual({ ...input, script: REDACTED })
})

test('what somebody logs in to a machine with is secret, and so are the answers to what it asks', () => {
  const input = { machineId: 'c1.m.a', user: 'ada', secrets: { password: 'hunter2', passphrase: 'hunter3' } }
  const clean = { ...input, secrets: { password: REDACTED, passphrase: REDACTED } }
  expect(redact(inputSchemaOf('consoles.logIn'), input)).toEqual(clean)
  const answer = { promptId: 'p1', answers: ['hunter2'] }
  expect(redact(inputSchemaOf('consoles.answerPrompt'), answer)).toEqual({ ...answer, answers: [REDACTED] })
})

test('what the schema does not describe is left out, also for a method that does not exist', () => {
  expect(redact(inputSchemaOf('tasks.cancel'), { taskId: 't1', password: 'hunter2' })).toEqual({ taskId: 't1' })
  expect(redact(inputSchemaOf('tasks.nonsense'), { password: 'hunter2' })).toBeNull()
  expect(redact(inputSchemaOf('nonsense'), 'hunter2')).toBeNull()
})

test('a secret is found behind every kind of schema', () => {
  const schema = z.object({
    optional: secretSchema.optional(),
    defaulted: secretSchema.default('x'),
    nullable: secretSchema.nullable(),
    list: z.array(secretSchema),
    tuple: z.tuple([z.string(), secretSchema]),
    map: z.record(z.string(), secretSchema),
    union: z.union([z.object({ kind: z.literal('a'), key: secretSchema }), z.object({ kind: z.literal('b'), key: z.string() })]),
    loose: z.union([z.string(), z.object({ key: secretSchema })]),
    both: z.intersection(z.object({ a: z.string() }), z.object({ b: secretSchema })),
    piped: secretSchema.transform((text) => text.length),
    lazy: z.lazy(() => secretSchema),
    checked: secretSchema.min(1),
    refined: secretSchema.min(1).refine((text) => text !== 'x'),
    absent: secretSchema.optional(),
  })
  const clean = redact(schema, {
    optional: 'hunter2',
    defaulted: 'hunter2',
    nullable: 'hunter2',
    list: ['hunter2'],
    tuple: ['open', 'hunter2'],
    map: { any: 'hunter2' },
    union: { kind: 'a', key: 'hunter2', more: 'hunter2' },
    loose: { key: 'hunter2' },
    both: { a: 'open', b: 'hunter2' },
    piped: 'hunter2',
    lazy: 'hunter2',
    checked: 'hunter2',
    refined: 'hunter2',
  })
  expect(JSON.stringify(clean)).not.toContain('hunter2')
  expect(clean).toMatchObject({ tuple: ['open', REDACTED], both: { a: 'open', b: REDACTED }, union: { kind: 'a', key: REDACTED } })
})

test('no example of the contract loses anything but secrets', () => {
  for (const [domain, methods] of Object.entries(contract)) {
    for (const [name, procedure] of Object.entries(methods)) {
      const { example } = procedure['~orpc'].meta as { example: object }
      const clean = redact(inputSchemaOf(`${domain}.${name}`), example)
      expect(withSecrets(clean, example), `${domain}.${name}`).toEqual(example)
    }
  }
})

/** What was taken out is put back. */
function withSecrets(clean: unknown, original: unknown): unknown {
  if (clean === REDACTED) return original
  if (Array.isArray(clean)) return clean.map((item, index) => withSecrets(item, (original as readonly unknown[])[index]))
  if (typeof clean !== 'object' || clean === null) return clean
  const before = original as Readonly<Record<string, unknown>>
  return Object.fromEntries(Object.entries(clean).map(([key, value]) => [key, withSecrets(value, before[key])]))
}
