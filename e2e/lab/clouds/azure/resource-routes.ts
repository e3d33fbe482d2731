import { nicModel, publicIpModel, sizeModel, skuModel } from './render.ts'
import { LOCATIONS, SIZES } from './sizes.ts'
import { type ArmReply, type ArmRequest, notFound, ok, paged, type Route } from './wire.ts'

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

export function read(operation: string, path: string, action: string): Pick<Route, 'operation' | 'method' | 'path' | 'action'> {
  return { operation, method: 'GET', path, action }
}

export function listOf<T extends { readonly subscription: string }>(
  request: ArmRequest,
  all: Iterable<T>,
  model: (each: T) => unknown,
): ArmReply {
  const rows: string[] = []
  for (const each of all) if (each.subscription === request.params['subscription']) rows.push(JSON.stringify(model(each)))
  return paged(rows, request)
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

export function idOf({ params: { subscription, group, name } }: ArmRequest, type: string): string {
  return `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.${type}/${name}`
}
