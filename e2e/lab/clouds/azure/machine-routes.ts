import { attachDisks } from './machine-disks.ts'
import { ArmError, type AzureVm, type PowerState } from './parts.ts'
import { instanceView, sizeModel, sizeOf, vmModel } from './render.ts'
import { SIZES } from './sizes.ts'
import { type ArmReply, type ArmRequest, accepted, inside, notFound, ok, paged, type Route, tagsIn, textIn } from './wire.ts'
import type { AzureWorld, Operation } from './world.ts'

const LIST = 'subscriptions/{subscription}/providers/Microsoft.Compute/virtualMachines'
const GROUP_LIST = 'subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines'
const ONE = `${GROUP_LIST}/{name}`
const ACTION = 'Microsoft.Compute/virtualMachines'

interface Power {
  readonly verb: string
  readonly via: PowerState
  readonly to: PowerState
  readonly needsRunning?: boolean
}

const START: Power = { verb: 'start', via: 'starting', to: 'running' }
const DEALLOCATE: Power = { verb: 'deallocate', via: 'deallocating', to: 'deallocated' }
const HIBERNATE: Power = { ...DEALLOCATE, verb: 'hibernate', needsRunning: true }

export const machineRoutes: readonly Route[] = [
  { operation: 'VirtualMachines_ListAll', method: 'GET', path: LIST, action: `${ACTION}/read`, handle: list },
  { operation: 'VirtualMachines_List', method: 'GET', path: GROUP_LIST, action: `${ACTION}/read`, handle: list },
  { operation: 'VirtualMachines_Get', method: 'GET', path: ONE, action: `${ACTION}/read`, handle: get },
  {
    operation: 'VirtualMachines_InstanceView',
    method: 'GET',
    path: `${ONE}/instanceView`,
    action: `${ACTION}/instanceView/read`,
    handle: (request) => ok(instanceView(find(request))),
  },
  power('VirtualMachines_Start', START),
  power('VirtualMachines_PowerOff', { verb: 'powerOff', via: 'stopping', to: 'stopped' }),
  power('VirtualMachines_Deallocate', DEALLOCATE),
  power('VirtualMachines_Restart', { verb: 'restart', via: 'running', to: 'running', needsRunning: true }),
  power('VirtualMachines_Redeploy', { verb: 'redeploy', via: 'starting', to: 'running' }),
  { operation: 'VirtualMachines_Delete', method: 'DELETE', path: ONE, action: `${ACTION}/delete`, handle: remove },
  { operation: 'VirtualMachines_Update', method: 'PATCH', path: ONE, action: `${ACTION}/write`, handle: update },
  {
    operation: 'VirtualMachines_ListAvailableSizes',
    method: 'GET',
    path: `${ONE}/vmSizes`,
    action: `${ACTION}/vmSizes/read`,
    handle: (request) => {
      find(request)
      return ok({ value: SIZES.map(sizeModel) })
    },
  },
  {
    operation: 'VirtualMachines_RunCommand',
    method: 'POST',
    path: `${ONE}/runCommand`,
    action: `${ACTION}/runCommand/action`,
    handle: runCommand,
  },
  {
    operation: 'VirtualMachines_RetrieveBootDiagnosticsData',
    method: 'POST',
    path: `${ONE}/retrieveBootDiagnosticsData`,
    action: `${ACTION}/retrieveBootDiagnosticsData/action`,
    handle: bootDiagnostics,
  },
]

function list(request: ArmRequest): ArmReply {
  const { world, params, url } = request
  const kind = request.settings.knowsStatusOnly && url.searchParams.get('statusOnly') === 'true' ? 'status' : 'list'
  if (url.searchParams.get('$expand') !== null && url.searchParams.get('$filter') === null) {
    throw new ArmError(400, 'InvalidParameter', "The $expand option can only be used together with $filter on 'virtualMachineScaleSet/id'.")
  }
  const group = params['group']?.toLowerCase()
  const rows = world.listing.rows(kind, world.machines.values(), (vm) => {
    return vm.subscription === params['subscription'] && (group === undefined || vm.resourceGroup.toLowerCase() === group)
  })
  return paged(rows, request)
}

function get(request: ArmRequest): ArmReply {
  const vm = find(request)
  const model = vmModel(vm)
  if (request.url.searchParams.get('$expand')?.toLowerCase() !== 'instanceview') return ok(model)
  return ok({ ...model, properties: { ...(model['properties'] as object), instanceView: instanceView(vm) } })
}

/** What can be asked of many with one call, by the name it has there. */
export const BEGIN: Readonly<Record<string, (world: AzureWorld, vm: AzureVm) => Operation>> = {
  Start: (world, vm) => beginPower(world, vm, START),
  Deallocate: (world, vm) => beginPower(world, vm, DEALLOCATE),
  Hibernate: (world, vm) => beginPower(world, vm, HIBERNATE),
  Delete: beginRemoval,
}

function power(operation: string, how: Power): Route {
  return {
    operation,
    method: 'POST',
    path: `${ONE}/${how.verb}`,
    action: `${ACTION}/${how.verb}/action`,
    handle: (request) => {
      const isHibernation = how === DEALLOCATE && request.url.searchParams.get('hibernate') === 'true'
      return accepted(beginPower(request.world, find(request), isHibernation ? HIBERNATE : how), request)
    },
  }
}

function beginPower(world: AzureWorld, vm: AzureVm, { verb, via, to, needsRunning = false }: Power): Operation {
  changeable(world, vm)
  const off = vm.power === 'deallocated' || vm.power === 'stopped'
  if (off && needsRunning) {
    throw new ArmError(409, 'OperationNotAllowed', 'The operation requires the VM to be running (or set to run).')
  }
  if (verb === 'hibernate' && !vm.canHibernate) {
    throw new ArmError(409, 'OperationNotAllowed', `VM '${vm.name}' does not have the Hibernation capability enabled.`)
  }
  if (verb === 'powerOff' && vm.power === 'deallocated') {
    throw new ArmError(
      409,
      'OperationNotAllowed',
      `Operation 'powerOff' is not allowed on VM '${vm.name}' since the VM is either deallocated or marked to be deallocated.`,
    )
  }
  const stays = vm.power === to && !needsRunning
  const target = stays ? vm.power : to
  const finish = () => {
    world.change(vm, () => {
      vm.power = target
      vm.hibernated = verb === 'hibernate'
    })
  }
  return world.begin(vm, { via: stays ? null : via, provisioning: 'Updating', finish })
}

function remove(request: ArmRequest): ArmReply {
  const vm = request.world.machines.get(refOf(request))
  return vm === undefined ? { status: 204, body: null } : accepted(beginRemoval(request.world, vm), request)
}

function beginRemoval(world: AzureWorld, vm: AzureVm): Operation {
  changeable(world, vm)
  const lock = world.locks.get(vm.id.toLowerCase())
  if (lock !== undefined) {
    const words = `The scope '${vm.id}' cannot perform delete operation because following scope(s) are locked: '${lock.scope}'. Please remove the lock and try again.`
    throw new ArmError(409, 'ScopeLocked', words)
  }
  return world.begin(vm, { via: null, provisioning: 'Deleting', finish: () => world.remove(vm.id) })
}

function update(request: ArmRequest): ArmReply {
  const { world, body } = request
  const vm = find(request)
  changeable(request.world, vm)
  const lock = world.locks.get(vm.id.toLowerCase())
  if (lock?.level === 'ReadOnly') {
    const words = `The scope '${vm.id}' cannot perform write operation because following scope(s) are locked: '${lock.scope}'. Please remove the lock and try again.`
    throw new ArmError(409, 'ScopeLocked', words)
  }
  const tags = tagsIn(body)
  const size = textIn(body, 'properties', 'hardwareProfile', 'vmSize')
  if (size !== undefined && sizeOf(size) === undefined) {
    throw new ArmError(
      400,
      'InvalidParameter',
      `The value ${size} provided for the VM size is not valid. The valid sizes in the current region are: ${SIZES.map(({ name }) => name).join(',')}.`,
    )
  }
  const disks = attachDisks(world, vm, body)
  const operation = world.begin(vm, {
    via: null,
    provisioning: 'Updating',
    finish: () => {
      world.change(vm, () => {
        if (tags !== undefined) vm.tags = tags
        if (size !== undefined) vm.size = size
        disks?.()
      })
    },
  })
  return accepted(operation, request, { ...vmModel(vm), ...(tags === undefined ? {} : { tags }) })
}

function runCommand(request: ArmRequest): ArmReply {
  const vm = find(request)
  changeable(request.world, vm)
  if (vm.power !== 'running') {
    throw new ArmError(409, 'OperationNotAllowed', 'Cannot modify extensions in the VM when the VM is not running.')
  }
  const script = inside(request.body, 'script')
  const lines = Array.isArray(script) ? script.join('\n') : ''
  const value = [
    {
      code: 'ProvisioningState/succeeded',
      level: 'Info',
      displayStatus: 'Provisioning succeeded',
      message: `Enable succeeded: \n[stdout]\nran on ${vm.name}: ${lines}\n\n[stderr]\n`,
    },
  ]
  const result = () => JSON.stringify({ value })
  return accepted(request.world.begin(vm, { via: null, provisioning: 'Updating', finish: () => {}, result }), request)
}

function bootDiagnostics(request: ArmRequest): ArmReply {
  const vm = find(request)
  if (!vm.bootDiagnostics) {
    throw new ArmError(409, 'OperationNotAllowed', `Boot diagnostics is not enabled for the VM '${vm.name}'.`)
  }
  const blob = (end: string) =>
    `${request.settings.origin}/bootdiagnostics/${vm.vmId}/${vm.name}.${end}?sv=2021-08-06&sr=b&sp=r&sig=c2lnbmVk`
  return ok({ consoleScreenshotBlobUri: blob('screenshot.bmp'), serialConsoleLogBlobUri: blob('serialconsole.log') })
}

function find(request: ArmRequest): AzureVm {
  const vm = request.world.machines.get(refOf(request))
  if (vm === undefined) throw notFound('Microsoft.Compute/virtualMachines', request.params['name'] ?? '', request.params['group'] ?? '')
  return vm
}

function refOf({ params: { subscription, group, name } }: ArmRequest): string {
  return `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Compute/virtualMachines/${name}`.toLowerCase()
}

function changeable(world: AzureWorld, vm: AzureVm): void {
  if (!world.disabled.has(vm.subscription)) return
  const words = `The subscription '${vm.subscription}' is disabled and therefore marked as read only. You cannot perform any write actions on this subscription until it is re-enabled.`
  throw new ArmError(409, 'ReadOnlyDisabledSubscription', words)
}
