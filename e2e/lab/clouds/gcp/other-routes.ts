import { fingerprint } from './bodies.ts'
import { ALL_ZONES, MACHINE_TYPES, type MachineType, PUBLIC_IMAGES, REGIONS, regionOf } from './catalogue.ts'
import { forbidden, invalidValue, notFound, Problem } from './problem.ts'
import { type Answer, type Call, pageOf, type Route, route, textOr } from './route.ts'

const COMPUTE = '/compute/v1/projects/{project}'
const WAIT_MS = 120_000

const projectOf = ({ params }: Call): string => params['project'] ?? ''

function listAnswer(call: Call, kind: string, path: string, all: readonly object[]): Answer {
  const { items, nextPageToken } = pageOf(all, call.query)
  const id = `projects/${projectOf(call)}/${path}`
  return {
    kind: `compute#${kind}List`,
    id,
    ...(items.length === 0 ? {} : { items }),
    ...(nextPageToken === undefined ? {} : { nextPageToken }),
    selfLink: `${call.world.root}${id}`,
  }
}

/** By scope, each with what is there or with a warning that nothing is. */
function aggregatedAnswer(
  call: Call,
  kind: string,
  plural: string,
  all: readonly { readonly scope: string; readonly body: object }[],
  scopes: readonly string[],
): Answer {
  const { items, nextPageToken } = pageOf(all, call.query)
  const id = `projects/${projectOf(call)}/aggregated/${plural}`
  const entries = scopes.map((scope): [string, object] => {
    const here = items.filter((item) => item.scope === scope).map(({ body }) => body)
    if (here.length > 0) return [scope, { [plural]: here }]
    const message = `There are no results for scope '${scope}' on this page.`
    return [scope, { warning: { code: 'NO_RESULTS_ON_PAGE', message, data: [{ key: 'scope', value: scope }] } }]
  })
  return {
    kind: `compute#${kind}AggregatedList`,
    id,
    items: Object.fromEntries(entries),
    ...(nextPageToken === undefined ? {} : { nextPageToken }),
    selfLink: `${call.world.root}${id}`,
  }
}

const typeBody = (call: Call, zone: string, { name, cpus, memoryMiB, shared, arm }: MachineType): object => ({
  kind: 'compute#machineType',
  id: String(3000 + cpus * 100 + memoryMiB),
  creationTimestamp: '1969-12-31T16:00:00.000-08:00',
  name,
  description: `${cpus} vCPU, ${memoryMiB / 1024} GB RAM`,
  guestCpus: cpus,
  memoryMb: memoryMiB,
  imageSpaceGb: 0,
  maximumPersistentDisks: shared ? 16 : 128,
  maximumPersistentDisksSizeGb: '263168',
  zone,
  selfLink: `${call.world.root}projects/${projectOf(call)}/zones/${zone}/machineTypes/${name}`,
  isSharedCpu: shared,
  architecture: arm ? 'ARM64' : 'X86_64',
})

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

function createImage(call: Call): Answer {
  const { world, body, user, query } = call
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

const zoneBody = (call: Call, name: string): object => ({
  kind: 'compute#zone',
  id: String(2000 + name.length),
  name,
  description: name,
  status: 'UP',
  region: `${call.world.root}projects/${projectOf(call)}/regions/${regionOf(name)}`,
  selfLink: `${call.world.root}projects/${projectOf(call)}/zones/${name}`,
})

const regionBody = (call: Call, name: string): object => ({
  kind: 'compute#region',
  id: String(1000 + name.length),
  name,
  description: name,
  status: 'UP',
  zones: ALL_ZONES.filter((zone) => regionOf(zone) === name).map((zone) => `${call.world.root}projects/${projectOf(call)}/zones/${zone}`),
  quotas: [
    { metric: 'CPUS', limit: 72, usage: 12 },
    { metric: 'IN_USE_ADDRESSES', limit: 8, usage: 3 },
  ],
  selfLink: `${call.world.root}projects/${projectOf(call)}/regions/${name}`,
})

const networkBody = (call: Call): object => ({
  kind: 'compute#network',
  id: '5128',
  name: 'default',
  autoCreateSubnetworks: true,
  selfLink: `${call.world.root}projects/${projectOf(call)}/global/networks/default`,
  subnetworks: REGIONS.map((region) => `${call.world.root}projects/${projectOf(call)}/regions/${region}/subnetworks/default`),
  routingConfig: { routingMode: 'REGIONAL' },
})

const subnetBody = (call: Call, region: string): object => ({
  kind: 'compute#subnetwork',
  id: String(7000 + region.length),
  name: 'default',
  network: `${call.world.root}projects/${projectOf(call)}/global/networks/default`,
  ipCidrRange: '10.132.0.0/20',
  gatewayAddress: '10.132.0.1',
  region: `${call.world.root}projects/${projectOf(call)}/regions/${region}`,
  selfLink: `${call.world.root}projects/${projectOf(call)}/regions/${region}/subnetworks/default`,
})

const firewallBody = (call: Call): object => ({
  kind: 'compute#firewall',
  id: '9001',
  name: 'default-allow-ssh',
  network: `${call.world.root}projects/${projectOf(call)}/global/networks/default`,
  priority: 65_534,
  sourceRanges: ['0.0.0.0/0'],
  allowed: [{ IPProtocol: 'tcp', ports: ['22'] }],
  direction: 'INGRESS',
  disabled: false,
  selfLink: `${call.world.root}projects/${projectOf(call)}/global/firewalls/default-allow-ssh`,
})

const zoneScopes = ALL_ZONES.map((zone) => `zones/${zone}`)
const regionScopes = REGIONS.map((region) => `regions/${region}`)

export const OTHER_ROUTES: readonly Route[] = [
  route('compute.projects.get', 'GET', COMPUTE, 'compute.projects.get', (call) => {
    const name = projectOf(call)
    if (!call.world.projects.includes(name)) throw forbidden('compute.projects.get', `projects/${name}`)
    return {
      kind: 'compute#project',
      id: '604150802624',
      name,
      selfLink: `${call.world.root}projects/${name}`,
      defaultServiceAccount: '604150802624-compute@developer.gserviceaccount.com',
    }
  }),
  route(
    'compute.zoneOperations.get',
    'GET',
    `${COMPUTE}/zones/{zone}/operations/{operation}`,
    'compute.zoneOperations.get',
    ({ world, params }) => world.operations.find(params['project'] ?? '', `zones/${params['zone']}`, params['operation'] ?? '').body,
  ),
  route(
    'compute.zoneOperations.wait',
    'POST',
    `${COMPUTE}/zones/{zone}/operations/{operation}/wait`,
    'compute.zoneOperations.get',
    async ({ world, params }) => {
      const operation = world.operations.find(params['project'] ?? '', `zones/${params['zone']}`, params['operation'] ?? '')
      await world.operations.wait(operation, WAIT_MS)
      return operation.body
    },
  ),
  route(
    'compute.globalOperations.get',
    'GET',
    `${COMPUTE}/global/operations/{operation}`,
    'compute.globalOperations.get',
    ({ world, params }) => world.operations.find(params['project'] ?? '', 'global', params['operation'] ?? '').body,
  ),
  route(
    'compute.globalOperations.wait',
    'POST',
    `${COMPUTE}/global/operations/{operation}/wait`,
    'compute.globalOperations.get',
    async ({ world, params }) => {
      const operation = world.operations.find(params['project'] ?? '', 'global', params['operation'] ?? '')
      await world.operations.wait(operation, WAIT_MS)
      return operation.body
    },
  ),
  route('compute.machineTypes.aggregatedList', 'GET', `${COMPUTE}/aggregated/machineTypes`, 'compute.machineTypes.list', (call) =>
    aggregatedAnswer(
      call,
      'machineType',
      'machineTypes',
      ALL_ZONES.flatMap((zone) => MACHINE_TYPES.map((type) => ({ scope: `zones/${zone}`, body: typeBody(call, zone, type) }))),
      zoneScopes,
    ),
  ),
  route('compute.machineTypes.list', 'GET', `${COMPUTE}/zones/{zone}/machineTypes`, 'compute.machineTypes.list', (call) => {
    const zone = call.params['zone'] ?? ''
    return listAnswer(
      call,
      'machineType',
      `zones/${zone}/machineTypes`,
      MACHINE_TYPES.map((type) => typeBody(call, zone, type)),
    )
  }),
  route('compute.machineTypes.get', 'GET', `${COMPUTE}/zones/{zone}/machineTypes/{type}`, 'compute.machineTypes.get', (call) => {
    const { zone = '', type: name = '' } = call.params
    const known = MACHINE_TYPES.find((type) => type.name === name)
    if (known === undefined) throw notFound(`projects/${projectOf(call)}/zones/${zone}/machineTypes/${name}`)
    return typeBody(call, zone, known)
  }),
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
  route('compute.networks.list', 'GET', `${COMPUTE}/global/networks`, 'compute.networks.list', (call) =>
    listAnswer(call, 'network', 'global/networks', [networkBody(call)]),
  ),
  route('compute.subnetworks.aggregatedList', 'GET', `${COMPUTE}/aggregated/subnetworks`, 'compute.subnetworks.list', (call) =>
    aggregatedAnswer(
      call,
      'subnetwork',
      'subnetworks',
      REGIONS.map((region) => ({ scope: `regions/${region}`, body: subnetBody(call, region) })),
      regionScopes,
    ),
  ),
  route('compute.firewalls.list', 'GET', `${COMPUTE}/global/firewalls`, 'compute.firewalls.list', (call) =>
    listAnswer(call, 'firewall', 'global/firewalls', [firewallBody(call)]),
  ),
  route('compute.addresses.aggregatedList', 'GET', `${COMPUTE}/aggregated/addresses`, 'compute.addresses.list', (call) =>
    aggregatedAnswer(call, 'address', 'addresses', [], regionScopes),
  ),
  route('compute.zones.list', 'GET', `${COMPUTE}/zones`, 'compute.zones.list', (call) =>
    listAnswer(
      call,
      'zone',
      'zones',
      ALL_ZONES.map((zone) => zoneBody(call, zone)),
    ),
  ),
  route('compute.regions.list', 'GET', `${COMPUTE}/regions`, 'compute.regions.list', (call) =>
    listAnswer(
      call,
      'region',
      'regions',
      REGIONS.map((region) => regionBody(call, region)),
    ),
  ),
]
