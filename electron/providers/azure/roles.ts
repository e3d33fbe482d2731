import { z } from 'zod'
import { type AppError, isAppError } from '../../../shared/errors/index.ts'
import type { CloudFeature, CloudPermission, CloudPolicy } from '../../../shared/model/index.ts'
import type { CallOptions } from '../provider.ts'
import type { AzureAccount } from './account.ts'
import type { AzureConfig } from './config.ts'

interface Need {
  readonly action: string
  readonly features: readonly CloudFeature[]
  readonly policy: CloudPolicy['id']
}

function need(action: string, policy: CloudPolicy['id'], ...features: readonly CloudFeature[]): Need {
  return { action, features, policy }
}

/** Every action of Azure's role-based access that the console makes use of. */
const NEEDS: readonly Need[] = [
  need('Microsoft.Resources/subscriptions/read', 'read', 'inventory'),
  need('Microsoft.Compute/virtualMachines/read', 'read', 'inventory'),
  need('Microsoft.Compute/virtualMachines/instanceView/read', 'read', 'inventory'),
  need('Microsoft.Compute/skus/read', 'read', 'inventory', 'resize'),
  need('Microsoft.Compute/virtualMachines/vmSizes/read', 'read', 'resize'),
  need('Microsoft.Network/networkInterfaces/read', 'read', 'inventory', 'networks'),
  need('Microsoft.Network/publicIPAddresses/read', 'read', 'inventory', 'networks'),
  need('Microsoft.Network/virtualNetworks/read', 'read', 'networks'),
  need('Microsoft.Network/networkSecurityGroups/read', 'read', 'networks'),
  need('Microsoft.Compute/disks/read', 'read', 'disks'),
  need('Microsoft.Compute/snapshots/read', 'read', 'snapshots'),
  need('Microsoft.Compute/images/read', 'read', 'images'),
  need('Microsoft.Compute/galleries/read', 'read', 'images'),
  need('Microsoft.Compute/galleries/images/read', 'read', 'images', 'create'),
  need('Microsoft.Compute/galleries/images/versions/read', 'read', 'images', 'create'),
  need('Microsoft.Compute/locations/publishers/artifacttypes/offers/skus/versions/read', 'read', 'create'),
  need('Microsoft.Compute/sshPublicKeys/read', 'read', 'create'),
  need('Microsoft.Authorization/locks/read', 'read', 'protection'),
  need('Microsoft.Authorization/permissions/read', 'read', 'inventory'),
  need('Microsoft.Insights/metrics/read', 'read', 'metrics'),
  need('Microsoft.Insights/eventtypes/values/read', 'read', 'power'),
  need('Microsoft.Compute/virtualMachines/retrieveBootDiagnosticsData/action', 'read', 'serial', 'screenshot'),
  need('Microsoft.Compute/virtualMachines/start/action', 'operate', 'power'),
  need('Microsoft.Compute/virtualMachines/powerOff/action', 'operate', 'power'),
  need('Microsoft.Compute/virtualMachines/deallocate/action', 'operate', 'power'),
  need('Microsoft.Compute/virtualMachines/restart/action', 'operate', 'power'),
  need('Microsoft.Compute/virtualMachines/write', 'operate', 'tags', 'resize', 'disks', 'create'),
  need('Microsoft.Compute/virtualMachines/delete', 'operate', 'delete'),
  need('Microsoft.Compute/virtualMachines/runCommand/action', 'operate', 'run-command'),
  need('Microsoft.ComputeSchedule/locations/virtualMachinesExecuteStart/action', 'operate', 'many-at-once'),
  need('Microsoft.ComputeSchedule/locations/virtualMachinesExecuteDeallocate/action', 'operate', 'many-at-once'),
  need('Microsoft.ComputeSchedule/locations/virtualMachinesExecuteHibernate/action', 'operate', 'many-at-once'),
  need('Microsoft.ComputeSchedule/locations/virtualMachinesExecuteDelete/action', 'operate', 'many-at-once'),
  need('Microsoft.ComputeSchedule/locations/virtualMachinesGetOperationStatus/action', 'operate', 'many-at-once'),
  need('Microsoft.Compute/disks/write', 'operate', 'disks', 'create', 'transfer'),
  need('Microsoft.Compute/disks/delete', 'operate', 'delete', 'transfer'),
  need('Microsoft.Compute/disks/beginGetAccess/action', 'operate', 'snapshots', 'transfer'),
  need('Microsoft.Compute/disks/endGetAccess/action', 'operate', 'transfer'),
  need('Microsoft.Compute/snapshots/write', 'operate', 'snapshots', 'transfer'),
  need('Microsoft.Compute/snapshots/delete', 'operate', 'transfer'),
  need('Microsoft.Compute/snapshots/beginGetAccess/action', 'operate', 'transfer'),
  need('Microsoft.Compute/snapshots/endGetAccess/action', 'operate', 'transfer'),
  need('Microsoft.Compute/galleries/write', 'operate', 'images'),
  need('Microsoft.Compute/galleries/images/write', 'operate', 'images'),
  need('Microsoft.Compute/galleries/images/versions/write', 'operate', 'images'),
  need('Microsoft.Network/networkInterfaces/write', 'operate', 'create'),
  need('Microsoft.Network/networkInterfaces/join/action', 'operate', 'create', 'disks', 'tags', 'resize'),
  need('Microsoft.Network/networkInterfaces/delete', 'operate', 'create'),
  need('Microsoft.Network/publicIPAddresses/write', 'operate', 'create'),
  need('Microsoft.Network/publicIPAddresses/join/action', 'operate', 'create'),
  need('Microsoft.Network/virtualNetworks/subnets/join/action', 'operate', 'create'),
  need('Microsoft.Network/networkSecurityGroups/join/action', 'operate', 'create'),
  need('Microsoft.Authorization/locks/write', 'operate', 'protection'),
  need('Microsoft.Authorization/locks/delete', 'operate', 'protection'),
]

const roleSchema = z.object({ actions: z.array(z.string()).default([]), notActions: z.array(z.string()).default([]) })
type Role = z.infer<typeof roleSchema>

/** Which of these actions no role allows. Throws AppError; `forbidden` when the roles themselves may not be read. */
export async function missingOf(
  account: AzureAccount,
  subscription: string,
  actions: readonly string[],
  options: CallOptions,
): Promise<readonly string[]> {
  const roles = await rolesOf(account, subscription, options)
  if (isAppError(roles)) throw roles
  return actions.filter((action) => !allows(roles, action))
}

/** What the roles of who is logged in allow, in each subscription. */
export async function permissionsOf(
  account: AzureAccount,
  subscriptions: readonly string[],
  options: CallOptions,
): Promise<CloudPermission[]> {
  const perPlace = await Promise.all(
    subscriptions.map(async (subscription) => {
      const roles = await rolesOf(account, subscription, options)
      return NEEDS.map(({ action, features }): CloudPermission => {
        const isKnown = !isAppError(roles)
        const state = !isKnown ? 'unknown' : allows(roles, action) ? 'granted' : 'missing'
        return { name: action, state, features: [...features], scope: subscription, detail: isKnown ? null : roles.message }
      })
    }),
  )
  return perPlace.flat()
}

async function rolesOf(account: AzureAccount, subscription: string, options: CallOptions): Promise<readonly Role[] | AppError> {
  const path = `/subscriptions/${subscription}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01`
  try {
    return (await account.rest.list(path, options)).flatMap((each) => {
      const { success, data } = roleSchema.safeParse(each)
      return success ? [data] : []
    })
  } catch (thrown) {
    if (!isAppError(thrown) || thrown.kind === 'unauthenticated' || thrown.kind === 'cancelled') throw thrown
    return thrown
  }
}

/** One role that allows it and does not take it back is enough. `*` stands for any characters, and case does not count. */
export function allows(roles: readonly Role[], action: string): boolean {
  return roles.some(
    ({ actions, notActions }) => actions.some((one) => matches(one, action)) && !notActions.some((one) => matches(one, action)),
  )
}

function matches(pattern: string, action: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 'i').test(action)
}

/** The least that is needed, as definitions of custom roles. */
export function policiesOf({ subscriptions }: AzureConfig): readonly CloudPolicy[] {
  const scopes =
    subscriptions.length === 0 ? ['/subscriptions/00000000-0000-0000-0000-000000000000'] : subscriptions.map((id) => `/subscriptions/${id}`)
  return (['read', 'operate'] as const).map((id) => ({
    id,
    format: 'json',
    text: JSON.stringify(
      {
        Name: id === 'read' ? 'NovaCron reader' : 'NovaCron operator',
        IsCustom: true,
        Description: id === 'read' ? 'Sees virtual machines and what belongs to them.' : 'Sees and operates virtual machines.',
        Actions: NEEDS.filter(({ policy }) => id === 'operate' || policy === 'read').map(({ action }) => action),
        NotActions: [],
        DataActions: [],
        NotDataActions: [],
        AssignableScopes: scopes,
      },
      null,
      2,
    ),
  }))
}
