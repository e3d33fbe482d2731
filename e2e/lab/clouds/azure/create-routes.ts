import { uuidFrom } from './fleet.ts'
import { disksAtBirth } from './machine-disks.ts'
import { ArmError, type AzureNic, type AzurePublicIp, type AzureVm } from './parts.ts'
import { nicModel, publicIpModel, sizeOf, vmModel } from './render.ts'
import { type ArmReply, type ArmRequest, accepted, inside, type Json, ok, paged, type Route, tagsIn, textIn } from './wire.ts'

const IMAGE_VERSIONS =
  'subscriptions/{subscription}/providers/Microsoft.Compute/locations/{location}/publishers/{publisher}/artifacttypes/vmimage/offers/{offer}/skus/{sku}/versions'
const GROUP = 'subscriptions/{subscription}/resourceGroups/{group}/providers'

export const createRoutes: readonly Route[] = [
  {
    operation: 'VirtualMachines_CreateOrUpdate',
    method: 'PUT',
    path: `${GROUP}/Microsoft.Compute/virtualMachines/{name}`,
    action: 'Microsoft.Compute/virtualMachines/write',
    handle: makeMachine,
  },
  {
    operation: 'NetworkInterfaces_CreateOrUpdate',
    method: 'PUT',
    path: `${GROUP}/Microsoft.Network/networkInterfaces/{name}`,
    action: 'Microsoft.Network/networkInterfaces/write',
    handle: makeNic,
  },
  {
    operation: 'PublicIPAddresses_CreateOrUpdate',
    method: 'PUT',
    path: `${GROUP}/Microsoft.Network/publicIPAddresses/{name}`,
    action: 'Microsoft.Network/publicIPAddresses/write',
    handle: makePublicIp,
  },
  {
    operation: 'NetworkInterfaces_Delete',
    method: 'DELETE',
    path: `${GROUP}/Microsoft.Network/networkInterfaces/{name}`,
    action: 'Microsoft.Network/networkInterfaces/delete',
    handle: removeNic,
  },
  {
    operation: 'VirtualMachineImages_List',
    method: 'GET',
    path: IMAGE_VERSIONS,
    action: 'Microsoft.Compute/locations/publishers/artifacttypes/offers/skus/versions/read',
    handle: (request) => ok([imageVersion(request)]),
  },
  {
    operation: 'VirtualMachineImages_Get',
    method: 'GET',
    path: `${IMAGE_VERSIONS}/{version}`,
    action: 'Microsoft.Compute/locations/publishers/artifacttypes/offers/skus/versions/read',
    handle: (request) => {
      const isWindows = /windows|-ws\d{4}/i.test(`${request.params['publisher']} ${request.params['offer']}`)
      const properties = { hyperVGeneration: 'V2', architecture: 'x64', osDiskImage: { operatingSystem: isWindows ? 'Windows' : 'Linux' } }
      return ok({ ...imageVersion(request), properties })
    },
  },
  {
    operation: 'SshPublicKeys_ListBySubscription',
    method: 'GET',
    path: 'subscriptions/{subscription}/providers/Microsoft.Compute/sshPublicKeys',
    action: 'Microsoft.Compute/sshPublicKeys/read',
    handle: (request) => {
      const id = `/subscriptions/${request.params['subscription']}/resourceGroups/Shop/providers/Microsoft.Compute/sshPublicKeys/team`
      const properties = { publicKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl team' }
      return paged(
        [JSON.stringify({ id, name: 'team', type: 'Microsoft.Compute/sshPublicKeys', location: 'westeurope', properties })],
        request,
      )
    },
  },
]

/** Of any publisher there is one version; which system it is its name tells. */
function imageVersion({ params }: ArmRequest): { readonly id: string; readonly name: string; readonly location: string } {
  const { subscription, location = '', publisher, offer, sku } = params
  const name = '1.2.3'
  const scope = `/Subscriptions/${subscription}/Providers/Microsoft.Compute/Locations/${location}`
  return { location, name, id: `${scope}/Publishers/${publisher}/ArtifactTypes/VMImage/Offers/${offer}/Skus/${sku}/Versions/${name}` }
}

function makePublicIp(request: ArmRequest): ArmReply {
  const { world, params, body } = request
  const made: AzurePublicIp = {
    id: idOf(request, 'Network/publicIPAddresses'),
    name: params['name'] ?? '',
    subscription: params['subscription'] ?? '',
    location: textIn(body, 'location') ?? '',
    address: `198.18.250.${1 + (world.publicIps.size % 250)}`,
    nicId: '',
  }
  world.publicIps.set(made.id.toLowerCase(), made)
  return ok(publicIpModel(made))
}

function makeNic(request: ArmRequest): ArmReply {
  const { world, params, body } = request
  const configurations = inside(body, 'properties', 'ipConfigurations')
  const first = Array.isArray(configurations) ? (configurations[0] as Json) : undefined
  const subnetId = textIn(first, 'properties', 'subnet', 'id')
  if (subnetId === undefined) throw new ArmError(400, 'InvalidRequestFormat', 'The subnet of an IP configuration is missing.')
  const before = world.nics.get(idOf(request, 'Network/networkInterfaces').toLowerCase())
  const made: AzureNic = {
    id: idOf(request, 'Network/networkInterfaces'),
    name: params['name'] ?? '',
    subscription: params['subscription'] ?? '',
    location: textIn(body, 'location') ?? '',
    privateAddress: before?.privateAddress ?? `10.20.251.${4 + (world.nics.size % 250)}`,
    mac: '00-0D-3A-FB-00-01',
    subnetId,
    publicIp: world.publicIps.get((textIn(first, 'properties', 'publicIPAddress', 'id') ?? '').toLowerCase()) ?? null,
    owner: before?.owner ?? null,
  }
  world.addNic(made)
  return ok(nicModel(made))
}

function removeNic(request: ArmRequest): ArmReply {
  const nic = request.world.nics.get(idOf(request, 'Network/networkInterfaces').toLowerCase())
  if (nic === undefined) return { status: 204, body: null }
  if (nic.owner !== null) {
    throw new ArmError(
      400,
      'NicInUse',
      `Network Interface ${nic.id} is used by existing resource ${nic.owner}. In order to delete the network interface, it must be dissociated from the resource.`,
    )
  }
  return accepted(
    request.world.run(nic.subscription, nic.location, () => request.world.removeNic(nic.id)),
    request,
  )
}

/** A new machine. One that is there already is answered as it is: the adapter changes with PATCH. */
function makeMachine(request: ArmRequest): ArmReply {
  const { world, params, body } = request
  const id = idOf(request, 'Compute/virtualMachines')
  const before = world.machines.get(id.toLowerCase())
  if (before !== undefined && request.ifNoneMatch === '*') {
    throw new ArmError(412, 'PreconditionFailed', `The resource '${id}' exists already.`)
  }
  if (before !== undefined) return ok(vmModel(before))
  world.passwords.set(id.toLowerCase(), textIn(body, 'properties', 'osProfile', 'adminPassword') ?? null)
  const size = textIn(body, 'properties', 'hardwareProfile', 'vmSize') ?? ''
  if (sizeOf(size) === undefined) throw new ArmError(400, 'InvalidParameter', `The value ${size} provided for the VM size is not valid.`)
  const zones = inside(body, 'zones')
  const zone = Array.isArray(zones) && typeof zones[0] === 'string' ? zones[0] : null
  const disks = disksAtBirth(world, body, zone)
  if (disks === null) refuseImage(request)
  const configuration = inside(body, 'properties', 'osProfile', 'windowsConfiguration')
  const isWindows =
    disks === null ? configuration !== undefined : textIn(body, 'properties', 'storageProfile', 'osDisk', 'osType') === 'Windows'
  if (disks === null && configuration !== undefined) needStrongPassword(textIn(body, 'properties', 'osProfile', 'adminPassword') ?? '')
  const vm = newMachine(request, id, size)
  world.enter(vm)
  const finish = () => {
    world.change(vm, () => {
      vm.power = 'running'
    })
  }
  return accepted(world.begin(vm, { via: 'starting', provisioning: 'Creating', finish }), request, vmModel(vm), 201)

  function newMachine({ world: of }: ArmRequest, ofId: string, vmSize: string): AzureVm {
    const subscription = params['subscription'] ?? ''
    const location = textIn(body, 'location') ?? ''
    const name = params['name'] ?? ''
    const wanted = inside(body, 'properties', 'networkProfile', 'networkInterfaces')
    const nics = (Array.isArray(wanted) ? wanted : []).map((each) => {
      const nicId = textIn(each as Json, 'id') ?? ''
      const nic = of.nics.get(nicId.toLowerCase())
      if (nic === undefined) throw new ArmError(404, 'NotFound', `Resource ${nicId} not found.`)
      nic.owner = ofId
      return nic
    })
    const diskId = ofId.replace('/virtualMachines/', '/disks/')
    const osDisk = {
      id: `${diskId}_OsDisk_1`,
      name: `${name}_OsDisk_1`,
      subscription,
      location,
      sku: 'Premium_LRS',
      osType: isWindows ? ('Windows' as const) : ('Linux' as const),
      sizeGiB: 30,
      owner: ofId,
    }
    const deleteOption =
      textIn(body, 'properties', 'storageProfile', 'osDisk', 'deleteOption') === 'Delete' ? ('Delete' as const) : ('Detach' as const)
    for (const each of disks ?? []) each.disk.owner = ofId
    return {
      id: ofId,
      name,
      subscription,
      resourceGroup: params['group'] ?? '',
      location,
      zone,
      vmId: uuidFrom(ofId + Date.now()),
      windows: isWindows,
      spot: false,
      reservation: null,
      createdAtMs: Date.now(),
      nics,
      disks: disks ?? [{ disk: osDisk, lun: null, deleteOption }],
      isOfDisks: disks !== null,
      size: vmSize,
      tags: tagsIn(body) ?? {},
      power: 'starting',
      canHibernate: false,
      hibernated: false,
      provisioning: 'Creating',
      changedAtMs: Date.now(),
      failure: null,
      statusWithheld: false,
      bootDiagnostics: true,
    }
  }
}

/** What an image and its login lack. */
function refuseImage({ world, body }: ArmRequest): void {
  const image = inside(body, 'properties', 'storageProfile', 'imageReference')
  if (typeof image !== 'object' || image === null)
    throw new ArmError(400, 'InvalidParameter', "Required parameter 'imageReference' is missing (null).")
  const gallery = world.galleryImages.get((textIn(image, 'id') ?? '').toLowerCase())
  const isSpecialized = gallery?.properties['osState'] === 'Specialized'
  if (isSpecialized && inside(body, 'properties', 'osProfile') !== undefined) {
    throw new ArmError(400, 'InvalidParameter', "Parameter 'osProfile' is not allowed.")
  }
  const hasLogin = textIn(body, 'properties', 'osProfile', 'adminPassword') !== undefined
  const keys = inside(body, 'properties', 'osProfile', 'linuxConfiguration', 'ssh', 'publicKeys')
  if (!isSpecialized && !hasLogin && !Array.isArray(keys)) {
    throw new ArmError(
      400,
      'InvalidParameter',
      'Authentication using either SSH or by user name and password must be enabled in Linux profile.',
    )
  }
}

function needStrongPassword(password: string): void {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(password)).length
  if (password.length >= 12 && password.length <= 123 && kinds >= 3) return
  const words =
    'The supplied password must be between 12-123 characters long and must satisfy at least 3 of password complexity requirements.'
  throw new ArmError(400, 'InvalidParameter', words)
}

function idOf({ params: { subscription, group, name } }: ArmRequest, type: string): string {
  return `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.${type}/${name}`
}
