import type { ImageReference, SshPublicKeyResource, VirtualMachine } from '@azure/arm-compute'
import type { NetworkInterface, VirtualNetwork } from '@azure/arm-network'
import { isAppError } from '../../../shared/errors/index.ts'
import type { CloudMachineSpec } from '../../../shared/model/index.ts'
import type { ActOptions, CallOptions } from '../provider.ts'
import { type AzureAccount, abortOf, allOf, ask, orNull, pagesOf } from './account.ts'
import { checkedTag } from './actions.ts'
import { galleryImageOf, traitsOf } from './gallery.ts'
import { ownerOf, parseId, refOf } from './ids.ts'
import type { Inventory } from './inventory.ts'
import { isWindows, windowsProfile } from './os-profile.ts'
import { badChoice, nameTaken, withSize } from './problems.ts'

/** On what this console made: by it a repetition is recognised. */
export const TOKEN_TAG = 'novacron-token'
const USUAL_USER = 'azureuser'
/** It stays with the task that has made a machine of Windows. */
const PASSWORD_NOTE = 'outcome-windows-password'

/** Where a machine stands. */
export interface Ground {
  readonly subscription: string
  readonly group: string
  readonly location: string
  readonly subnetId: string
}

/** What a machine is made of, beside what its wish says: its storage, and its login where it takes one. */
export type Substance = Pick<VirtualMachine, 'storageProfile' | 'osProfile' | 'securityProfile' | 'plan'>
type Wish = Omit<CloudMachineSpec, 'imageId'>

/** Makes machines, each with a card of its own and an address if one is wanted; they go with the machine when it is deleted. */
export class AzureCreate {
  readonly #account: AzureAccount
  readonly #inventory: Inventory

  constructor(account: AzureAccount, inventory: Inventory) {
    this.#account = account
    this.#inventory = inventory
  }

  /** Resolves when it is accepted. Throws AppError; `conflict` azure.name-taken, `indeterminate`. */
  async create(subscription: string, spec: CloudMachineSpec, token: string, options: ActOptions): Promise<string> {
    refuseWish(spec)
    const imageReference = imageOf(spec.imageId)
    const ground = await this.ground(subscription, spec.subnetId, options)
    const there = await this.#there(ground, spec, token, options)
    if (there !== null) {
      if (there.osProfile?.windowsConfiguration != null) options.onProgress?.({ note: PASSWORD_NOTE })
      return refOf(there.id ?? '')
    }
    const gallery = await galleryImageOf(this.#account, spec.imageId, options)
    const { isSpecialized, traits } = traitsOf(gallery)
    const isOfWindows = !isSpecialized && (await isWindows(this.#account, ground, imageReference, gallery, options))
    const osProfile = isSpecialized
      ? null
      : isOfWindows
        ? windowsProfile(spec.name, spec.user ?? USUAL_USER)
        : { computerName: spec.name, ...(await this.#login(subscription, spec, options)) }
    const storageProfile: Substance['storageProfile'] = { imageReference, osDisk: { createOption: 'FromImage', deleteOption: 'Detach' } }
    const ref = await this.#make(ground, spec, token, { storageProfile, ...(osProfile !== null && { osProfile }), ...traits }, options)
    if (isOfWindows) options.onProgress?.({ note: PASSWORD_NOTE })
    return ref
  }

  /** A machine of disks that are there: it takes no login, as they have theirs. Throws as `create`. */
  async ofDisks(subscription: string, spec: Wish, token: string, substance: Substance, options: ActOptions): Promise<string> {
    refuseWish(spec)
    const ground = await this.ground(subscription, spec.subnetId, options)
    const there = await this.#there(ground, spec, token, options)
    return there === null ? this.#make(ground, spec, token, substance, options) : refOf(there.id ?? '')
  }

  /** The one of that name that the same token made; null: none. Throws `conflict` azure.name-taken. */
  async #there({ subscription, group }: Ground, { name }: Wish, token: string, options: CallOptions): Promise<VirtualMachine | null> {
    const { virtualMachines } = await this.#account.compute(subscription)
    const there = await orNull(virtualMachines.get(group, name, abortOf(options)))
    if (there !== null && there.tags?.[TOKEN_TAG] !== token) throw nameTaken(name)
    return there
  }

  async #make(ground: Ground, spec: Wish, token: string, substance: Substance, options: ActOptions): Promise<string> {
    const { subscription, group, location } = ground
    options.onProgress?.({ note: 'waiting-for-cloud' })
    const made = await this.#card(ground, spec, token, options)
    const machine: VirtualMachine = {
      location,
      ...(spec.zone !== null && { zones: [spec.zone] }),
      tags: { ...Object.fromEntries(spec.tags.map(checkedTag)), [TOKEN_TAG]: token },
      hardwareProfile: { vmSize: spec.type },
      networkProfile: { networkInterfaces: [{ id: made.id ?? '', primary: true, deleteOption: 'Delete' }] },
      diagnosticsProfile: { bootDiagnostics: { enabled: true } },
      ...substance,
    }
    const { virtualMachines } = await this.#account.compute(subscription)
    const poller = virtualMachines.createOrUpdate(group, spec.name, machine, { ...abortOf(options), ifNoneMatch: '*' })
    try {
      await ask(poller.submitted())
    } catch (thrown) {
      // what was made for it is of no use without it; who cannot tell whether it was made leaves everything
      if (isAppError(thrown) && thrown.kind !== 'indeterminate' && thrown.kind !== 'cancelled') await this.#takeBack(made)
      throw withSize(thrown, spec.type)
    }
    this.#inventory.cards.forget(subscription)
    return `/subscriptions/${subscription}/resourcegroups/${group}/providers/microsoft.compute/virtualmachines/${spec.name}`.toLowerCase()
  }

  async created(subscription: string, token: string, options: CallOptions): Promise<string | null> {
    const { virtualMachines } = await this.#account.compute(subscription)
    for await (const page of pagesOf<VirtualMachine>(virtualMachines.listAll(abortOf(options)), options)) {
      const found = page.find(({ tags }) => tags?.[TOKEN_TAG] === token)
      if (found?.id !== undefined) return refOf(found.id)
    }
    return null
  }

  /** Where it stands: the subnet decides about the region, and its network about the resource group. Throws `invalid-input` azure.subnet-needed. */
  async ground(subscription: string, subnetId: string | null, options: CallOptions): Promise<Ground> {
    const { virtualNetworks } = await this.#account.network(subscription)
    const networks = await allOf<VirtualNetwork>(virtualNetworks.listAll(abortOf(options)), options)
    const subnets = networks.flatMap((network) => (network.subnets ?? []).map(({ id = '' }) => ({ network, id })))
    const found =
      subnetId === null ? (subnets.length === 1 ? subnets[0] : undefined) : subnets.find(({ id }) => refOf(id) === refOf(subnetId))
    if (found === undefined) {
      throw badChoice('azure.subnet-needed', 'Choose a subnet: Azure has no default one. It also decides about region and resource group.')
    }
    const id = parseId(ownerOf(found.network.id ?? ''))
    const whole = parseId(found.network.id ?? '')
    return { subscription, group: whole?.group ?? id?.group ?? '', location: found.network.location ?? '', subnetId: found.id }
  }

  /** Named after the token, so that a repetition finds it and no other machine's card is ever changed. */
  async #card(
    { subscription, group, location, subnetId }: Ground,
    spec: Wish,
    token: string,
    options: CallOptions,
  ): Promise<NetworkInterface> {
    const { networkInterfaces, publicIPAddresses } = await this.#account.network(subscription)
    const part = token.slice(0, 8)
    const sku = { sku: { name: 'Standard' as const }, publicIPAllocationMethod: 'Static' as const, location }
    const address = spec.publicAddress
      ? await ask(publicIPAddresses.createOrUpdate(group, `${spec.name}-ip-${part}`, sku, abortOf(options)).pollUntilDone(abortOf(options)))
      : null
    const [groupId] = spec.groupIds
    const card: NetworkInterface = {
      location,
      ipConfigurations: [
        {
          name: 'ipconfig1',
          subnet: { id: subnetId },
          ...(address !== null && { publicIPAddress: { ...(address.id !== undefined && { id: address.id }), deleteOption: 'Delete' } }),
        },
      ],
      ...(groupId !== undefined && { networkSecurityGroup: { id: groupId } }),
    }
    const poller = networkInterfaces.createOrUpdate(group, `${spec.name}-nic-${part}`, card, abortOf(options))
    return ask(poller.pollUntilDone(abortOf(options)))
  }

  async #takeBack({ id }: NetworkInterface): Promise<void> {
    const parts = parseId(id ?? '')
    if (parts === null) return
    const { networkInterfaces } = await this.#account.network(parts.subscription)
    // what cannot be taken back is seen in the account; the refusal is what the person has to hear
    await networkInterfaces
      .delete(parts.group, parts.name)
      .submitted()
      .catch(() => undefined)
  }

  async #login(subscription: string, spec: CloudMachineSpec, options: CallOptions): Promise<NonNullable<VirtualMachine['osProfile']>> {
    const adminUsername = spec.user ?? USUAL_USER
    const keyData = spec.sshKey ?? (spec.keyName === null ? null : await this.#storedKey(subscription, spec.keyName, options))
    if (keyData === null)
      throw badChoice('azure.key-needed', 'Give an SSH key, or choose one that Azure keeps: nobody could log in otherwise.')
    const ssh = { publicKeys: [{ path: `/home/${adminUsername}/.ssh/authorized_keys`, keyData: keyData.trim() }] }
    return { adminUsername, linuxConfiguration: { disablePasswordAuthentication: true, ssh } }
  }

  async #storedKey(subscription: string, name: string, options: CallOptions): Promise<string> {
    const { sshPublicKeys } = await this.#account.compute(subscription)
    const keys = await allOf<SshPublicKeyResource>(sshPublicKeys.listBySubscription(abortOf(options)), options)
    const key = keys.find((each) => each.name === name || refOf(each.id ?? '') === refOf(name))?.publicKey
    if (key === undefined) throw badChoice('azure.key-needed', `Azure keeps no SSH key named ${name}. Choose another, or give one.`)
    return key
  }
}

/** What is wrong with it whatever the account has. */
function refuseWish({ tags, groupIds }: Wish): void {
  for (const tag of tags) checkedTag(tag)
  if (groupIds.length > 1) throw badChoice('azure.one-group', 'A network card of Azure takes one security group. Choose one.')
}

/** A resource id, or publisher:offer:sku:version. */
function imageOf(imageId: string): ImageReference {
  if (imageId.startsWith('/')) return { id: imageId }
  const [publisher, offer, sku, version = 'latest', ...rest] = imageId.split(':')
  if (!publisher || !offer || !sku || rest.length > 0) {
    throw badChoice('azure.image-form', 'Give the image as publisher:offer:sku:version, or its resource id.')
  }
  return { publisher, offer, sku, version }
}
