import type {
  ComputeManagementClient,
  GalleryImage,
  GalleryImageVersion,
  HyperVGeneration,
  VirtualMachine,
  VirtualMachineInstanceView,
} from '@azure/arm-compute'
import type { Operation } from '../cloud/index.ts'
import { problems } from '../cloud/index.ts'
import type { CallOptions, ProbeAnswer } from '../provider.ts'
import { type AzureAccount, abortOf, allOf, ask, orNull } from './account.ts'
import { idOf, parseId, refOf } from './ids.ts'
import type { Inventory } from './inventory.ts'
import { begun } from './operation.ts'
import { badImageName, LABEL, nameTaken } from './problems.ts'

/** On what the console makes beside machines: which request made it. */
export const REQUEST_TAG = 'novacron-request'
/** The compute gallery that the console makes in a machine's resource group. */
const GALLERY = 'novacron'
/** Each image is a definition of its own with this one version. */
const VERSION = '1.0.0'
const PUBLISHER = 'NovaCron'
const POLL_MS = 1_000
const TRUSTED_LAUNCH = 'TrustedLaunch'

/** Where an image stands: in the machine's resource group. */
interface Spot {
  readonly compute: ComputeManagementClient
  readonly group: string
  readonly name: string
}

export interface ImageRequest {
  readonly ref: string
  readonly name: string
  readonly requestId: string
}

/** Images of machines as they are, in compute galleries: the machine goes on. Every call throws AppError. */
export class Gallery {
  readonly #account: AzureAccount
  readonly #inventory: Inventory

  constructor(account: AzureAccount, inventory: Inventory) {
    this.#account = account
    this.#inventory = inventory
  }

  /**
   * Makes what is missing: gallery, definition, version. The version takes its time; one of the same request is followed. Throws `conflict`
   * azure.name-taken, `invalid-input` azure.image-name.
   */
  async make({ ref, name, requestId }: ImageRequest, options: CallOptions): Promise<Operation> {
    if (!/^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/i.test(name)) throw badImageName(name)
    const spot = await this.#spot(ref, name)
    const found = await this.#inventory.model(ref, options)
    if (found === null) throw problems.machineNotFound()
    const there = await orNull(spot.compute.galleryImages.get(spot.group, GALLERY, name, abortOf(options)))
    if (there !== null && there.tags?.[REQUEST_TAG] !== requestId) throw nameTaken(name)
    const made = await versionOf(spot, options)
    if (made !== null && made.provisioningState !== 'Failed') return this.#follow(spot)
    const { location } = found.vm
    const tags = { [REQUEST_TAG]: requestId }
    if (there === null) {
      await needGallery(spot, location, tags, options)
      const definition = { ...(await this.#definitionOf(spot, found.vm, found.view, options)), location, tags }
      await ask(
        spot.compute.galleryImages.createOrUpdate(spot.group, GALLERY, name, definition, quickly(options)).pollUntilDone(abortOf(options)),
      )
    }
    const version: GalleryImageVersion = {
      location,
      tags,
      publishingProfile: { targetRegions: [{ name: location }] },
      storageProfile: { source: { virtualMachineId: found.vm.id ?? ref } },
    }
    return begun(spot.compute.galleryImageVersions.createOrUpdate(spot.group, GALLERY, name, VERSION, version, abortOf(options)))
  }

  /** Found by its tag. One that is still being made counts as not done: asked for again it is followed, not made twice. */
  async outcome({ ref, name, requestId }: ImageRequest, options: CallOptions): Promise<ProbeAnswer> {
    const version = await versionOf(await this.#spot(ref, name), options)
    return version?.tags?.[REQUEST_TAG] === requestId && version.provisioningState === 'Succeeded' ? 'done' : 'not-done'
  }

  async #spot(ref: string, name: string): Promise<Spot> {
    const { subscription, group } = idOf(ref)
    return { compute: await this.#account.compute(subscription), group, name }
  }

  #follow(spot: Spot): Operation {
    return {
      poll: async (options) => {
        const version = await versionOf(spot, options)
        if (version?.provisioningState === 'Failed') throw problems.failedThere(LABEL, `the image ${spot.name}`)
        return version?.provisioningState === 'Succeeded' ? 'done' : 'running'
      },
    }
  }

  /** What Azure asks of machines made from it: the same kind of machine. */
  async #definitionOf(
    { compute, group, name }: Spot,
    vm: VirtualMachine,
    view: VirtualMachineInstanceView | undefined,
    options: CallOptions,
  ): Promise<Omit<GalleryImage, 'location'>> {
    const { plan } = vm
    const types = await this.#inventory.types.orNone(idOf(vm.id ?? '').subscription, vm.location, options)
    const arch = types.get((vm.hardwareProfile?.vmSize ?? '').toLowerCase())?.arch
    const hyperVGeneration = view?.hyperVGeneration ?? (await generationOf(compute, vm, options))
    const isTrusted = vm.securityProfile?.securityType === TRUSTED_LAUNCH
    return {
      osType: vm.storageProfile?.osDisk?.osType ?? 'Linux',
      osState: 'Specialized',
      identifier: { publisher: PUBLISHER, offer: group, sku: name },
      ...(hyperVGeneration !== undefined && { hyperVGeneration }),
      ...(arch != null && { architecture: arch === 'aarch64' ? 'Arm64' : 'x64' }),
      ...(isTrusted && { features: [{ name: 'SecurityType', value: TRUSTED_LAUNCH }] }),
      ...(plan?.name !== undefined && {
        purchasePlan: {
          name: plan.name,
          ...(plan.publisher !== undefined && { publisher: plan.publisher }),
          ...(plan.product !== undefined && { product: plan.product }),
        },
      }),
    }
  }
}

async function generationOf(
  compute: ComputeManagementClient,
  { storageProfile }: VirtualMachine,
  options: CallOptions,
): Promise<HyperVGeneration | undefined> {
  const disk = parseId(storageProfile?.osDisk?.managedDisk?.id ?? '')
  return disk === null ? undefined : (await orNull(compute.disks.get(disk.group, disk.name, abortOf(options))))?.hyperVGeneration
}

async function needGallery({ compute, group }: Spot, location: string, tags: Record<string, string>, options: CallOptions): Promise<void> {
  if ((await orNull(compute.galleries.get(group, GALLERY, abortOf(options)))) !== null) return
  const gallery = { location, tags, description: 'Images of machines, made with NovaCron.' }
  await ask(compute.galleries.createOrUpdate(group, GALLERY, gallery, quickly(options)).pollUntilDone(abortOf(options)))
}

/** What comes next builds on it, so it is followed to its end at once. */
function quickly(options: CallOptions): { readonly updateIntervalInMs: number; readonly abortSignal?: AbortSignal } {
  return { ...abortOf(options), updateIntervalInMs: POLL_MS }
}

function versionOf({ compute, group, name }: Spot, options: CallOptions): Promise<GalleryImageVersion | null> {
  return orNull(compute.galleryImageVersions.get(group, GALLERY, name, VERSION, abortOf(options)))
}

/** The images of all galleries of a subscription, each by its definition, which stands for its newest version. */
export async function imagesOfGalleries(
  compute: ComputeManagementClient,
  options: CallOptions,
): Promise<ReadonlyArray<{ readonly gallery: string; readonly image: GalleryImage; readonly state: string | null }>> {
  const found = []
  for (const { id = '', name: gallery = '' } of await allOf(compute.galleries.list(abortOf(options)), options)) {
    const group = parseId(id)?.group
    if (group === undefined) continue
    for (const image of await allOf<GalleryImage>(compute.galleryImages.listByGallery(group, gallery, abortOf(options)), options)) {
      // of those that the console made it is known which version to look at: until that is there, nothing can be made from it
      const isOwn = image.tags?.[REQUEST_TAG] !== undefined
      const version = isOwn
        ? await orNull(compute.galleryImageVersions.get(group, gallery, image.name ?? '', VERSION, abortOf(options)))
        : null
      found.push({ gallery, image, state: (isOwn ? version?.provisioningState : image.provisioningState) ?? null })
    }
  }
  return found
}

/** What a machine made from this image has to have; null: it is no image of a gallery, or nobody may look at it. */
export async function galleryImageOf(account: AzureAccount, imageId: string, options: CallOptions): Promise<GalleryImage | null> {
  const [, , subscription, , group, , , galleries, gallery, images, name] = imageId.split('/')
  if (galleries?.toLowerCase() !== 'galleries' || images?.toLowerCase() !== 'images') return null
  const compute = await account.compute(refOf(subscription ?? ''))
  return orNull(compute.galleryImages.get(group ?? '', gallery ?? '', name ?? '', abortOf(options)))
}

/** How a machine of such an image is made: one that is a copy of another has its accounts already, and Azure takes none beside them. */
export function traitsOf(image: GalleryImage | null): {
  readonly isSpecialized: boolean
  readonly traits: Pick<VirtualMachine, 'securityProfile' | 'plan'>
} {
  const isTrusted = image?.features?.some(({ name, value }) => name === 'SecurityType' && value === TRUSTED_LAUNCH) === true
  return {
    isSpecialized: image?.osState === 'Specialized',
    traits: {
      ...(isTrusted && { securityProfile: { securityType: TRUSTED_LAUNCH, uefiSettings: { secureBootEnabled: true, vTpmEnabled: true } } }),
      ...(image?.purchasePlan !== undefined && { plan: image.purchasePlan }),
    },
  }
}
