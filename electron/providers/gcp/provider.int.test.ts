import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { CheckMessage } from '../../../shared/model/index.ts'
import type { Secrets } from '../provider.ts'
import { openGcp } from './account.ts'
import type { GcpConfig } from './config.ts'
import { gcpProvider } from './index.ts'
import { readIdentity } from './login.ts'
import { configFor, PORTS, secretsFor } from './testing/account.ts'
import { atEnd, refusal, start } from './testing/bench.ts'

async function checked(config: GcpConfig, secrets: Secrets): Promise<readonly CheckMessage[]> {
  const messages: CheckMessage[] = []
  for await (const message of gcpProvider.check(config, secrets, PORTS, {})) messages.push(message)
  return messages
}

const stepsOf = (messages: readonly CheckMessage[]) =>
  messages.flatMap((message) =>
    message.type === 'step' && message.step.state !== 'pending' && message.step.state !== 'running' ? message.step : [],
  )

describe('the check of an account', () => {
  it('tells who logged in, what can be picked, every permission and how many machines there are', async () => {
    const { cloud } = await start({ machines: 30 })
    const messages = await checked(configFor(cloud, { projects: [] }), secretsFor(cloud))
    expect(stepsOf(messages).map(({ id, state }) => [id, state])).toEqual([
      ['reach', 'ok'],
      ['login', 'ok'],
      ['places', 'ok'],
      ['permission', 'ok'],
    ])
    expect(stepsOf(messages).find(({ id }) => id === 'login')?.detail).toBe(cloud.key.client_email)
    const choices = messages.find((message) => message.type === 'choices')
    expect(choices?.choices).toMatchObject({ field: 'projects', choices: cloud.world.projects.toSorted().map((value) => ({ value })) })
    expect(messages.filter(({ type }) => type === 'permission').length).toBeGreaterThan(30)
    expect(messages.at(-1)).toMatchObject({ type: 'done', ok: true, machines: cloud.world.machines(cloud.key.project_id).length })
  })

  it('goes on without the list of projects, and names what is missing', async () => {
    const { cloud } = await start()
    cloud.faults.add({ operation: 'cloudresourcemanager.projects.search', fault: { do: 'deny' } })
    cloud.world.denied.add('compute.instances.delete')
    const messages = await checked(configFor(cloud), secretsFor(cloud))
    expect(messages.some(({ type }) => type === 'choices')).toBe(false)
    const missing = messages.flatMap((message) =>
      message.type === 'permission' && message.permission.state === 'missing' ? message.permission : [],
    )
    expect(missing.map(({ name, scope }) => [name, scope])).toEqual(
      cloud.world.projects.map((project) => ['compute.instances.delete', project]),
    )
    expect(messages.at(-1)).toMatchObject({ type: 'done', ok: true })
  })

  it('fails at the login for a key that is no key, and for one that was withdrawn', async () => {
    const { cloud } = await start()
    for (const [secrets, code] of [
      [{ key: 'no key' }, 'gcp.key-not-usable'],
      [{}, 'gcp.key-not-usable'],
    ] satisfies [Secrets, string][]) {
      const messages = await checked(configFor(cloud), secrets)
      expect(stepsOf(messages).at(-1)).toMatchObject({ id: 'login', state: 'failed', error: { code } })
      expect(messages.at(-1)).toMatchObject({ type: 'done', ok: false })
    }
    cloud.tokens.revokeAll()
    const messages = await checked(configFor(cloud), secretsFor(cloud))
    expect(stepsOf(messages).at(-1)).toMatchObject({ id: 'login', state: 'failed', error: { code: 'cloud.credentials-refused' } })
  })

  it('fails at the reach where nobody answers', async () => {
    const { cloud } = await start()
    const config = configFor(cloud)
    cloud.cut()
    const messages = await checked(config, secretsFor(cloud))
    expect(stepsOf(messages).at(-1)).toMatchObject({ id: 'reach', state: 'failed', error: { kind: 'unreachable' } })
  })
})

describe('a login of one’s own', () => {
  async function fileWith(content: object): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'nc-gcp-'))
    atEnd(() => rm(folder, { recursive: true, force: true }))
    const file = join(folder, 'application_default_credentials.json')
    await writeFile(file, JSON.stringify(content))
    return file
  }

  it('is read from the file that gcloud left, and finds its projects', async () => {
    const { cloud } = await start()
    const credentialsFile = await fileWith(cloud.tokens.userCredentials())
    const config = configFor(cloud, { login: 'adc', credentialsFile, projects: [] })
    const { api } = await openGcp(config, {}, PORTS)
    atEnd(() => api.close())
    expect((await api.places({})).map(({ ref }) => ref)).toEqual(cloud.world.projects.toSorted())
  })

  it('is looked for where Google’s libraries look for it', async () => {
    const { cloud } = await start()
    const file = await fileWith({ ...cloud.tokens.userCredentials(), quota_project_id: 'acme-billing' })
    const config = configFor(cloud, { login: 'adc' })
    expect(await readIdentity(config, {}, PORTS, { GOOGLE_APPLICATION_CREDENTIALS: file })).toMatchObject({ quotaProject: 'acme-billing' })
    const error = await refusal(readIdentity(config, {}, PORTS, {}))
    expect(error).toMatchObject({ kind: 'unauthenticated', code: 'gcp.no-credentials' })
    expect(error.details['file']).toBe('/nowhere/.config/gcloud/application_default_credentials.json')
  })

  it('says when credentials name no project and none is found', async () => {
    const { cloud } = await start({ projects: 1 })
    cloud.faults.add({ operation: 'cloudresourcemanager.projects.search', fault: { do: 'deny' } })
    const credentialsFile = await fileWith(cloud.tokens.userCredentials())
    const { api } = await openGcp(configFor(cloud, { login: 'adc', credentialsFile, projects: [] }), {}, PORTS)
    atEnd(() => api.close())
    expect(await refusal(api.places({}))).toMatchObject({ kind: 'forbidden' })
  })
})

describe('the policies to copy', () => {
  it('are roles, the smaller within the larger', async () => {
    const [viewer, operator] = (await gcpProvider.policies?.(gcpProvider.configSchema.parse({ projects: 'acme-prod-1' }))) ?? []
    const namesIn = (text = '') => [...text.matchAll(/^ {2}- (\S+)$/gm)].map(([, name]) => name)
    expect(viewer?.text).toContain('gcloud iam roles create novacronViewer --project acme-prod-1')
    expect(namesIn(viewer?.text)).toContain('compute.instances.list')
    expect(namesIn(viewer?.text)).not.toContain('compute.instances.delete')
    expect(namesIn(operator?.text)).toEqual(expect.arrayContaining(namesIn(viewer?.text)))
    expect(namesIn(operator?.text)).toContain('compute.instances.delete')
  })
})
