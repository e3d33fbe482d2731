import { ArmError, type AzureDisk, type AzureSnapshot } from './parts.ts'
import { diskModel, nicModel, publicIpModel, sizeModel, skuModel, snapshotModel } from './render.ts'
import { LOCATIONS, SIZES } from './sizes.ts'
import { type ArmReply, type ArmRequest, accepted, inside, notFound, ok, paged, type Route, tagsIn, textIn } from './wire.ts'

const SUBSCRIPTION = 'subscriptions/{subscription}'
const COMPUTE = 'providers/Microsoft.Compute'
const NETWORK = 'providers/Microsoft.Network'
const GROUP = `${SUBSCRIPTION}/resourceGroups/{group}`

export const resourceRoutes: readonly Route[] = [
  {
    ...read('ResourceSkus_List', `${SUBSCRIPTION}/${COMPUTE}/skus`, 'Microsoft.Compute/skus/read'),
    handle: (request) => {
      const only = /location eq '([^']*)'/i.exec(request.url.searchParams.get('$filter') ?? '')?.[1]?.toLowerCase()
      const places = LOCATIONS.filter((location) => only === undefined || location === only)
      return paged(
        places.flatMap((location) => SIZES.map((size) => JSON.stringify(skuModel(size, location)))),
        request,
      )
    },
  },
  {
    ...read(
      'VirtualMachineSizes_List',
      `${SUBSCRIPTION}/${COMPUTE}/locations/{location}/vmSizes`,
      'Microsoft.Compute/locations/vmSizes/read',
    ),
    handle: () => ok({ value: SIZES.map(sizeModel) }),
  },
  {
    ...read('Disks_List', `${SUBSCRIPTION}/${COMPUTE}/disks`, 'Microsoft.Compute/disks/read'),
    handle: (request) => listOf(request, request.world.disks.values(), diskModel),
  },
  {
    ...read('Disks_Get', `${GROUP}/${COMPUTE}/disks/{name}`, 'Microsoft.Compute/disks/read'),
    handle: (request) => ok(diskModel(disk(request))),
  },
  {
    operation: 'Disks_Delete',
    method: 'DELETE',
    path: `${GROUP}/${COMPUTE}/disks/{name}`,
    action: 'Microsoft.Compute/disks/delete',
    handle: removeDisk,
  },
  {
    operation: 'Disks_Update',
    method: 'PATCH',
    path: `${GROUP}/${COMPUTE}/disks/{name}`,
    action: 'Microsoft.Compute/disks/write',
    handle: growDisk,
  },
  {
    ...read('Snapshots_List', `${SUBSCRIPTION}/${COMPUTE}/snapshots`, 'Microsoft.Compute/snapshots/read'),
    handle: (request) => listOf(request, request.world.snapshots.values(), snapshotModel),
  },
  {
    ...read('Snapshots_Get', `${GROUP}/${COMPUTE}/snapshots/{name}`, 'Microsoft.Compute/snapshots/read'),
    handle: (request) => ok(snapshotModel(snapshot(request))),
  },
  {
    operation: 'Snapshots_CreateOrUpdate',
    method: 'PUT',
    path: `${GROUP}/${COMPUTE}/snapshots/{name}`,
    action: 'Microsoft.Compute/snapshots/write',
    handle: makeSnapshot,
  },
  {
    operation: 'Snapshots_Delete',
    method: 'DELETE',
    path: `${GROUP}/${COMPUTE}/snapshots/{name}`,
    action: 'Microsoft.Compute/snapshots/delete',
    handle: (request) => {
      const found = request.world.snapshots.get(idOf(request, 'Compute/snapshots').toLowerCase())
      if (found === undefined) return { status: 204, body: null }
      const done = () => void request.world.snapshots.delete(found.id.toLowerCase())
      return accepted(request.world.run(found.subscription, found.location, done), request)
    },
  },
  {
    ...read('NetworkInterfaces_ListAll', `${SUBSCRIPTION}/${NETWORK}/networkInterfaces`, 'Microsoft.Network/networkInterfaces/read'),
    handle: (request) => listOf(request, request.world.nics.values(), nicModel),
  },
  {
    ...read('NetworkInterfaces_Get', `${GROUP}/${NETWORK}/networkInterfaces/{name}`, 'Microsoft.Network/networkInterfaces/read'),
    handle: (request) => {
      const nic = request.world.nics.get(idOf(request, 'Network/networkInterfaces').toLowerCase())
      if (nic === undefined)
        throw notFound('Microsoft.Network/networkInterfaces', request.params['name'] ?? '', request.params['group'] ?? '')
      return ok(nicModel(nic))
    },
  },
  {
    ...read('PublicIPAddresses_ListAll', `${SUBSCRIPTION}/${NETWORK}/publicIPAddresses`, 'Microsoft.Network/publicIPAddresses/read'),
    handle: (request) => {
      return listOf(request, request.world.publicIps.values(), publicIpModel)
    },
  },
  {
    ...read('VirtualNetworks_ListAll', `${SUBSCRIPTION}/${NETWORK}/virtualNetworks`, 'Microsoft.Network/virtualNetworks/read'),
    handle: (request) => listOf(request, networks(request), (model) => model),
  },
  { ...read('Images_List', `${SUBSCRIPTION}/${COMPUTE}/images`, 'Microsoft.Compute/images/read'), handle: (request) => paged([], request) },
  {
    ...read(
      'NetworkSecurityGroups_ListAll',
      `${SUBSCRIPTION}/${NETWORK}/networkSecurityGroups`,
      'Microsoft.Network/networkSecurityGroups/read',
    ),
    handle: (request) => paged([], request),
  },
]

function read(operation: string, path: string, action: string): Pick<Route, 'operation' | 'method' | 'path' | 'action'> {
  return { operation, method: 'GET', path, action }
}

function listOf<T extends { readonly subscription: string }>(request: ArmRequest, all: Iterable<T>, model: (each: T) => unknown): ArmReply {
  const rows: string[] = []
  for (const each of all) if (each.subscription === request.params['subscription']) rows.push(JSON.stringify(model(each)))
  return paged(rows, request)
}

function disk(request: ArmRequest): AzureDisk {
  const found = request.world.disks.get(idOf(request, 'Compute/disks').toLowerCase())
  if (found === undefined) throw notFound('Microsoft.Compute/disks', request.params['name'] ?? '', request.params['group'] ?? '')
  return found
}

function removeDisk(request: ArmRequest): ArmReply {
  const found = request.world.disks.get(idOf(request, 'Compute/disks').toLowerCase())
  if (found === undefined) return { status: 204, body: null }
  if (found.owner !== null) {
    throw new ArmError(409, 'OperationNotAllowed', `Disk ${found.name} is attached to VM ${found.owner}.`)
  }
  return accepted(
    request.world.run(found.subscription, found.location, () => request.world.removeDisk(found.id)),
    request,
  )
}

function growDisk(request: ArmRequest): ArmReply {
  const found = disk(request)
  const sizeGiB = Number(inside(request.body, 'properties', 'diskSizeGB') ?? found.sizeGiB)
  if (sizeGiB < found.sizeGiB) {
    throw new ArmError(400, 'BadRequest', 'Disk shrinking is not supported: the new size must be larger than the existing one.')
  }
  const done = () => {
    found.sizeGiB = sizeGiB
  }
  return accepted(
    request.world.run(found.subscription, found.location, done, () => JSON.stringify(diskModel(found))),
    request,
    diskModel(found),
    202,
  )
}

function snapshot(request: ArmRequest): AzureSnapshot {
  const found = request.world.snapshots.get(idOf(request, 'Compute/snapshots').toLowerCase())
  if (found === undefined) throw notFound('Microsoft.Compute/snapshots', request.params['name'] ?? '', request.params['group'] ?? '')
  return found
}

function makeSnapshot(request: ArmRequest): ArmReply {
  const { world, params, body } = request
  const sourceId = textIn(body, 'properties', 'creationData', 'sourceResourceId') ?? ''
  const source = world.disks.get(sourceId.toLowerCase())
  if (source === undefined) throw new ArmError(404, 'NotFound', `Disk ${sourceId} is not found.`)
  const made: AzureSnapshot = {
    id: idOf(request, 'Compute/snapshots'),
    name: params['name'] ?? '',
    subscription: params['subscription'] ?? '',
    location: textIn(body, 'location') ?? source.location,
    sizeGiB: source.sizeGiB,
    sourceId: source.id,
    createdAtMs: Date.now(),
    tags: tagsIn(body) ?? {},
  }
  const done = () => void world.snapshots.set(made.id.toLowerCase(), made)
  return accepted(
    world.run(made.subscription, made.location, done, () => JSON.stringify(snapshotModel(made))),
    request,
    snapshotModel(made),
    202,
  )
}

function networks({ world, params }: ArmRequest): Array<Record<string, unknown> & { readonly subscription: string }> {
  const subscription = params['subscription'] ?? ''
  const subnets = new Map<string, string>()
  for (const nic of world.nics.values()) if (nic.subscription === subscription) subnets.set(nic.subnetId, nic.location)
  return [...subnets].map(([subnetId, location]) => ({
    subscription,
    name: subnetId.split('/')[8] ?? '',
    id: subnetId.slice(0, subnetId.indexOf('/subnets/')),
    type: 'Microsoft.Network/virtualNetworks',
    location,
    properties: {
      provisioningState: 'Succeeded',
      addressSpace: { addressPrefixes: ['10.20.0.0/16'] },
      subnets: [{ name: 'default', id: subnetId, properties: { provisioningState: 'Succeeded', addressPrefix: '10.20.0.0/16' } }],
    },
  }))
}

function idOf({ params: { subscription, group, name } }: ArmRequest, type: string): string {
  return `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.${type}/${name}`
}
