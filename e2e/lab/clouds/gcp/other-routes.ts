import { ALL_ZONES, MACHINE_TYPES, type MachineType, REGIONS, regionOf } from './catalogue.ts'
import { aggregatedAnswer, listAnswer, projectOf, zoneScopes } from './lists.ts'
import { forbidden, notFound } from './problem.ts'
import { type Call, type Route, route } from './route.ts'

const COMPUTE = '/compute/v1/projects/{project}'
const WAIT_MS = 120_000

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

const zoneBody = (call: Call, name: string): object => ({
  kind: 'compute#zone',
  id: String(2000 + name.length),
  name,
  description: name,
  status: call.world.downZones.has(name) ? 'DOWN' : 'UP',
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
