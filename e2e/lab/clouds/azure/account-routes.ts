import { ArmError } from './parts.ts'
import { diskModel, graphBase, lockModel, nicModel, publicIpModel } from './render.ts'
import { LOCATIONS } from './sizes.ts'
import { type ArmReply, type ArmRequest, errorBody, inside, ok, paged, type Route, textIn } from './wire.ts'
import type { AzureWorld } from './world.ts'

const SUBSCRIPTION = 'subscriptions/{subscription}'
const AUTHORIZATION = `${SUBSCRIPTION}/providers/Microsoft.Authorization`
const VM = `${SUBSCRIPTION}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}`
const LOCK = `${VM}/providers/Microsoft.Authorization/locks/{lock}`
/** Rows of one answer of Resource Graph at most. */
const GRAPH_PAGE = 1000

export const accountRoutes: readonly Route[] = [
  {
    operation: 'Subscriptions_List',
    method: 'GET',
    path: 'subscriptions',
    action: null,
    handle: (request) =>
      paged(
        request.world.subscriptions.map((_, index) => JSON.stringify(subscription(request.world, index))),
        request,
      ),
  },
  {
    operation: 'Subscriptions_Get',
    method: 'GET',
    path: SUBSCRIPTION,
    action: null,
    handle: ({ world, params }) => ok(subscription(world, world.subscriptions.indexOf(params['subscription'] ?? ''))),
  },
  {
    operation: 'Subscriptions_ListLocations',
    method: 'GET',
    path: `${SUBSCRIPTION}/locations`,
    action: null,
    handle: ({ params }) =>
      ok({
        value: LOCATIONS.map((name) => ({
          id: `/subscriptions/${params['subscription']}/locations/${name}`,
          name,
          type: 'Region',
          displayName: name,
          regionalDisplayName: name,
          metadata: { regionType: 'Physical', regionCategory: 'Recommended', geographyGroup: 'Europe' },
        })),
      }),
  },
  {
    operation: 'Permissions_ListForSubscription',
    method: 'GET',
    path: `${AUTHORIZATION}/permissions`,
    action: 'Microsoft.Authorization/permissions/read',
    handle: ({ world, params }) => {
      const roles = world.permissions.get(params['subscription'] ?? '') ?? [{ actions: ['*'], notActions: [] }]
      return ok({ value: roles.map((role) => ({ ...role, dataActions: [], notDataActions: [] })) })
    },
  },
  {
    operation: 'ManagementLocks_ListAtSubscriptionLevel',
    method: 'GET',
    path: `${AUTHORIZATION}/locks`,
    action: 'Microsoft.Authorization/locks/read',
    handle: (request) => {
      const locks = [...request.world.locks.values()].filter(({ id }) => id.startsWith(`/subscriptions/${request.params['subscription']}/`))
      return paged(
        locks.map((lock) => JSON.stringify(lockModel(lock))),
        request,
      )
    },
  },
  {
    operation: 'ManagementLocks_CreateOrUpdateByScope',
    method: 'PUT',
    path: LOCK,
    action: 'Microsoft.Authorization/locks/write',
    handle: setLock,
  },
  {
    operation: 'ManagementLocks_DeleteByScope',
    method: 'DELETE',
    path: LOCK,
    action: 'Microsoft.Authorization/locks/delete',
    handle: (request) => {
      const scope = lockedScope(request)
      if (!request.world.locks.has(scope.toLowerCase())) return { status: 204, body: null }
      request.world.unlock(scope)
      return { status: 200, body: null }
    },
  },
  {
    operation: 'ManagementLocks_ListByScope',
    method: 'GET',
    path: `${VM}/providers/Microsoft.Authorization/locks`,
    action: 'Microsoft.Authorization/locks/read',
    handle: (request) => {
      const lock = request.world.locks.get(lockedScope(request).toLowerCase())
      return ok({ value: lock === undefined ? [] : [lockModel(lock)] })
    },
  },
  {
    operation: 'ActivityLogs_List',
    method: 'GET',
    path: `${SUBSCRIPTION}/providers/Microsoft.Insights/eventtypes/management/values`,
    action: 'Microsoft.Insights/eventtypes/values/read',
    handle: activities,
  },
  {
    operation: 'Operations_Get',
    method: 'GET',
    path: `${SUBSCRIPTION}/providers/Microsoft.Compute/locations/{location}/operations/{id}`,
    action: null,
    handle: operation,
  },
  {
    operation: 'ResourceGraph_Resources',
    method: 'POST',
    path: 'providers/Microsoft.ResourceGraph/resources',
    action: null,
    handle: graph,
  },
]

function subscription(world: AzureWorld, index: number): Record<string, unknown> {
  const id = world.subscriptions[index] as string
  return {
    id: `/subscriptions/${id}`,
    subscriptionId: id,
    tenantId: '11111111-2222-4333-8444-555555555555',
    displayName: `Subscription ${index + 1}`,
    state: world.disabled.has(id) ? 'Disabled' : 'Enabled',
    subscriptionPolicies: { locationPlacementId: 'Public_2014-09-01', quotaId: 'PayAsYouGo_2014-09-01', spendingLimit: 'Off' },
    authorizationSource: 'RoleBased',
  }
}

function lockedScope({ params: { subscription: of, group, name } }: ArmRequest): string {
  return `/subscriptions/${of}/resourceGroups/${group}/providers/Microsoft.Compute/virtualMachines/${name}`
}

function setLock(request: ArmRequest): ArmReply {
  const { world, params, body } = request
  const scope = lockedScope(request)
  const level = textIn(body, 'properties', 'level')
  if (level !== 'CanNotDelete' && level !== 'ReadOnly')
    throw new ArmError(400, 'LockLevelInvalid', `The lock level '${level}' is not valid.`)
  const lock = { id: `${scope}/providers/Microsoft.Authorization/locks/${params['lock']}`, scope, level } as const
  world.setLock(lock)
  return { ...ok(lockModel(lock)), status: 201 }
}

/** What was asked of one resource, newest first. The filter must have a time, as Azure demands. */
function activities(request: ArmRequest): ArmReply {
  const filter = request.url.searchParams.get('$filter') ?? ''
  const since = /eventTimestamp ge '([^']*)'/i.exec(filter)?.[1]
  if (since === undefined) throw new ArmError(400, 'BadRequest', 'The $filter must contain eventTimestamp.')
  const resource = /resourceUri eq '([^']*)'/i.exec(filter)?.[1]?.toLowerCase()
  const found = request.world.activities.filter(({ atMs, resourceId }) => {
    return atMs >= Date.parse(since) && (resource === undefined || resourceId.toLowerCase() === resource)
  })
  const rows = found.toReversed().map((each) => ({
    correlationId: each.correlationId,
    eventTimestamp: new Date(each.atMs).toISOString(),
    submissionTimestamp: new Date(each.atMs).toISOString(),
    category: { value: 'Administrative', localizedValue: 'Administrative' },
    level: each.status === 'Failed' ? 'Error' : 'Informational',
    operationName: { value: each.action, localizedValue: each.action },
    resourceId: each.resourceId,
    status: { value: each.status, localizedValue: each.status },
    subStatus: { value: String(each.httpStatus), localizedValue: String(each.httpStatus) },
    httpRequest: { clientRequestId: each.clientRequestId, clientIpAddress: '127.0.0.1', method: 'POST' },
    subscriptionId: request.params['subscription'],
  }))
  return paged(
    rows.map((row) => JSON.stringify(row)),
    request,
  )
}

/** `Azure-AsyncOperation` and, with `monitor`, `Location`. */
function operation({ world, params, url }: ArmRequest): ArmReply {
  const found = world.operations.get(params['id'] ?? '')
  if (found === undefined) throw new ArmError(404, 'NotFound', `The entity was not found: operation ${params['id']}.`)
  const { startedAtMs, endedAtMs, error, result } = found
  if (url.searchParams.get('monitor') === 'true') {
    if (endedAtMs === null) return { status: 202, body: null, headers: { Location: url.href } }
    if (error !== null) return { status: 409, body: errorBody(error.code, error.message) }
    return { status: 200, body: result === null ? null : result() }
  }
  const times = { startTime: new Date(startedAtMs).toISOString(), name: found.id }
  if (endedAtMs === null) return ok({ ...times, status: 'InProgress' })
  const endTime = new Date(endedAtMs).toISOString()
  if (error !== null) return ok({ ...times, endTime, status: 'Failed', error })
  return ok({ ...times, endTime, status: 'Succeeded', ...(result === null ? {} : { properties: { output: JSON.parse(result()) } }) })
}

/** Of the query language it knows the types that a query names: the rows come whole, ordered as they are held. */
function graph({ world, body }: ArmRequest): ArmReply {
  const query = (textIn(body, 'query') ?? '').toLowerCase()
  const asked = inside(body, 'subscriptions')
  const subscriptions = new Set(Array.isArray(asked) && asked.length > 0 ? asked.map(String) : world.subscriptions)
  const mine = (of: { readonly subscription: string }) => subscriptions.has(of.subscription)
  const rows: string[] = []
  const others = (type: string, models: Iterable<Record<string, unknown>>) => {
    if (!query.includes(`'${type}'`)) return
    for (const model of models) {
      const [, , subscriptionId] = String(model['id']).split('/')
      if (subscriptionId === undefined || !subscriptions.has(subscriptionId)) continue
      const base = graphBase(
        { id: String(model['id']), name: String(model['name']), location: String(model['location']), subscription: subscriptionId },
        type,
      )
      rows.push(JSON.stringify({ ...model, ...base }))
    }
  }
  if (query.includes("'microsoft.compute/virtualmachines'")) rows.push(...world.listing.rows('graph', world.machines.values(), mine))
  others(
    'microsoft.compute/disks',
    [...world.disks.values()].map((disk) => diskModel(disk, world.blobs.isOpen(disk.id))),
  )
  others('microsoft.network/networkinterfaces', [...world.nics.values()].map(nicModel))
  others('microsoft.network/publicipaddresses', [...world.publicIps.values()].map(publicIpModel))
  const start = Number(inside(body, 'options', '$skipToken') ?? 0)
  const top = Math.min(GRAPH_PAGE, Number(inside(body, 'options', '$top') ?? GRAPH_PAGE))
  const page = rows.slice(start, start + top)
  const token = start + top < rows.length ? `,"$skipToken":"${start + top}"` : ''
  return {
    status: 200,
    body: `{"totalRecords":${rows.length},"count":${page.length},"data":[${page.join(',')}],"facets":[],"resultTruncated":"false"${token}}`,
    headers: { 'x-ms-user-quota-remaining': '14', 'x-ms-user-quota-resets-after': '00:00:05' },
  }
}
