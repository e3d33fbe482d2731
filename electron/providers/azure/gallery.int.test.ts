import { afterEach, beforeEach, expect, it } from 'vitest'
import type { AzureWorld } from '../../../e2e/lab/clouds/azure/world.ts'
import type { CloudMachineSpec } from '../../../shared/model/index.ts'
import type { CloudLink } from '../cloud/index.ts'
import { failure } from '../conformance/fixture.ts'
import { Recorder } from '../conformance/index.ts'
import { REQUEST_TAG } from './gallery.ts'
import { type AzureBench, startBench } from './testing/azure-bench.ts'

const MAKE = { action: 'createImage', name: 'golden' } as const

let bench: AzureBench
let world: AzureWorld
let link: CloudLink

beforeEach(async () => {
  bench = await startBench({ machines: 6 })
  ;({ world } = bench.cloud)
  link = await bench.link()
  await link.watch(new Recorder(), {})
})
afterEach(async () => {
  await link.close()
  await bench.stop()
})

function place(): string {
  return world.subscriptions[0] as string
}

async function images() {
  return (await link.cloud.resources(place(), 'image', 'golden', {})).map(({ id, state, properties }) => ({ id, state, properties }))
}

it('an image is made of a machine that runs on, with gallery and definition, and can be found and used', async () => {
  await link.act(world.running, MAKE, {})
  expect(world.machine(world.running).power).toBe('running')
  const [[, gallery] = []] = world.galleries
  const [[, image] = []] = world.galleryImages
  const [[, version] = []] = world.galleryVersions
  expect([gallery?.name, image?.name, version?.name]).toEqual(['novacron', 'golden', '1.0.0'])
  expect(image?.properties).toMatchObject({
    osState: 'Specialized',
    osType: 'Linux',
    hyperVGeneration: 'V2',
    architecture: 'x64',
    identifier: { publisher: 'NovaCron', offer: world.machine(world.running).resourceGroup.toLowerCase(), sku: 'golden' },
  })
  expect([gallery, image, version].map((made) => Object.keys(made?.tags ?? {}))).toEqual([[REQUEST_TAG], [REQUEST_TAG], [REQUEST_TAG]])
  const found = await images()
  expect(found).toMatchObject([{ id: image?.id, state: 'Succeeded' }])
  expect(found[0]?.properties).toContainEqual({ key: 'kind', value: 'Specialized' })

  const [subnet] = await link.cloud.resources(place(), 'subnet', '', {})
  const spec: CloudMachineSpec = {
    name: 'copy',
    zone: null,
    type: 'Standard_B2s',
    imageId: found[0]?.id ?? '',
    subnetId: subnet?.id ?? '',
    groupIds: [],
    publicAddress: false,
    keyName: null,
    sshKey: null,
    user: null,
    tags: [],
  }
  // a copy has its accounts already: neither key nor user is needed, and Azure refuses both
  const ref = await link.cloud.create(place(), spec, 'b1a5d9a2-2c55-4c0e-8a57-1d0c8f1f9f10', {})
  expect(world.machine(ref).name).toBe('copy')
})

it('a second image uses the same gallery; a name that is taken is refused', async () => {
  await link.act(world.running, MAKE, {})
  await link.act(world.running, { action: 'createImage', name: 'golden-2' }, {})
  expect(bench.cloud.faults.count('Galleries_CreateOrUpdate')).toBe(1)
  expect(world.galleryVersions.size).toBe(2)
  await failure(link.act(world.running, MAKE, {}), 'conflict', 'azure.name-taken')
  await failure(link.act(world.running, { action: 'createImage', name: 'no blanks' }, {}), 'invalid-input', 'azure.image-name')
})

it.each(['Galleries_CreateOrUpdate', 'GalleryImages_CreateOrUpdate', 'GalleryImageVersions_CreateOrUpdate'])(
  'after a lost reply of %s a repetition goes on where it was',
  async (operation) => {
    const baseline = await link.baseline(world.running, MAKE, {})
    expect(await link.probe(world.running, MAKE, baseline, {})).toBe('not-done')
    bench.cloud.faults.add({ operation, times: 1, fault: { do: 'lose-reply' } })
    await failure(link.act(world.running, MAKE, { baseline }), 'indeterminate')
    await link.act(world.running, MAKE, { baseline })
    expect(await link.probe(world.running, MAKE, baseline, {})).toBe('done')
    expect(world.galleryVersions.size).toBe(1)
    expect(bench.cloud.faults.count('GalleryImageVersions_CreateOrUpdate')).toBe(1)
  },
)

it('one that fails on its way tells why, and is no image to choose as ready', async () => {
  world.failNext(world.running, { code: 'InternalExecutionError', message: 'The disk could not be copied.' })
  const error = await failure(link.act(world.running, MAKE, {}), 'remote-failure')
  expect(error.message).toContain('The disk could not be copied.')
  expect(await images()).toMatchObject([{ state: 'Failed' }])
})

it('who may not see galleries sees the other images', async () => {
  bench.cloud.faults.add({ operation: 'Galleries_List', fault: { do: 'deny' } })
  expect((await link.cloud.resources(place(), 'image', 'ubuntu', {})).length).toBeGreaterThan(0)
})
