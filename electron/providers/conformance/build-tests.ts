import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  buildFindingSchema,
  buildOptionsSchema,
  cloneSourceSchema,
  type MachineSpec,
  machineSpecSchema,
  type OsEntry,
  osEntrySchema,
} from '../../../shared/model/index.ts'
import type { MachineDefinition } from '../provider.ts'
import { type BuildingSite, setUpSite } from './building-site.ts'
import { failure, type MakeFixture } from './fixture.ts'

const MIB = 1_048_576
const LINUX: OsEntry = osEntrySchema.parse({
  id: 'linux',
  name: 'Linux',
  kind: 'linux',
  family: 'linux',
  libosinfo: null,
  released: null,
  endOfLife: null,
  minimum: { vcpus: 1, memoryMiB: 64, diskGiB: 1 },
  recommended: { vcpus: 1, memoryMiB: 64, diskGiB: 1 },
  firmware: 'bios',
  tpm: false,
  diskBus: 'virtio',
  nicModel: 'virtio',
  video: 'virtio',
  localTime: false,
  cloudImages: [],
  isoPage: null,
})

type NewDefinition = Extract<MachineDefinition, { kind: 'new' }>

/** Of the 16,777,216 addresses under QEMU's prefix. */
function someMac(): string {
  const tail = randomUUID().slice(0, 6)
  return `52:54:00:${tail.slice(0, 2)}:${tail.slice(2, 4)}:${tail.slice(4)}`
}

/** A small machine with an empty disk, which is there already. */
async function definition(site: BuildingSite, change: Partial<MachineSpec> = {}): Promise<NewDefinition> {
  const { builder, fresh, ground, hostRef, place, volumes } = site
  const name = fresh('machine')
  const disk = place(`${name}.qcow2`)
  await volumes.create(hostRef, disk, { kind: 'empty', format: 'qcow2', capacityBytes: 8 * MIB }, {})
  const { defaults } = await builder.options(hostRef, {})
  const spec = machineSpecSchema.parse({
    ...defaults,
    os: LINUX.id,
    cpu: { ...defaults.cpu, vcpus: 2, topology: null },
    memoryMiB: 48,
    disks: [{ source: { kind: 'new', pool: ground.pool, sizeBytes: 8 * MIB, format: 'qcow2' } }],
    nics: [{ source: { kind: 'network', network: ground.network } }],
    tags: ['built', 'a "b" & <c>'],
    description: 'Made by the suite: <&> 🚚',
    ...change,
  })
  return { kind: 'new', uuid: randomUUID(), name, macs: [someMac()], seed: null, os: LINUX, disks: [disk], spec }
}

async function defined(site: BuildingSite, change: Partial<MachineSpec> = {}): Promise<NewDefinition> {
  const made = await definition(site, change)
  await site.builder.define(site.hostRef, made, {})
  await site.bench.until('the new machine is told', () => site.bench.seen.known.machine.has(made.uuid))
  return made
}

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

/** Copies the machine's own disks and defines the copy. */
async function copied(
  site: BuildingSite,
  sourceRef: string,
  rest: Pick<Extract<MachineDefinition, { kind: 'copy' }>, 'changes' | 'template'>,
): Promise<{ readonly uuid: string; readonly name: string }> {
  const { bench, builder, fresh, hostRef, place, volumes } = site
  const name = fresh('copy')
  const uuid = randomUUID()
  const source = await builder.source(sourceRef, {})
  const disks: Record<string, ReturnType<BuildingSite['place']> & { format: string }> = {}
  for (const { copied: isCopied, place: from, target } of source.disks) {
    if (!isCopied || !from) continue
    disks[target] = { ...place(`${name}-${target}`), format: 'qcow2' }
    await volumes.create(hostRef, place(`${name}-${target}`), { kind: 'copy', format: 'qcow2', from, capacityBytes: null }, {})
  }
  const macs = source.nics.map(someMac)
  await builder.define(hostRef, { kind: 'copy', uuid, name, macs, seed: null, sourceRef, mode: 'full', disks, ...rest }, {})
  await bench.until('the copy is told', () => bench.seen.known.machine.has(uuid))
  return { uuid, name }
}

export function copyTests(makeFixture: MakeFixture): void {
  test('what a machine is to its clones has the form that was agreed', async () => {
    const site = await setUpSite(makeFixture)
    const made = await defined(site)
    const source = await site.builder.source(made.uuid, {})
    expect(cloneSourceSchema.omit({ machineId: true }).safeParse(source).error?.issues).toBeUndefined()
    expect(source).toMatchObject({
      name: made.name,
      vcpus: 2,
      memoryMiB: 48,
      template: null,
      disks: [{ place: made.disks[0], capacityBytes: 8 * MIB, copied: true, linkReason: null }],
      nics: [{ source: { kind: 'network', network: site.ground.network } }],
    })
    await failure(site.builder.source('00000000-1111-4222-8333-444444444444', {}), 'not-found')
  })

  test('a copy is as its original but for what was changed, and uses disks of its own', async () => {
    const site = await setUpSite(makeFixture)
    const { bench } = site
    const original = await defined(site)
    const { uuid, name } = await copied(site, original.uuid, { changes: { vcpus: 1, memoryMiB: 64, tags: ['copy'] }, template: null })
    await bench.until('its tags are told', () => bench.seen.machine(uuid)?.tags.join() === 'copy')
    expect(bench.seen.machine(uuid)).toMatchObject({ name, state: 'stopped', vcpus: 1, memoryKiB: 65_536, template: null })
    expect(bench.seen.machine(uuid)?.description).toBe(original.spec.description)
    expect(bench.seen.machine(original.uuid)).toMatchObject({ name: original.name, vcpus: 2, tags: original.spec.tags })
    const { xml } = await bench.connection.detail(uuid, {})
    expect(xml).toContain(`${name}-`)
    for (const theirs of [original.uuid, original.macs[0], `${original.name}.qcow2`]) expect(xml).not.toContain(theirs)
    await bench.act(uuid, { action: 'start' })
    await bench.reaches(uuid, 'running')
  })

  test('a copy can be a template, and a copy of that is none', async () => {
    const site = await setUpSite(makeFixture)
    const { bench, builder } = site
    const original = await defined(site)
    const template = { family: 'conf <"&">', version: 3, changeable: ['vcpus', 'cloudInit'] } as const
    const made = await copied(site, original.uuid, { changes: {}, template: { ...template, changeable: [...template.changeable] } })
    await bench.until('the template is told', () => bench.seen.machine(made.uuid)?.template !== null)
    expect(bench.seen.machine(made.uuid)?.template).toEqual(template)
    expect((await builder.source(made.uuid, {})).template).toEqual(template)
    const plain = await copied(site, made.uuid, { changes: {}, template: null })
    expect((await builder.source(plain.uuid, {})).template).toBeNull()
    expect(bench.seen.machine(plain.uuid)?.template).toBeNull()
  })

  test('two links define one machine of a name between them', async () => {
    const site = await setUpSite(makeFixture)
    const { bench, builder, hostRef } = site
    const other = await bench.open()
    const [first, second] = [await definition(site), await definition(site)]
    const outcomes = await Promise.allSettled([
      builder.define(hostRef, first, {}),
      other.builder?.define(hostRef, { ...second, name: first.name }, {}) ?? Promise.resolve(),
    ])
    await other.close()
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBe(1)
    const isThere = await Promise.all([first, second].map(({ uuid }) => builder.isDefined(hostRef, uuid, {})))
    expect(isThere.filter(Boolean).length).toBe(1)
  })
}
