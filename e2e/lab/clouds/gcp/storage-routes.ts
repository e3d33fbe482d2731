import { fingerprint } from './bodies.ts'
import { PUBLIC_IMAGES } from './catalogue.ts'
import { importImage } from './import-routes.ts'
import { aggregatedAnswer, listAnswer, projectOf, zoneScopes } from './lists.ts'
import { invalidValue, notFound, Problem } from './problem.ts'
import { type Answer, type Call, type Route, route, textOr } from './route.ts'

const COMPUTE = '/compute/v1/projects/{project}'

function imageBody(call: Call, image: (typeof PUBLIC_IMAGES)[number]): object {
  const { project, name, family, diskSizeGb, description, arm } = image
  return {
    kind: 'compute#image',
    id: String(8_000_000 + name.length),
    creationTimestamp: '2026-11-10T01:12:44.221-08:00',
    name,
    description,
    sourceType: 'RAW',
    status: 'READY',
    archiveSizeBytes: '979796480',
    diskSizeGb: String(diskSizeGb),
    family,
    selfLink: `${call.world.root}projects/${project}/global/images/${name}`,
    storageLocations: ['us', 'eu', 'asia'],
    architecture: arm ? 'ARM64' : 'X86_64',
    licenses: [`${call.world.root}projects/${project}/global/licenses/${family}`],
  }
}

function createSnapshot(call: Call): Answer {
  const { world, params, body, user, query } = call
  const project = projectOf(call)
  const zone = params['zone'] ?? ''
  const disk = world.disks.get(project)?.get(`${zone}/${params['disk']}`)
  const path = `projects/${project}/zones/${zone}/disks/${params['disk']}`
  if (disk === undefined) throw notFound(path)
  const name = textOr(body['name'], `snapshot-${Date.now()}`)
  if (!/^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) throw invalidValue('resource.name', name, 'Must be a match of regex.')
  const id = world.newId()
  return world.operations.begin({
    root: world.root,
    project,
    scope: `zones/${zone}`,
    type: 'createSnapshot',
    target: path,
    targetId: disk.id,
    user,
    durationMs: world.transitionMs,
    requestId: query.get('requestId'),
    finish: () => {
      world.snapshots.get(project)?.set(name, {
        kind: 'compute#snapshot',
        id,
        creationTimestamp: new Date().toISOString(),
        name,
        status: 'READY',
        diskSizeGb: disk.sizeGb,
        storageBytes: '1073741824',
        sourceDisk: `${world.root}${path}`,
        sourceDiskId: disk.id,
        ...(body['labels'] === undefined ? {} : { labels: body['labels'] }),
        labelFingerprint: fingerprint(body['labels']),
        selfLink: `${world.root}projects/${project}/global/snapshots/${name}`,
      })
      return null
    },
  }).body
}

function createImage(call: Call): Answer | Promise<Answer> {
  const { world, body, user, query } = call
  if (body['rawDisk'] !== undefined) return importImage(call)
  const project = projectOf(call)
  const name = textOr(body['name'], '')
  const [, zone = '', diskName = ''] = /\/zones\/([^/]+)\/disks\/([^/]+)$/.exec(textOr(body['sourceDisk'], '')) ?? []
  const disk = world.disks.get(project)?.get(`${zone}/${diskName}`)
  if (disk === undefined)
    throw invalidValue('resource.sourceDisk', textOr(body['sourceDisk'], ''), 'The referenced resource does not exist.')
  const isInUse = world
    .machines(project)
    .some((one) => one.body.status === 'RUNNING' && one.body.disks.some((at) => world.diskOf(one, at) === disk))
  if (isInUse && query.get('forceCreate') !== 'true') {
    throw new Problem(400, 'resourceInUse', `The disk resource 'projects/${project}/zones/${zone}/disks/${diskName}' is already being used`)
  }
  const id = world.newId()
  return world.operations.begin({
    root: world.root,
    project,
    scope: 'global',
    type: 'insert',
    target: `projects/${project}/global/images/${name}`,
    targetId: id,
    user,
    durationMs: world.transitionMs,
    requestId: query.get('requestId'),
    finish: () => {
      world.images.get(project)?.set(name, {
        kind: 'compute#image',
        id,
        creationTimestamp: new Date().toISOString(),
        name,
        status: 'READY',
        diskSizeGb: disk.sizeGb,
        sourceDisk: body['sourceDisk'],
        ...(body['labels'] === undefined ? {} : { labels: body['labels'] }),
        labelFingerprint: fingerprint(body['labels']),
        selfLink: `${world.root}projects/${project}/global/images/${name}`,
      })
      return null
    },
  }).body
}

function resizeDisk(call: Call): Answer {
  const { world, params, body, user, query } = call
  const project = projectOf(call)
  const path = `projects/${project}/zones/${params['zone']}/disks/${params['disk']}`
  const disk = world.disks.get(project)?.get(`${params['zone']}/${params['disk']}`)
  if (disk === undefined) throw notFound(path)
  if (Number(body['sizeGb']) <= Number(disk.sizeGb)) {
    throw invalidValue('sizeGb', String(body['sizeGb']), `The new disk size must be larger than ${disk.sizeGb} GB.`)
  }
  return world.operations.begin({
    root: world.root,
    project,
    scope: `zones/${params['zone']}`,
    type: 'resizeDisk',
    target: path,
    targetId: disk.id,
    user,
    durationMs: world.transitionMs,
    requestId: query.get('requestId'),
    finish: () => {
      disk.sizeGb = String(body['sizeGb'])
      for (const machine of world.machines(project)) {
        const disks = machine.body.disks.map((one) => (world.diskOf(machine, one) === disk ? { ...one, diskSizeGb: disk.sizeGb } : one))
        if (disks.some((one, index) => one !== machine.body.disks[index])) world.change(machine, { disks })
      }
      return null
    },
  }).body
}

export const STORAGE_ROUTES: readonly Route[] = [
  route('compute.disks.aggregatedList', 'GET', `${COMPUTE}/aggregated/disks`, 'compute.disks.list', (call) => {
    const disks = [...(call.world.disks.get(projectOf(call)) ?? [])].map(([key, body]) => ({ scope: `zones/${key.split('/')[0]}`, body }))
    return aggregatedAnswer(call, 'disk', 'disks', disks, zoneScopes)
  }),
  route('compute.disks.get', 'GET', `${COMPUTE}/zones/{zone}/disks/{disk}`, 'compute.disks.get', ({ world, params }) => {
    const { project = '', zone = '', disk: name = '' } = params
    const disk = world.disks.get(project)?.get(`${zone}/${name}`)
    if (disk === undefined) throw notFound(`projects/${project}/zones/${zone}/disks/${name}`)
    return disk
  }),
  route('compute.disks.resize', 'POST', `${COMPUTE}/zones/{zone}/disks/{disk}/resize`, 'compute.disks.resize', resizeDisk),
  route(
    'compute.disks.createSnapshot',
    'POST',
    `${COMPUTE}/zones/{zone}/disks/{disk}/createSnapshot`,
    'compute.disks.createSnapshot',
    createSnapshot,
  ),
  route('compute.snapshots.list', 'GET', `${COMPUTE}/global/snapshots`, 'compute.snapshots.list', (call) =>
    listAnswer(call, 'snapshot', 'global/snapshots', [...(call.world.snapshots.get(projectOf(call))?.values() ?? [])]),
  ),
  route('compute.snapshots.get', 'GET', `${COMPUTE}/global/snapshots/{snapshot}`, 'compute.snapshots.get', ({ world, params }) => {
    const { project = '', snapshot = '' } = params
    const found = world.snapshots.get(project)?.get(snapshot)
    if (found === undefined) throw notFound(`projects/${project}/global/snapshots/${snapshot}`)
    return found
  }),
  route('compute.images.get', 'GET', `${COMPUTE}/global/images/{image}`, 'compute.images.get', ({ world, params }) => {
    const { project = '', image = '' } = params
    const found = world.images.get(project)?.get(image)
    if (found === undefined) throw notFound(`projects/${project}/global/images/${image}`)
    return found
  }),
  route('compute.images.insert', 'POST', `${COMPUTE}/global/images`, 'compute.images.create', createImage),
  route('compute.images.list', 'GET', `${COMPUTE}/global/images`, 'compute.images.list', (call) => {
    const own = [...(call.world.images.get(projectOf(call))?.values() ?? [])]
    const all = PUBLIC_IMAGES.filter(({ project }) => project === projectOf(call)).map((image) => imageBody(call, image))
    return listAnswer(call, 'image', 'global/images', [...own, ...all])
  }),
]
