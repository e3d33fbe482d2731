import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { all, atEnd, look, perform, refusal, start } from './testing/bench.ts'

describe('machines of Google Cloud', () => {
  it('lists every machine of every zone, with what its type has', async () => {
    const { api, cloud } = await start({ machines: 300, projects: 1, pageLimit: 50 })
    const [project = ''] = cloud.world.projects
    const machines = await all(api, project)
    expect(new Set(machines.map(({ ref }) => ref))).toEqual(new Set(cloud.world.machines(project).map(({ ref }) => ref)))
    const plain = machines.find(({ ref }) => ref === cloud.world.running.ref)
    expect(plain?.facts).toMatchObject({ vcpus: 2, memoryKiB: 1_048_576, state: 'running', nativeState: 'RUNNING', hostRef: project })
    // of a type that no list has, nothing is made up
    const strange = machines.filter(({ facts }) => facts.cloud?.type === 'x9-mystery-96')
    expect(strange.length).toBeGreaterThan(0)
    expect(strange.every(({ facts }) => facts.vcpus === 0)).toBe(true)
    const labelled = machines.filter(({ facts }) => facts.tags.length === 50)
    expect(labelled.length).toBeGreaterThan(0)
    expect(labelled[0]?.facts.tags).toContain('etikett-0=wert-0-größe')
    // each type is asked for once, however many have it
    expect(cloud.faults.count('compute.machineTypes.get')).toBeLessThan(12)
  })

  it('takes no list for whole in which a zone is silent', async () => {
    const { api, cloud } = await start()
    cloud.world.unreachableZones.add('us-central1-a')
    const error = await refusal(all(api, cloud.world.running.project))
    expect(error).toMatchObject({ kind: 'unreachable', code: 'cloud.unreachable' })
  })

  it('tells another machine of the same name from the one that is gone', async () => {
    const { api, cloud } = await start()
    const { running } = cloud.world
    const seen = await look(api, running.ref)
    cloud.world.remove(running)
    const successor = cloud.world.addLike(running, running.body.name)
    expect(await api.machine(running.ref, {})).toBeNull()
    for (const action of ['powerOff', 'managedSave', 'reset'] as const) {
      const error = await refusal(api.begin({ action }, { seen, requestId: randomUUID() }, {}))
      expect(error).toMatchObject({ kind: 'not-found', code: 'machine.not-found' })
    }
    expect(successor.body.status).toBe('RUNNING')
    expect(cloud.world.operations.begun).toBe(0)
  })

  it('goes by names where a server knows no numbers, after a look', async () => {
    const { api, cloud } = await start()
    cloud.world.namesOnly = true
    const { running } = cloud.world
    await perform(api, running.ref, { action: 'powerOff' })
    expect(running.body.status).toBe('TERMINATED')
    await perform(api, running.ref, { action: 'start' })
    expect(running.body.status).toBe('RUNNING')
    const seen = await look(api, running.ref)
    cloud.world.remove(running)
    const successor = cloud.world.addLike(running, running.body.name)
    expect((await refusal(api.begin({ action: 'powerOff' }, { seen, requestId: randomUUID() }, {}))).kind).toBe('not-found')
    expect(successor.body.status).toBe('RUNNING')
  })

  it('gets along with a server that has machines and little else', async () => {
    const { api, cloud, open } = await start({ transitionMs: 0 })
    const missing = { do: 'error', status: 404, code: 'notFound', message: 'Not Found' } as const
    cloud.faults.add({ operation: /\.(?:networks|subnetworks|machineTypes|zoneOperations)\./, fault: missing })
    cloud.world.namesOnly = true
    const link = await open()
    atEnd(() => link.close())
    const { running } = cloud.world
    expect(await api.networks(running.project, {})).toEqual([])
    expect((await all(api, running.project)).length).toBe(cloud.world.machines(running.project).length)
    await link.act(running.ref, { action: 'powerOff' }, { timeoutMs: 10_000 })
    expect(running.body.status).toBe('TERMINATED')
  })

  it('reads REPAIRING as starting, with a word about it', async () => {
    const { api, cloud } = await start()
    cloud.world.change(cloud.world.running, { status: 'REPAIRING' })
    const { facts } = await look(api, cloud.world.running.ref)
    expect(facts.state).toBe('starting')
    expect(facts.attention?.code).toBe('gcp.repairing')
  })

  it('keeps start-up scripts out of rows and details', async () => {
    const { api, cloud } = await start()
    const secret = 'correct horse battery staple'
    cloud.world.change(cloud.world.running, { metadata: { items: [{ key: 'startup-script', value: `export DB_PASSWORD='${secret}'` }] } })
    const seen = await look(api, cloud.world.running.ref)
    const detail = await api.detail(seen, {})
    expect(detail.xml).toContain('startup-script')
    expect(JSON.stringify([seen, detail])).not.toContain(secret)
  })
})

describe('figures and the rest', () => {
  it('reads the latest figures of the machines that are asked about', async () => {
    const { api, cloud } = await start()
    const { running, stopped } = cloud.world
    const samples = await api.metrics([running.ref, stopped.ref], null, {})
    expect(samples.map(({ ref }) => ref)).toEqual([running.ref])
    const metrics = samples[0]?.metrics
    expect(metrics?.cpuPercent).toBeGreaterThan(0)
    expect(metrics?.cpuPercent).toBeLessThanOrEqual(100)
    expect(metrics?.netRxBytesPerS).toBeGreaterThan(0)
    expect(Date.now() - (metrics?.atMs ?? 0)).toBeLessThan(300_000)
  })

  it('reads every minute since a time, each at its own, the same in every answer', async () => {
    const { api, cloud } = await start()
    const { running, stopped } = cloud.world
    const sinceMs = Date.now() - 15 * 60_000
    const samples = await api.metrics([running.ref, stopped.ref], sinceMs, {})
    expect(new Set(samples.map(({ ref }) => ref))).toEqual(new Set([running.ref]))
    const times = samples.map(({ metrics }) => metrics.atMs)
    // two minutes late, as at Google
    expect(times.length).toBeGreaterThanOrEqual(12)
    expect(times.length).toBeLessThanOrEqual(14)
    expect(times[0]).toBeGreaterThanOrEqual(sinceMs)
    for (const [index, atMs] of times.entries()) expect(atMs).toBe((times[0] ?? 0) + index * 60_000)
    expect((times[0] ?? 1) % 60_000).toBe(0)
    expect(samples.every(({ metrics }) => (metrics.cpuPercent ?? 0) > 0 && (metrics.diskReadBytesPerS ?? 0) > 0)).toBe(true)
    const [newest] = await api.metrics([running.ref], null, {})
    expect(newest?.metrics.atMs).toBeGreaterThanOrEqual(times.at(-1) ?? Number.POSITIVE_INFINITY)
    expect(await api.metrics([running.ref], Date.now(), {})).toEqual([])
  })

  it('knows networks, images of the makers, disks and who uses them', async () => {
    const { api, cloud } = await start({ projects: 1 })
    const { project, ref, body } = cloud.world.running
    await all(api, project)
    expect((await api.networks(project, {})).map(({ facts }) => ({ name: facts.name, cidrs: facts.cidrs }))).toEqual([
      { name: 'default', cidrs: ['10.132.0.0/20'] },
    ])
    const images = await api.resources(project, 'image', 'debian', {})
    expect(images.map(({ id }) => id)).toContain('projects/debian-cloud/global/images/debian-12-bookworm-v20261110')
    const disks = await api.resources(project, 'disk', '', {})
    expect(disks.find(({ name }) => name === body.name)?.usedBy).toEqual([ref])
    expect((await api.resources(project, 'firewall', '', {}))[0]?.properties).toContainEqual({ key: 'allow', value: 'tcp:22' })
    expect(await api.resources(project, 'key', '', {})).toEqual([])
    cloud.world.downZones.add('us-central1-a')
    const zones = (await api.resources(project, 'zone', '', {})).map(({ id, region, state }) => ({ id, region, state }))
    expect(zones).toContainEqual({ id: 'europe-west3-a', region: 'europe-west3', state: null })
    expect(zones.filter(({ state }) => state !== null)).toEqual([{ id: 'us-central1-a', region: 'us-central1', state: 'DOWN' }])
    expect(await api.serialOutput(ref, {})).toContain('login:')
    expect((await api.screenshot(ref, {})).base64.length).toBeGreaterThan(20)
    expect((await refusal(api.runCommand())).kind).toBe('unsupported')
  })

  it('reads with the list what a machine is bought as', async () => {
    const { api, cloud } = await start({ projects: 1 })
    const { running } = cloud.world
    const consumedReservation = `projects/${running.project}/zones/${running.zone}/reservations/nightly`
    cloud.world.change(running, { resourceStatus: { reservationConsumptionInfo: { consumedReservation } } })
    const machines = await all(api, running.project)
    expect(machines.filter(({ facts }) => facts.cloud?.purchase === 'reserved').map(({ ref }) => ref)).toEqual([running.ref])
  })

  it('says which types a machine cannot have', async () => {
    const { api, cloud } = await start()
    const types = await api.machineTypes(cloud.world.running.project, cloud.world.running.ref, {})
    const reasonOf = (name: string) => types.find((type) => type.name === name)?.reason
    expect(reasonOf('e2-micro')).toMatch(/already/)
    expect(reasonOf('t2a-standard-4')).toMatch(/x86_64/)
    expect(reasonOf('n2-standard-4')).toBeNull()
  })
})
