import { randomBytes } from 'node:crypto'
import type { GalleryImage, ImageReference, VirtualMachine } from '@azure/arm-compute'
import { isAppError } from '../../../shared/errors/index.ts'
import type { CallOptions } from '../provider.ts'
import { type AzureAccount, abortOf, ask, orNull } from './account.ts'
import { parseId } from './ids.ts'
import { isNotOffered } from './problems.ts'

type OsProfile = NonNullable<VirtualMachine['osProfile']>

/** Azure's limit for the name that Windows has for itself. */
const WINDOWS_NAME = 15
const PASSWORD_BYTES = 24

/** Whether an image is one of Windows. Where Azure does not tell, as to who may not look at images, its name does. Throws AppError. */
export async function isWindows(
  account: AzureAccount,
  { subscription, location }: { readonly subscription: string; readonly location: string },
  image: ImageReference,
  gallery: GalleryImage | null,
  options: CallOptions,
): Promise<boolean> {
  const os = gallery?.osType ?? (await osOf(account, subscription, location, image, options).catch(nullWhereNotOffered))
  return os == null ? looksLikeWindows(image) : os === 'Windows'
}

async function osOf(
  account: AzureAccount,
  subscription: string,
  location: string,
  { id, publisher = '', offer = '', sku = '', version = '' }: ImageReference,
  options: CallOptions,
): Promise<string | null> {
  const managed = id === undefined ? null : parseId(id)
  if (managed !== null) {
    const { images } = await account.compute(managed.subscription)
    return (await orNull(images.get(managed.group, managed.name, abortOf(options))))?.storageProfile?.osDisk?.osType ?? null
  }
  if (id !== undefined) return null
  const { virtualMachineImages } = await account.compute(subscription)
  const newest = async () => {
    const [one] = await ask(
      virtualMachineImages.list(location, publisher, offer, sku, { top: 1, orderby: 'name desc', ...abortOf(options) }),
    )
    return one?.name
  }
  const exact = version === 'latest' ? await newest() : version
  if (exact === undefined) return null
  const found = await orNull(virtualMachineImages.get(location, publisher, offer, sku, exact, abortOf(options)))
  return found?.osDiskImage?.operatingSystem ?? null
}

function nullWhereNotOffered(thrown: unknown): null {
  if (isNotOffered(thrown) || (isAppError(thrown) && thrown.kind === 'remote-failure')) return null
  throw thrown
}

function looksLikeWindows({ publisher = '', offer = '', sku = '' }: ImageReference): boolean {
  return /windows/i.test(`${publisher} ${offer} ${sku}`)
}

/**
 * Azure makes no Windows without a password. It gets a random one that is kept nowhere and that nobody sees: to log in a person sets an own
 * one with Azure's reset of passwords. A command run from the console would do as well, and would stand in the audit log.
 */
export function windowsProfile(name: string, adminUsername: string): OsProfile {
  return {
    computerName: name.slice(0, WINDOWS_NAME).replace(/[^A-Za-z0-9]+$/, ''),
    adminUsername,
    // of all four kinds of characters, whatever the bytes are
    adminPassword: `${randomBytes(PASSWORD_BYTES).toString('base64url')}aA1!`,
    windowsConfiguration: { provisionVMAgent: true, enableAutomaticUpdates: true },
  }
}
