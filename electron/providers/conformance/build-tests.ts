import { expect, test } from 'vitest'
import { buildFindingSchema, buildOptionsSchema, type MachineSpec, machineSpecSchema } from '../../../shared/model/index.ts'
import { defined, definition, MIB, setUpSite } from './building-site.ts'
import { failure, type MakeFixture } from './fixture.ts'

export function buildTests(makeFixture: MakeFixture): void {
  test('what a host can build has the form that was agreed, and its defaults are among it', async () => {
    const { builder, ground, hostRef } = await setUpSite(makeFixture)
    const options = await builder.options(hostRef, {})
    const form = buildOptionsSchema.omit({ hostId: true, hostName: true, pools: true })
    expect(form.safeParse(options).error?.issues).toBeUndefined()
    expect(options.networks.find(({ name }) => name === ground.network)).toMatchObject({ active: true })
    const { defaults } = options
    expect(options.firmwares.find(({ id }) => id === defaults.firmware)?.reason).toBeNull()
    expect(options.cpuModes.find(({ id }) => id === defaults.cpu.mode)?.reason).toBeNull()
    expect([null, ...options.machineTypes]).toContain(defaults.machineType)
  })

  test('a machine that is defined is told with its figures, starts and goes', async () => {
    const site = await setUpSite(makeFixture)
    const { bench, builder, hostRef, volumes } = site
    const made = await defined(site)
    const { uuid, name, spec } = made
    await bench.until('its tags are told', () => bench.seen.machine(uuid)?.tags.length === 2)
    expect(bench.seen.machine(uuid)).toMatchObject({
      name,
      hostRef,
      state: 'stopped',
      vcpus: 2,
      memoryKiB: 48 * 1_024,
      tags: spec.tags,
      description: spec.description,
      persistent: true,
      template: null,
    })
    expect(await builder.isDefined(hostRef, uuid, {})).toBe(true)
    expect((await bench.connection.detail(uuid, {})).xml).toContain(made.macs[0])
    expect(await volumes.find(hostRef, site.place(`${name}.qcow2`), {})).toMatchObject({ usedBy: [name] })
    await bench.act(uuid, { action: 'start' })
    await bench.reaches(uuid, 'running')
    await bench.act(uuid, { action: 'powerOff' })
    await bench.reaches(uuid, 'stopped')
    const { disks } = await bench.connection.deletionPlan(uuid, {})
    const rest = { withSnapshots: false, withNvram: true, withTpm: true, withManagedSave: false }
    await bench.act(uuid, { action: 'delete', diskKeys: disks.map(({ key }) => key), ...rest })
    await bench.until('it is gone', () => !bench.seen.known.machine.has(uuid))
    expect(await builder.isDefined(hostRef, uuid, {})).toBe(false)
    expect(await volumes.find(hostRef, site.place(`${name}.qcow2`), {})).toBeNull()
  })

  test('a name and a UUID are given once, and who has them stays as it is', async () => {
    const site = await setUpSite(makeFixture)
    const { bench, builder, hostRef } = site
    const first = await defined(site)
    const second = await definition(site)
    await failure(builder.define(hostRef, { ...second, name: first.name }, {}), 'conflict', 'build.name-taken')
    expect(await builder.isDefined(hostRef, second.uuid, {})).toBe(false)
    await failure(builder.define(hostRef, { ...second, uuid: first.uuid }, {}), 'conflict', 'build.uuid-taken')
    const { xml } = await bench.connection.detail(first.uuid, {})
    expect(xml).toContain(first.name)
    expect(xml).not.toContain(second.name)
  })

  test('a machine whose disk is not there is not defined', async () => {
    const site = await setUpSite(makeFixture)
    const { builder, hostRef, place, fresh } = site
    const wanting = { ...(await definition(site)), disks: [place(fresh('absent'))] }
    await failure(builder.define(hostRef, wanting, {}), ['precondition', 'not-found'], 'build.volume-missing')
    expect(await builder.isDefined(hostRef, wanting.uuid, {})).toBe(false)
  })

  test('a preview says it all and makes nothing', async () => {
    const site = await setUpSite(makeFixture)
    const { builder, fresh, hostRef, place } = site
    const asked = { ...(await definition(site)), disks: [place(fresh('not-yet'))] }
    const { xml, baseXml, complaint } = await builder.preview(hostRef, asked, {})
    for (const said of [asked.name, asked.uuid, asked.macs[0], asked.disks[0]?.volume]) expect(xml).toContain(said)
    expect(baseXml).toContain('<domain')
    expect(baseXml).not.toBe(xml)
    expect(complaint).toBeNull()
    expect(await builder.isDefined(hostRef, asked.uuid, {})).toBe(false)
  })

  test('nothing is found against a sound machine', async () => {
    const site = await setUpSite(makeFixture)
    const { builder, fresh, hostRef, place } = site
    const asked = { ...(await definition(site)), disks: [place(fresh('not-yet'))] }
    const blocking = (await builder.check(hostRef, asked, 1, {})).filter(({ severity }) => severity === 'blocks')
    expect(blocking).toEqual([])
  })

  test.each<readonly [string, Partial<MachineSpec>]>([
    ['spec.disks.0.source.pool', { disks: machineDisks({ kind: 'new', pool: 'no-such-pool', sizeBytes: 8 * MIB, format: 'qcow2' }) }],
    ['spec.nics.0.source.network', { nics: machineNics({ kind: 'network', network: 'no-such-network' }) }],
    ['spec.nics.0.source.device', { nics: machineNics({ kind: 'macvtap', device: 'nosuch0', mode: 'bridge' }) }],
    ['spec.memoryMiB', { memoryMiB: 64 * 1_048_576 }],
    ['spec.media.0', { media: [{ pool: 'no-such-pool', volume: 'no.iso' }] }],
  ])('what stands in the way is found at %s', async (field, change) => {
    const site = await setUpSite(makeFixture)
    const { builder, fresh, hostRef, place } = site
    const asked = { ...(await definition(site, change)), disks: [place(fresh('not-yet'))] }
    const findings = await builder.check(hostRef, asked, 1, {})
    for (const each of findings) expect(buildFindingSchema.safeParse(each).error?.issues).toBeUndefined()
    const found = findings.filter((each) => each.severity === 'blocks')
    expect(found.length).toBeGreaterThan(0)
    for (const each of found) expect(each.field === field || each.field?.startsWith(`${field}.`)).toBe(true)
  })

  test('a disk smaller than its image is mended by its size', async () => {
    const site = await setUpSite(makeFixture)
    const { builder, fresh, hostRef, place, ground } = site
    const base = await definition(site)
    const image = base.disks[0] ?? place('')
    const source = { kind: 'image', pool: ground.pool, base: image, mode: 'copy', sizeBytes: 4 * MIB, format: 'qcow2' } as const
    const asked = { ...(await definition(site, { disks: machineDisks(source) })), disks: [place(fresh('not-yet'))] }
    const blocking = (await builder.check(hostRef, asked, 1, {})).filter(({ severity }) => severity === 'blocks')
    expect(blocking).toMatchObject([
      { field: 'spec.disks.0.source.sizeBytes', mend: { field: 'spec.disks.0.source.sizeBytes', value: 8 * MIB } },
    ])
  })

  test('a host has a processor in common with itself', async () => {
    const { builder, hostRef } = await setUpSite(makeFixture)
    const cpu = await builder.hostCpu(hostRef, {})
    const { model, features } = await builder.commonCpu(hostRef, [cpu, cpu], {})
    expect(machineSpecSchema.shape.cpu.safeParse({ vcpus: 1, mode: 'custom', model, features }).error?.issues).toBeUndefined()
  })
}

type DiskSource = MachineSpec['disks'][number]['source']
type NicSource = MachineSpec['nics'][number]['source']

function machineDisks(source: DiskSource): MachineSpec['disks'] {
  return [{ source, bus: 'virtio', cache: 'default', discard: true, ioThread: false }]
}

function machineNics(source: NicSource): MachineSpec['nics'] {
  return [{ source, vlan: null, model: 'virtio', mac: null }]
}

export function lostDefinitionTests(makeFixture: MakeFixture): void {
  test('a definition whose answer is lost is indeterminate, and another link knows that it is there', async () => {
    const site = await setUpSite(makeFixture)
    const { bench, builder, hostRef } = site
    const made = await definition(site)
    await bench.loseNextReply?.()
    await failure(builder.define(hostRef, made, {}), 'indeterminate')
    const other = await bench.open()
    expect(await other.builder?.isDefined(hostRef, made.uuid, {})).toBe(true)
    await failure(other.builder?.define(hostRef, made, {}) ?? Promise.resolve(), 'conflict', 'build.uuid-taken')
    await other.close()
  })
}
