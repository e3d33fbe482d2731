import { randomUUID } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { AppError } from '../../../shared/errors/index.ts'
import { openGcp } from './account.ts'
import { configFor, PORTS, secretsFor } from './testing/account.ts'
import { all, look, refusal, start, stranger } from './testing/bench.ts'

describe('what goes wrong in Google Cloud', () => {
  it('tells a rate from a missing permission, which have the same status', async () => {
    const { api, cloud } = await start()
    const { project } = cloud.world.running
    cloud.faults.add({ operation: 'compute.instances.aggregatedList', fault: { do: 'throttle', retryAfterS: 7 }, times: 1 })
    expect(await refusal(all(api, project))).toMatchObject({ kind: 'rate-limited', retryAfterMs: 7_000 })
    const { api: other, cloud: another } = await start()
    another.world.denied.add('compute.instances.list')
    const error = await refusal(all(other, project))
    expect(error).toMatchObject({ kind: 'forbidden', code: 'cloud.permission-missing', details: { permission: 'compute.instances.list' } })
    expect(error.remote).toMatchObject({ httpStatus: 403, code: 'forbidden' })
  })

  it('says which API is switched off, and how to switch it on', async () => {
    const { api, cloud } = await start()
    const [here = '', other = ''] = cloud.world.projects
    cloud.world.apiOff.add(other)
    expect(await refusal(all(api, other))).toMatchObject({ kind: 'forbidden', code: 'gcp.api-off', details: { project: other } })
    expect((await all(api, here)).length).toBeGreaterThan(0)
  })

  it('gets a new token when one ends early, once', async () => {
    const { api, cloud } = await start()
    await api.places({})
    cloud.tokens.expireAll()
    expect((await all(api, cloud.world.running.project)).length).toBeGreaterThan(0)
    expect(cloud.faults.count('oauth2.token')).toBe(2)
    cloud.faults.add({ operation: 'compute.instances.aggregatedList', fault: { do: 'revoke' } })
    expect(await refusal(all(api, cloud.world.running.project))).toMatchObject({
      kind: 'unauthenticated',
      code: 'cloud.credentials-refused',
    })
    expect(cloud.faults.count('oauth2.token')).toBe(3)
  })

  it('asks for one token, however many calls wait for it', async () => {
    const { api, cloud } = await start()
    await Promise.all(cloud.world.projects.map((project) => all(api, project)))
    expect(cloud.faults.count('oauth2.token')).toBe(1)
  })

  it('blames the clock when the clock is off, and the key when it is not', async () => {
    const { cloud } = await start()
    const clock = { ...PORTS.clock, nowMs: () => Date.now() - 3_600_000 * 24 }
    const { api } = await openGcp(configFor(cloud), secretsFor(cloud), { ...PORTS, clock })
    expect(await refusal(api.places({}))).toMatchObject({ kind: 'unauthenticated', code: 'cloud.clock-skew' })
    cloud.tokens.revokeAll()
    const { api: second } = await openGcp(configFor(cloud), secretsFor(cloud), PORTS)
    expect(await refusal(second.places({}))).toMatchObject({ kind: 'unauthenticated', code: 'cloud.credentials-refused' })
  })

  it('sends the assertion where the configuration says, not where the key file says', async () => {
    const { cloud } = await start()
    const foreign = await stranger()
    const key = JSON.stringify({ ...cloud.key, token_uri: `${foreign.url}token` })
    const { api } = await openGcp(configFor(cloud), { key }, PORTS)
    expect((await api.places({})).map(({ ref }) => ref)).toEqual(cloud.world.projects)
    expect(foreign.requests).toEqual([])
  })

  it('follows no redirect, with its token or without', async () => {
    const foreign = await stranger()
    const { api, cloud } = await start()
    cloud.redirectTo(foreign.url)
    expect((await refusal(all(api, cloud.world.running.project))).kind).toBe('unreachable')
    expect(foreign.requests).toEqual([])
  })

  it('says nothing of a key that cannot be read but that', async () => {
    const { cloud } = await start()
    const secret = 'correct horse battery staple'
    for (const key of [
      secret,
      '{"type":"service_account"}',
      JSON.stringify({ ...cloud.key, private_key: secret }),
      '{"type":"external_account"}',
    ]) {
      const error = await refusal(openGcp(configFor(cloud), { key }, PORTS))
      expect(error).toMatchObject({ kind: 'invalid-input', code: 'gcp.key-not-usable' })
      expect(JSON.stringify([error.message, error.details, error.remote, String(error.cause)])).not.toContain(secret)
    }
  })

  it('shows machines to who may not see networks', async () => {
    const { api, cloud } = await start()
    cloud.world.denied.add('compute.networks.list')
    expect(await api.networks(cloud.world.running.project, {})).toEqual([])
    expect((await all(api, cloud.world.running.project)).length).toBeGreaterThan(0)
  })

  it('leaves open what became of a change whose answer broke off', async () => {
    const { api, cloud } = await start()
    const { running } = cloud.world
    const seen = await look(api, running.ref)
    cloud.faults.add({ operation: 'compute.instances.stop', fault: { do: 'half-reply' }, times: 1 })
    const error = await refusal(api.begin({ action: 'powerOff' }, { seen, requestId: randomUUID() }, {}))
    expect(error).toMatchObject({ kind: 'indeterminate', code: 'cloud.reply-lost' })
    await expect.poll(() => running.body.status, { interval: 10 }).toBe('TERMINATED')
  })

  it('keeps tokens and keys out of every error', async () => {
    const { api, cloud } = await start()
    const inside = (error: AppError) => inspect(error, { depth: 12, showHidden: true })
    cloud.faults.add({ operation: 'compute.instances.aggregatedList', fault: { do: 'deny' } })
    const denied = inside(await refusal(all(api, cloud.world.running.project)))
    expect(denied).toContain('compute.instances.list')
    expect(denied).not.toMatch(/ya29|Bearer/)
    cloud.tokens.revokeAll()
    const { api: second } = await openGcp(configFor(cloud), secretsFor(cloud), PORTS)
    const refused = inside(await refusal(second.places({})))
    expect(refused).toContain('invalid_grant')
    expect(refused).not.toMatch(/assertion|PRIVATE KEY|eyJ/)
  })

  it('lists projects, and lets the key name its own', async () => {
    const { cloud } = await start({}, {})
    const { api } = await openGcp(configFor(cloud, { projects: [] }), secretsFor(cloud), PORTS)
    expect((await api.places({})).map(({ ref }) => ref)).toEqual([cloud.key.project_id])
  })

  it('tells what it lacks, and what it could not find out', async () => {
    const { api, cloud } = await start({ projects: 1 })
    cloud.world.denied.add('compute.instances.delete')
    const permissions = await api.permissions({})
    expect(permissions.filter(({ state }) => state === 'missing').map(({ name }) => name)).toEqual(['compute.instances.delete'])
    cloud.faults.add({ operation: /testIamPermissions/, fault: { do: 'deny' } })
    expect((await api.permissions({})).every(({ state }) => state === 'unknown')).toBe(true)
  })
})
