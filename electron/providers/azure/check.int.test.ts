import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CheckMessage, checkMessageSchema } from '../../../shared/model/index.ts'
import type { Secrets } from '../provider.ts'
import type { AzureConfig } from './config.ts'
import { azureProvider } from './index.ts'
import { type AzureBench, ports, startBench } from './testing/azure-bench.ts'

let bench: AzureBench

beforeAll(async () => {
  bench = await startBench({ machines: 9, loginCertificate: true })
})
afterAll(() => bench.stop())

async function check(over: Partial<AzureConfig> = {}, secrets: Secrets = bench.secrets): Promise<CheckMessage[]> {
  const messages: CheckMessage[] = []
  for await (const message of azureProvider.check({ ...bench.config, ...over }, secrets, ports, {})) {
    messages.push(checkMessageSchema.parse(message))
  }
  return messages
}

it('finds subscriptions to choose from, every permission, and how many machines there are', async () => {
  const messages = await check()
  expect(messages.at(-1)).toMatchObject({ type: 'done', ok: true, machines: 9 })
  const choices = messages.flatMap((message) => (message.type === 'choices' ? message.choices.choices : []))
  expect(choices).toEqual(
    bench.cloud.world.subscriptions.map((value, index) => ({ value, label: `Subscription ${index + 1}`, disabledReason: null })),
  )
  const permissions = messages.flatMap((message) => (message.type === 'permission' ? message.permission : []))
  expect(new Set(permissions.map(({ state }) => state))).toEqual(new Set(['granted']))
  expect(permissions.map(({ name }) => name)).toContain('Microsoft.Compute/virtualMachines/deallocate/action')
})

it('names each permission that a narrower role lacks, and goes on', async () => {
  const [subscription = ''] = bench.cloud.world.subscriptions
  bench.cloud.world.permissions.set(subscription, [{ actions: ['*/read'], notActions: ['Microsoft.Authorization/*'] }])
  const messages = await check({ subscriptions: [subscription] })
  bench.cloud.world.permissions.clear()
  const states = new Map(
    messages.flatMap((message) => (message.type === 'permission' ? [[message.permission.name, message.permission] as const] : [])),
  )
  expect(states.get('Microsoft.Compute/virtualMachines/read')).toMatchObject({ state: 'granted', scope: subscription })
  expect(states.get('Microsoft.Compute/virtualMachines/delete')).toMatchObject({ state: 'missing', features: ['delete'] })
  expect(states.get('Microsoft.Authorization/locks/read')).toMatchObject({ state: 'missing' })
  expect(messages.at(-1)).toMatchObject({ type: 'done', ok: true })
})

it('a login that is refused fails at the login', async () => {
  const messages = await check({}, { clientSecret: 'wrong' })
  const failed = messages.flatMap((message) => (message.type === 'step' && message.step.state === 'failed' ? message.step : []))
  expect(failed).toMatchObject([{ id: 'login', error: { code: 'cloud.credentials-refused', remote: { code: 'AADSTS7000215' } } }])
  expect(messages.at(-1)).toMatchObject({ type: 'done', ok: false })
})

it('logs in with a certificate', async () => {
  const messages = await check({ login: 'certificate' }, { certificate: bench.cloud.certificate ?? '' })
  expect(messages.at(-1)).toMatchObject({ type: 'done', ok: true, machines: 9 })
})

it('logs in as the Azure CLI is logged in', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'azure-cli-'))
  const expires = Math.floor(Date.now() / 1000) + 3600
  const answer = JSON.stringify({ accessToken: bench.cloud.tokens.issue(), expires_on: expires, tokenType: 'Bearer' })
  await writeFile(join(folder, 'az'), `#!/bin/sh\necho '${answer}'\n`)
  await chmod(join(folder, 'az'), 0o755)
  const path = process.env['PATH']
  process.env['PATH'] = `${folder}:${path}`
  const messages = await check({ login: 'cli', tenantId: undefined, clientId: undefined }, {})
  process.env['PATH'] = path
  await rm(folder, { recursive: true })
  expect(messages.at(-1)).toMatchObject({ type: 'done', ok: true, machines: 9 })
})
