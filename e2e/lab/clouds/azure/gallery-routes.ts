import { ArmError, type AzureGalleryPart } from './parts.ts'
import { type ArmReply, type ArmRequest, accepted, inside, notFound, ok, paged, type Route, tagsIn, textIn } from './wire.ts'

const LIST = 'subscriptions/{subscription}/providers/Microsoft.Compute/galleries'
const GALLERY = 'subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/galleries/{gallery}'
const IMAGE = `${GALLERY}/images/{image}`
const VERSION = `${IMAGE}/versions/{version}`
const ACTION = 'Microsoft.Compute/galleries'

/** Compute galleries: of their images and versions what it takes to make one of a machine and machines of it. */
export const galleryRoutes: readonly Route[] = [
  {
    ...read('Galleries_List', LIST, ''),
    handle: (request) =>
      paged(
        rows(galleries(request), ({ subscription }) => subscription === request.params['subscription']),
        request,
      ),
  },
  { ...read('Galleries_Get', GALLERY, ''), handle: (request) => ok(model(need(request, galleries(request), GALLERY))) },
  { ...write('Galleries_CreateOrUpdate', GALLERY, ''), handle: makeGallery },
  {
    ...read('GalleryImages_ListByGallery', `${GALLERY}/images`, '/images'),
    handle: (request) => {
      const under = `${idOf(request, GALLERY)}/images/`.toLowerCase()
      return paged(
        rows(images(request), ({ id }) => id.toLowerCase().startsWith(under)),
        request,
      )
    },
  },
  { ...read('GalleryImages_Get', IMAGE, '/images'), handle: (request) => ok(model(need(request, images(request), IMAGE))) },
  { ...write('GalleryImages_CreateOrUpdate', IMAGE, '/images'), handle: makeImage },
  {
    ...read('GalleryImageVersions_Get', VERSION, '/images/versions'),
    handle: (request) => ok(model(need(request, versions(request), VERSION))),
  },
  { ...write('GalleryImageVersions_CreateOrUpdate', VERSION, '/images/versions'), handle: makeVersion },
]

function galleries({ world }: ArmRequest): Map<string, AzureGalleryPart> {
  return world.galleries
}

function images({ world }: ArmRequest): Map<string, AzureGalleryPart> {
  return world.galleryImages
}

function versions({ world }: ArmRequest): Map<string, AzureGalleryPart> {
  return world.galleryVersions
}

function read(operation: string, path: string, part: string): Pick<Route, 'operation' | 'method' | 'path' | 'action'> {
  return { operation, method: 'GET', path, action: `${ACTION}${part}/read` }
}

function write(operation: string, path: string, part: string): Pick<Route, 'operation' | 'method' | 'path' | 'action'> {
  return { operation, method: 'PUT', path, action: `${ACTION}${part}/write` }
}

function makeGallery(request: ArmRequest): ArmReply {
  const id = idOf(request, GALLERY)
  return put(request, galleries(request), { ...base(request, id, ACTION), properties: { identifier: { uniqueName: id } } })
}

function makeImage(request: ArmRequest): ArmReply {
  const { body } = request
  need(request, galleries(request), GALLERY)
  const identifier = inside(body, 'properties', 'identifier')
  const osState = textIn(body, 'properties', 'osState')
  if (osState !== 'Specialized' && osState !== 'Generalized') {
    throw new ArmError(400, 'InvalidParameter', "Required parameter 'galleryImage.properties.osState' is missing (null).")
  }
  const under = `${idOf(request, GALLERY)}/images/`.toLowerCase()
  const id = idOf(request, IMAGE)
  const same = [...images(request).values()].find((each) => {
    const isOther = each.id.toLowerCase().startsWith(under) && each.id.toLowerCase() !== id.toLowerCase()
    return isOther && JSON.stringify(each.properties['identifier']) === JSON.stringify(identifier)
  })
  if (same !== undefined) {
    throw new ArmError(409, 'Conflict', `A gallery image with the same publisher, offer and sku exists already: ${same.name}.`)
  }
  const properties = inside(body, 'properties') as Readonly<Record<string, unknown>>
  return put(request, images(request), { ...base(request, id, `${ACTION}/images`), properties: { hyperVGeneration: 'V1', ...properties } })
}

function makeVersion(request: ArmRequest): ArmReply {
  const { world, body } = request
  const image = need(request, images(request), IMAGE)
  const sourceId = textIn(body, 'properties', 'storageProfile', 'source', 'virtualMachineId') ?? ''
  const vm = world.machines.get(sourceId.toLowerCase())
  if (vm === undefined) throw new ArmError(404, 'NotFound', `The source '${sourceId}' was not found.`)
  const osType = vm.windows ? 'Windows' : 'Linux'
  if (image.properties['osType'] !== osType || image.properties['hyperVGeneration'] !== 'V2') {
    throw new ArmError(409, 'InvalidParameter', `The source is ${osType} of generation V2, and its gallery image is not.`)
  }
  const failure = world.takeFailure(vm.id)
  return put(
    request,
    versions(request),
    {
      ...base(request, idOf(request, VERSION), `${ACTION}/images/versions`),
      properties: {
        publishingProfile: inside(body, 'properties', 'publishingProfile'),
        storageProfile: {
          source: { virtualMachineId: vm.id },
          osDiskImage: { sizeInGB: vm.disks[0]?.disk.sizeGiB, hostCaching: 'ReadWrite' },
        },
      },
    },
    failure,
  )
}

function base({ params, body }: ArmRequest, id: string, type: string): Omit<AzureGalleryPart, 'properties'> {
  return {
    id,
    name: id.split('/').at(-1) ?? '',
    type,
    subscription: params['subscription'] ?? '',
    location: textIn(body, 'location') ?? '',
    tags: tagsIn(body) ?? {},
    state: 'Creating',
  }
}

/** It is there at once, and ready when its operation has ended. */
function put<T extends AzureGalleryPart>(
  { world, ...request }: ArmRequest,
  into: Map<string, AzureGalleryPart>,
  made: T,
  failure: ReturnType<ArmRequest['world']['takeFailure']> = null,
): ArmReply {
  into.set(made.id.toLowerCase(), made)
  const finish = () => {
    made.state = failure === null ? 'Succeeded' : 'Failed'
  }
  const operation = world.run(made.subscription, made.location, finish, () => JSON.stringify(model(made)), failure)
  return accepted(operation, { world, ...request }, model(made), 201)
}

function model({ id, name, type, location, tags, state, properties }: AzureGalleryPart): Record<string, unknown> {
  return { name, id, type, location, tags, properties: { ...properties, provisioningState: state } }
}

function rows(all: ReadonlyMap<string, AzureGalleryPart>, wanted: (each: AzureGalleryPart) => boolean): string[] {
  return [...all.values()].filter(wanted).map((each) => JSON.stringify(model(each)))
}

function need<T extends AzureGalleryPart>(request: ArmRequest, all: ReadonlyMap<string, T>, template: string): T {
  const id = idOf(request, template)
  const found = all.get(id.toLowerCase())
  if (found === undefined) throw notFound('Microsoft.Compute/galleries', id.split('/').at(-1) ?? '', request.params['group'] ?? '')
  return found
}

function idOf({ params }: ArmRequest, template: string): string {
  return `/${template.replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? '')}`
}
