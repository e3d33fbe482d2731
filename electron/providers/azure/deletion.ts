import type { ComputeManagementClient, StorageProfile, VirtualMachine } from '@azure/arm-compute'
import { isAppError } from '../../../shared/errors/index.ts'
import { type Operation, problems } from '../cloud/index.ts'
import type { CallOptions } from '../provider.ts'
import { abortOf, ask } from './account.ts'
import { changedDeleteOptions, deleteOptionsOf } from './attached.ts'
import { idOf } from './ids.ts'
import type { Inventory } from './inventory.ts'

export interface Deletion {
  readonly compute: ComputeManagementClient
  readonly inventory: Inventory
  readonly ref: string
  readonly options: CallOptions
}

/**
 * Has exactly the chosen disks go with the machine, then begins the deletion. Where Azure refuses it, then or later, the machine's disks are
 * as they were. Throws AppError; `invalid-input` cloud.disk-not-there.
 */
export async function deleteMachine(
  of: Deletion,
  diskKeys: readonly string[],
  begin: () => Promise<Operation | null>,
): Promise<Operation | null> {
  const vm = await modelOf(of)
  const before = deleteOptionsOf(vm)
  const chosen = new Set(diskKeys.map((key) => key.toLowerCase()))
  const strange = [...chosen].find((key) => !before.has(key))
  if (strange !== undefined) throw problems.diskNotDeletable(strange)
  const profile = changedDeleteOptions(vm, chosen)
  if (profile !== null) await update(of, profile)
  const putBack = async (thrown: unknown): Promise<never> => {
    const isRefused = isAppError(thrown) && !['indeterminate', 'cancelled', 'unauthenticated'].includes(thrown.kind)
    // what cannot be put back is seen in the plan of the next deletion; the refusal is what the person has to hear
    if (isRefused && profile !== null) await restore(of, before).catch(() => undefined)
    throw thrown
  }
  const operation = await begin().catch(putBack)
  return operation && { poll: (options) => operation.poll(options).catch(putBack) }
}

async function restore(of: Deletion, before: ReadonlyMap<string, boolean>): Promise<void> {
  const went = new Set([...before].flatMap(([key, goes]) => (goes ? key : [])))
  const old = changedDeleteOptions(await modelOf(of), went)
  if (old !== null) await update(of, old)
}

/** To its end: what comes next builds on it. */
async function update({ compute, ref, options }: Deletion, storageProfile: StorageProfile): Promise<void> {
  const { group, name } = idOf(ref)
  const poller = compute.virtualMachines.update(group, name, { storageProfile }, { ...abortOf(options), updateIntervalInMs: 1_000 })
  await ask(poller.pollUntilDone(abortOf(options)))
}

async function modelOf({ inventory, ref, options }: Deletion): Promise<VirtualMachine> {
  const found = await inventory.model(ref, options)
  if (found === null) throw problems.machineNotFound()
  return found.vm
}
