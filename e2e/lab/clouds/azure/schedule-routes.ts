import { BEGIN } from './machine-routes.ts'
import { ArmError } from './parts.ts'
import { type ArmReply, type ArmRequest, inside, ok, type Route } from './wire.ts'
import type { Operation } from './world.ts'

const LOCATION = 'subscriptions/{subscription}/providers/Microsoft.ComputeSchedule/locations/{location}'
const ACTION = 'Microsoft.ComputeSchedule/locations'
const MOST_IDS = 100

/** Microsoft.ComputeSchedule: one call for many machines of a subscription and region, with a result for each. */
export const scheduleRoutes: readonly Route[] = [
  ...Object.keys(BEGIN).map((verb): Route => {
    const name = `virtualMachinesExecute${verb}`
    return {
      operation: `ScheduledActions_VirtualMachinesExecute${verb}`,
      method: 'POST',
      path: `${LOCATION}/${name}`,
      action: `${ACTION}/${name}/action`,
      handle: (request) => execute(verb, request),
    }
  }),
  {
    operation: 'ScheduledActions_VirtualMachinesGetOperationStatus',
    method: 'POST',
    path: `${LOCATION}/virtualMachinesGetOperationStatus`,
    action: `${ACTION}/virtualMachinesGetOperationStatus/action`,
    handle: states,
  },
]

function execute(verb: string, request: ArmRequest): ArmReply {
  needRegistered(request)
  const ids = idsIn(request, 'resources', 'ids')
  if (ids.length === 0 || ids.length > MOST_IDS) {
    throw new ArmError(400, 'BadRequest', `The number of resource ids has to be between 1 and ${MOST_IDS}, and is ${ids.length}.`)
  }
  const location = request.params['location'] ?? ''
  const results = ids.map((id) => {
    try {
      return { resourceId: id, errorCode: null, errorDetails: null, operation: detailsOf(id, verb, begin(verb, id, request)) }
    } catch (error) {
      if (!(error instanceof ArmError)) throw error
      return { resourceId: id, errorCode: error.code, errorDetails: error.message, operation: null }
    }
  })
  return ok({ description: `${verb} Resource request`, type: 'virtualMachines', location, results })
}

function begin(verb: string, id: string, { world, params }: ArmRequest): Operation {
  const vm = world.machines.get(id.toLowerCase())
  if (vm === undefined || vm.location !== params['location']) {
    throw new ArmError(404, 'ResourceNotFound', `The resource '${id}' was not found in ${params['location']}.`)
  }
  if (world.denied.has(id.toLowerCase())) {
    const words = `The client '6a6f' does not have authorization to perform action 'Microsoft.Compute/virtualMachines/${verb.toLowerCase()}/action' over scope '${id}'.`
    throw new ArmError(403, 'AuthorizationFailed', words)
  }
  const how = BEGIN[verb]
  if (how === undefined) throw new ArmError(400, 'BadRequest', `There is no ${verb}.`)
  return how(world, vm)
}

function states(request: ArmRequest): ArmReply {
  needRegistered(request)
  const { world } = request
  const ids = idsIn(request, 'operationIds')
  world.mostAskedAtOnce = Math.max(world.mostAskedAtOnce, ids.length)
  const results = ids.map((id) => {
    const operation = world.operations.get(id)
    if (operation === undefined) return { resourceId: null, errorCode: '404', errorDetails: `No operation ${id}.`, operation: null }
    return { resourceId: null, errorCode: null, errorDetails: null, operation: detailsOf('', '', operation) }
  })
  return ok({ results })
}

function detailsOf(resourceId: string, opType: string, { id, subscription, startedAtMs, endedAtMs, error }: Operation) {
  return {
    operationId: id,
    resourceId,
    opType,
    subscriptionId: subscription,
    deadline: new Date(startedAtMs).toISOString(),
    deadlineType: 'InitiateAt',
    state: endedAtMs === null ? 'Executing' : error === null ? 'Succeeded' : 'Failed',
    timezone: 'UTC',
    resourceOperationError: error === null ? null : { errorCode: error.code, errorDetails: error.message },
    completedAt: endedAtMs === null ? null : new Date(endedAtMs).toISOString(),
    retryPolicy: { retryCount: 0, retryWindowInMinutes: 5 },
  }
}

function needRegistered({ world, params }: ArmRequest): void {
  if (!world.unregistered.has(params['subscription'] ?? '')) return
  const words = `The subscription is not registered to use namespace 'Microsoft.ComputeSchedule'. See https://aka.ms/rps-not-found for how to register subscriptions.`
  throw new ArmError(409, 'MissingSubscriptionRegistration', words)
}

function idsIn({ body }: ArmRequest, ...path: readonly string[]): string[] {
  const found = inside(body, ...path)
  return Array.isArray(found) ? found.filter((each) => typeof each === 'string') : []
}
