import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { cloneSourceSchema } from '../../../shared/model/index.ts'
import type { MachineDefinition } from '../provider.ts'
import { type BuildingSite, defined, definition, MIB, setUpSite, someMac } from './building-site.ts'
import { failure, type MakeFixture } from './fixture.ts'

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
