import { type Access, FOOTER_BYTES } from './page-blobs.ts'
import { ArmError, type AzureDisk, type AzureSnapshot } from './parts.ts'
import { diskBytes, diskModel, snapshotModel } from './render.ts'
import { idOf, listOf, read } from './resource-routes.ts'
import { type ArmReply, type ArmRequest, accepted, inside, notFound, ok, type Route, tagsIn, textIn } from './wire.ts'

const GROUP = 'subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute'
const ALL = 'subscriptions/{subscription}/providers/Microsoft.Compute'
const GIB = 1024 ** 3
const LEAST_UPLOAD = 20 * 1024 ** 2 + FOOTER_BYTES
const MOST_UPLOAD = 32_767 * GIB + FOOTER_BYTES

export const diskRoutes: readonly Route[] = [
  {
    ...read('Disks_List', `${ALL}/disks`, 'Microsoft.Compute/disks/read'),
    handle: (request) => listOf(request, request.world.disks.values(), (each) => modelOf(request, each)),
  },
  {
    ...read('Disks_Get', `${GROUP}/disks/{name}`, 'Microsoft.Compute/disks/read'),
    handle: (request) => ok(modelOf(request, disk(request))),
  },
  { ...change('Disks_CreateOrUpdate', 'PUT', 'disks', 'write'), handle: makeDisk },
  { ...change('Disks_Delete', 'DELETE', 'disks', 'delete'), handle: removeDisk },
  { ...change('Disks_Update', 'PATCH', 'disks', 'write'), handle: updateDisk },
  { ...change('Disks_GrantAccess', 'POST', 'disks', 'beginGetAccess/action'), handle: grantDisk },
  { ...change('Disks_RevokeAccess', 'POST', 'disks', 'endGetAccess/action'), handle: revokeDisk },
  {
    ...read('Snapshots_List', `${ALL}/snapshots`, 'Microsoft.Compute/snapshots/read'),
    handle: (request) => listOf(request, request.world.snapshots.values(), snapshotModel),
  },
  {
    ...read('Snapshots_Get', `${GROUP}/snapshots/{name}`, 'Microsoft.Compute/snapshots/read'),
    handle: (request) => ok(snapshotModel(snapshot(request))),
  },
  { ...change('Snapshots_CreateOrUpdate', 'PUT', 'snapshots', 'write'), handle: makeSnapshot },
  { ...change('Snapshots_Delete', 'DELETE', 'snapshots', 'delete'), handle: removeSnapshot },
  {
    ...change('Snapshots_GrantAccess', 'POST', 'snapshots', 'beginGetAccess/action'),
    handle: (request) => grant(request, snapshot(request), 'Read'),
  },
  {
    ...change('Snapshots_RevokeAccess', 'POST', 'snapshots', 'endGetAccess/action'),
    handle: (request) => {
      const { id, subscription, location } = snapshot(request)
      return accepted(
        request.world.run(subscription, location, () => request.world.blobs.revoke(id)),
        request,
      )
    },
  },
]

function change(
  operation: string,
  method: string,
  kind: 'disks' | 'snapshots',
  verb: string,
): Pick<Route, 'operation' | 'method' | 'path' | 'action'> {
  const part = verb.endsWith('/action') ? `/${verb.replace('/action', '')}` : ''
  return { operation, method, path: `${GROUP}/${kind}/{name}${part}`, action: `Microsoft.Compute/${kind}/${verb}` }
}

function modelOf({ world }: ArmRequest, of: AzureDisk): Record<string, unknown> {
  return diskModel(of, world.blobs.isOpen(of.id))
}

function disk(request: ArmRequest): AzureDisk {
  const found = request.world.disks.get(idOf(request, 'Compute/disks').toLowerCase())
  if (found === undefined) throw notFound('Microsoft.Compute/disks', request.params['name'] ?? '', request.params['group'] ?? '')
  return found
}

/** A disk to upload into: the one way to make a disk by itself that the adapter goes. */
function makeDisk(request: ArmRequest): ArmReply {
  const { world, params, body } = request
  const id = idOf(request, 'Compute/disks')
  const before = world.disks.get(id.toLowerCase())
  if (before !== undefined) return ok(modelOf(request, before))
  const uploadBytes = Number(inside(body, 'properties', 'creationData', 'uploadSizeBytes') ?? 0)
  if (textIn(body, 'properties', 'creationData', 'createOption') !== 'Upload') {
    throw new ArmError(400, 'InvalidParameter', 'The value of parameter creationData.createOption is invalid.')
  }
  const isWhole = (uploadBytes - FOOTER_BYTES) % 1024 ** 2 === 0
  if (!isWhole || uploadBytes < LEAST_UPLOAD || uploadBytes > MOST_UPLOAD) {
    throw new ArmError(400, 'InvalidParameter', `The value '${uploadBytes}' of parameter creationData.uploadSizeBytes is out of range.`)
  }
  const zones = inside(body, 'zones')
  const os = textIn(body, 'properties', 'osType')
  const generation = textIn(body, 'properties', 'hyperVGeneration')
  const made: AzureDisk = {
    id,
    name: params['name'] ?? '',
    subscription: params['subscription'] ?? '',
    location: textIn(body, 'location') ?? '',
    sku: textIn(body, 'sku', 'name') ?? 'Standard_LRS',
    osType: os === 'Linux' || os === 'Windows' ? os : null,
    sizeGiB: Math.ceil((uploadBytes - FOOTER_BYTES) / GIB),
    sizeBytes: uploadBytes - FOOTER_BYTES,
    zone: Array.isArray(zones) && typeof zones[0] === 'string' ? zones[0] : null,
    tags: tagsIn(body) ?? {},
    properties: generation === undefined ? {} : { hyperVGeneration: generation },
    provisioning: 'Creating',
    isForUpload: true,
    owner: null,
  }
  const failure = world.takeFailure(id)
  const done = () => {
    made.provisioning = failure === null ? 'Succeeded' : 'Failed'
  }
  world.addDisk(made)
  world.blobs.expect(id, uploadBytes)
  const operation = world.run(made.subscription, made.location, done, () => JSON.stringify(modelOf(request, made)), failure)
  return accepted(operation, request, modelOf(request, made), 202)
}

function removeDisk(request: ArmRequest): ArmReply {
  const { world } = request
  const found = world.disks.get(idOf(request, 'Compute/disks').toLowerCase())
  if (found === undefined) return { status: 204, body: null }
  if (found.owner !== null) {
    throw new ArmError(409, 'OperationNotAllowed', `Disk ${found.name} is attached to VM ${found.owner}.`)
  }
  refuseOpen(request, found, 'disk')
  return accepted(
    world.run(found.subscription, found.location, () => world.removeDisk(found.id)),
    request,
  )
}

function updateDisk(request: ArmRequest): ArmReply {
  const found = disk(request)
  const sizeGiB = Number(inside(request.body, 'properties', 'diskSizeGB') ?? found.sizeGiB)
  if (sizeGiB < found.sizeGiB) {
    throw new ArmError(400, 'BadRequest', 'Disk shrinking is not supported: the new size must be larger than the existing one.')
  }
  const tags = tagsIn(request.body)
  const done = () => {
    found.sizeGiB = sizeGiB
    if (tags !== undefined) found.tags = tags
  }
  return accepted(
    request.world.run(found.subscription, found.location, done, () => JSON.stringify(modelOf(request, found))),
    request,
    modelOf(request, found),
    202,
  )
}

function grantDisk(request: ArmRequest): ArmReply {
  const found = disk(request)
  const isUpload = found.isForUpload === true
  const access = textIn(request.body, 'access')
  if (isUpload !== (access === 'Write')) {
    throw new ArmError(409, 'OperationNotAllowed', `Disk ${found.name} cannot be given ${access} access in its current state.`)
  }
  if (found.owner !== null && request.world.machine(found.owner).power !== 'deallocated') {
    throw new ArmError(409, 'OperationNotAllowed', `Disk ${found.name} is attached to the running VM ${found.owner}.`)
  }
  if (!isUpload) request.world.blobs.of(found.id, diskBytes(found))
  return grant(request, found, isUpload ? 'Write' : 'Read')
}

function grant(request: ArmRequest, of: AzureDisk | AzureSnapshot, access: Access): ArmReply {
  const { world } = request
  const seconds = Number(inside(request.body, 'durationInSeconds') ?? 0)
  if (!(seconds > 0)) throw new ArmError(400, 'InvalidParameter', 'The value of parameter durationInSeconds is invalid.')
  if (of.properties?.['networkAccessPolicy'] === 'DenyAll') {
    throw new ArmError(403, 'OperationNotAllowed', `Access to ${of.name} is denied by its network access policy.`)
  }
  const link = world.blobs.grant(of.id, access, seconds)
  const operation = world.run(
    of.subscription,
    of.location,
    () => {},
    () => JSON.stringify({ accessSAS: link }),
  )
  return accepted(operation, request)
}

function revokeDisk(request: ArmRequest): ArmReply {
  const { world } = request
  const found = disk(request)
  const done = () => {
    if (found.isForUpload === true && world.blobs.isOpen(found.id)) found.isForUpload = false
    world.blobs.revoke(found.id)
  }
  return accepted(world.run(found.subscription, found.location, done), request)
}

function refuseOpen({ world }: ArmRequest, { id, name }: { readonly id: string; readonly name: string }, what: string): void {
  if (!world.blobs.isOpen(id)) return
  const words = `There is an active shared access signature outstanding for ${what} ${name}. Call EndGetAccess before deleting or attaching the ${what}.`
  throw new ArmError(409, 'OperationNotAllowed', words)
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
  const told = ['networkAccessPolicy', 'publicNetworkAccess'].map((name) => [name, textIn(body, 'properties', name)] as const)
  const made: AzureSnapshot = {
    id: idOf(request, 'Compute/snapshots'),
    name: params['name'] ?? '',
    subscription: params['subscription'] ?? '',
    location: textIn(body, 'location') ?? source.location,
    sizeBytes: diskBytes(source),
    sourceId: source.id,
    createdAtMs: Date.now(),
    properties: Object.fromEntries(told.filter(([, value]) => value !== undefined)),
    provisioning: 'Creating',
    tags: tagsIn(body) ?? {},
  }
  const failure = world.takeFailure(made.id)
  world.snapshots.set(made.id.toLowerCase(), made)
  world.blobs.freeze(made.id, world.blobs.of(source.id, made.sizeBytes))
  const done = () => {
    made.provisioning = failure === null ? 'Succeeded' : 'Failed'
  }
  return accepted(
    world.run(made.subscription, made.location, done, () => JSON.stringify(snapshotModel(made)), failure),
    request,
    snapshotModel(made),
    202,
  )
}

function removeSnapshot(request: ArmRequest): ArmReply {
  const { world } = request
  const found = world.snapshots.get(idOf(request, 'Compute/snapshots').toLowerCase())
  if (found === undefined) return { status: 204, body: null }
  refuseOpen(request, found, 'snapshot')
  const done = () => {
    world.snapshots.delete(found.id.toLowerCase())
    world.blobs.forget(found.id)
  }
  return accepted(world.run(found.subscription, found.location, done), request)
}
