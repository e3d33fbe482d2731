import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { AppError } from '../../../shared/errors/index.ts'
import type { CloudMachineSpec, MachineAction } from '../../../shared/model/index.ts'
import { atEnd, look, perform, refusal, start, stranger } from './testing/bench.ts'

const DELETE = { action: 'delete', withSnapshots: true, withNvram: true, withTpm: true, withManagedSave: true } as const
const SPEC: CloudMachineSpec = {
  name: 'fresh',
  zone: 'europe-west1-b',
  type: 'e2-small',
  imageId: 'projects/debian-cloud/global/images/debian-12-bookworm-v20261110',
  subnetId: null,
  groupIds: ['http-server'],
  publicAddress: true,
  keyName: null,
  sshKey: null,
  user: null,
  tags: [],
}

describe('actions in Google Cloud', () => {
  it('does a request that comes again under its id once', async () => {
    const { api, cloud } = await start()
    const seen = await look(api, cloud.world.running.ref)
    const requestId = randomUUID()
    await api.begin({ action: 'powerOff' }, { seen, requestId }, {})
    await api.begin({ action: 'powerOff' }, { seen, requestId }, {})
    expect(cloud.world.operations.begun).toBe(1)
  })

  it('suspends, and a start brings back what was suspended', async () => {
    const { api, cloud } = await start()
    const { running } = cloud.world
    await perform(api, running.ref, { action: 'managedSave' })
    expect((await look(api, running.ref)).facts).toMatchObject({ state: 'saved', hasManagedSave: true, cloud: { billing: 'storage' } })
    await perform(api, running.ref, { action: 'start' })
    expect((await look(api, running.ref)).facts.state).toBe('running')
    expect(cloud.faults.count('compute.instances.resume')).toBe(1)
    expect(cloud.faults.count('compute.instances.start')).toBe(0)
  })

  it('skips the graceful shutdown for a power off only', async () => {
    const { api, cloud } = await start()
    const seen = await look(api, cloud.world.running.ref)
    await api.begin({ action: 'shutdown', method: 'auto', deadlineMs: 1_000 }, { seen, requestId: randomUUID() }, {})
    expect(cloud.queries.at(-1)?.get('noGracefulShutdown')).toBeNull()
    await api.begin({ action: 'powerOff' }, { seen, requestId: randomUUID() }, {})
    expect(cloud.queries.at(-1)?.get('noGracefulShutdown')).toBe('true')
  })

  it('takes an operation that is done with errors for a failure', async () => {
    const { api, cloud } = await start()
    const seen = await look(api, cloud.world.stopped.ref)
    cloud.world.operations.failures.set('start', { code: 'ZONE_RESOURCE_POOL_EXHAUSTED', message: 'Not enough resources.' })
    const operation = await api.begin({ action: 'start' }, { seen, requestId: randomUUID() }, {})
    let error: AppError | null = null
    await expect
      .poll(() =>
        operation.poll({}).then(
          () => false,
          (thrown: AppError) => {
            error = thrown
            return true
          },
        ),
      )
      .toBe(true)
    expect(error).toMatchObject({ kind: 'exhausted', code: 'cloud.no-capacity', remote: { code: 'ZONE_RESOURCE_POOL_EXHAUSTED' } })
  })

  it('follows no link of an operation, only its name', async () => {
    const { api, cloud } = await start()
    const foreign = await stranger()
    cloud.world.operations.linksTo = foreign.url
    await perform(api, cloud.world.stopped.ref, { action: 'start' })
    expect(cloud.world.stopped.body.status).toBe('RUNNING')
    expect(foreign.requests).toEqual([])
  })

  it('tells when the cloud never ends an operation', async () => {
    const { cloud, open } = await start()
    cloud.world.operations.stuck = true
    const link = await open()
    atEnd(() => link.close())
    const error = await refusal(link.act(cloud.world.stopped.ref, { action: 'start' }, { timeoutMs: 10_000 }))
    expect(error).toMatchObject({ kind: 'timeout', code: 'cloud.operation-never-ended' })
  })

  it('deletes with a machine the disks that are chosen, and no other', async () => {
    const { api, cloud } = await start()
    const { stopped } = cloud.world
    cloud.world.addDisk(stopped, 'data-goes', 20, false)
    cloud.world.addDisk(stopped, 'data-stays', 20, true)
    const plan = await api.deletionPlan(await look(api, stopped.ref), {})
    expect(plan.disks).toHaveLength(3)
    const keyOf = (name: string) => plan.disks.find(({ target }) => target === name)?.key ?? ''
    await perform(api, stopped.ref, { ...DELETE, diskKeys: [keyOf(stopped.body.name), keyOf('data-goes')] })
    expect(await api.machine(stopped.ref, {})).toBeNull()
    const left = [...(cloud.world.disks.get(stopped.project)?.keys() ?? [])].filter((key) => key.startsWith(`${stopped.zone}/data-`))
    expect(left).toEqual([`${stopped.zone}/data-stays`])
    expect(cloud.world.disks.get(stopped.project)?.has(`${stopped.zone}/${stopped.body.name}`)).toBe(false)
  })

  it('keeps every disk of a machine when none is chosen', async () => {
    const { api, cloud } = await start()
    const { stopped } = cloud.world
    await perform(api, stopped.ref, { ...DELETE, diskKeys: [] })
    expect(cloud.world.disks.get(stopped.project)?.get(`${stopped.zone}/${stopped.body.name}`)?.users).toEqual([])
  })

  it('refuses labels that Google Cloud does not take, before anything is sent', async () => {
    const { api, cloud } = await start()
    const seen = await look(api, cloud.world.running.ref)
    const many = Array.from({ length: 65 }, (_, index) => `label-${index}=x`)
    for (const tags of [['Env=prod'], ['env=Prod'], ['team=🚚'], ['1st=x'], [`k=${'x'.repeat(64)}`], many]) {
      const error = await refusal(api.begin({ action: 'setMetadata', tags }, { seen, requestId: randomUUID() }, {}))
      expect(error).toMatchObject({ kind: 'invalid-input', code: 'cloud.tag-refused' })
    }
    expect(cloud.faults.count('compute.instances.setLabels')).toBe(0)
  })

  it('grows, detaches and attaches disks; a snapshot and an image are recognised by their request', async () => {
    const { api, cloud } = await start()
    const { running } = cloud.world
    cloud.world.addDisk(running, 'data', 20, false)
    const disk = (await look(api, running.ref)).facts.cloud?.disks.find(({ name }) => name === 'data')
    const diskId = disk?.id ?? ''
    expect(disk).toMatchObject({ sizeBytes: 20 * 2 ** 30, boot: false })
    await perform(api, running.ref, { action: 'growDisk', diskId, sizeBytes: 30 * 2 ** 30 })
    expect((await look(api, running.ref)).facts.cloud?.disks.find(({ id }) => id === diskId)?.sizeBytes).toBe(30 * 2 ** 30)
    await perform(api, running.ref, { action: 'detachDisk', diskId })
    expect((await look(api, running.ref)).facts.cloud?.disks.some(({ id }) => id === diskId)).toBe(false)
    await perform(api, running.ref, { action: 'attachDisk', diskId })
    expect((await look(api, running.ref)).facts.cloud?.disks.some(({ id }) => id === diskId)).toBe(true)
    for (const action of [
      { action: 'snapshotDisk', diskId, name: 'before-upgrade' },
      { action: 'createImage', name: 'golden' },
    ] satisfies MachineAction[]) {
      expect(await api.outcome(action, running.ref, randomUUID(), {})).toBe('not-done')
      const requestId = await perform(api, running.ref, action)
      expect(await api.outcome(action, running.ref, requestId, {})).toBe('done')
      expect(await api.outcome(action, running.ref, randomUUID(), {})).toBe('not-done')
    }
    const snapshots = await api.resources(running.project, 'snapshot', '', {})
    expect(snapshots.map(({ name, tags }) => ({ name, tags }))).toEqual([{ name: 'before-upgrade', tags: [] }])
  })

  it('makes a machine once under its token, and finds it again', async () => {
    const { api, cloud } = await start()
    const project = cloud.world.running.project
    const token = randomUUID()
    const spec = { ...SPEC, tags: ['env=test'] }
    expect(await api.created(project, token, {})).toBeNull()
    const ref = await api.create(project, spec, token, {})
    expect(await api.created(project, token, {})).toBe(ref)
    expect((await look(api, ref)).facts).toMatchObject({ name: 'fresh', state: 'running', tags: ['env=test'] })
    await perform(api, ref, { action: 'setMetadata', tags: ['env=prod'] })
    expect((await look(api, ref)).facts.tags).toEqual(['env=prod'])
    expect(await api.created(project, token, {})).toBe(ref)
  })
})
