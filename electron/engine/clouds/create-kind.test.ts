import { expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import type { CloudMachineSpec, Host, TaskId } from '../../../shared/model/index.ts'
import type { CloudServices, ProviderConnection } from '../../providers/provider.ts'
import { createKind, createRequest } from './create-kind.ts'

const SPEC: CloudMachineSpec = {
  name: 'web-1',
  zone: null,
  type: 'small',
  imageId: 'image-1',
  subnetId: null,
  groupIds: [],
  publicAddress: false,
  keyName: null,
  sshKey: null,
  user: null,
  tags: ['env=prod'],
}
const HOST = { id: 'c1.h.north', connectionId: 'c1', nativeRef: 'north' } as unknown as Host

/** A cloud that makes a machine for each token, once. */
function fake() {
  const made = new Map<string, string>()
  let losesReply = false
  const cloud = {
    create: (_place: string, spec: CloudMachineSpec, token: string) => {
      if (!made.has(token)) made.set(token, `${spec.name}-${made.size}`)
      if (losesReply) return Promise.reject(new AppError({ kind: 'indeterminate', code: 'cloud.reply-lost', message: 'Lost.' }))
      return Promise.resolve(made.get(token))
    },
    created: (_place: string, token: string) => Promise.resolve(made.get(token) ?? null),
  } as unknown as CloudServices
  const context = {
    link: { cloud } as ProviderConnection,
    signal: new AbortController().signal,
    memo: null,
    progress: () => {},
    remember: () => Promise.resolve(),
    memos: new Map(),
    task: { id: 't1' as TaskId, actor: 'ada', origin: 'page' },
  }
  return { made, context, loseReply: () => (losesReply = true) }
}

function stepOf(plan: unknown) {
  const [step] = createKind().steps(JSON.parse(JSON.stringify(plan)))
  if (!step) throw new Error('no step')
  return step
}

test('a lost reply is looked up by its token, and a repetition makes no second machine', async () => {
  const { made, context, loseReply } = fake()
  const { plan } = createRequest(HOST, SPEC)
  expect(await stepOf(plan).probe(context)).toBe('not-done')
  loseReply()
  await expect(stepOf(plan).run(context)).rejects.toMatchObject({ kind: 'indeterminate' })
  expect(await stepOf(plan).probe(context)).toBe('done')
  await stepOf(plan)
    .run(context)
    .catch(() => {})
  expect(made.size).toBe(1)
})

test('two orders are two machines', async () => {
  const { made, context } = fake()
  for (const { plan } of [createRequest(HOST, SPEC), createRequest(HOST, SPEC)]) await stepOf(plan).run(context)
  expect(made.size).toBe(2)
})
