import { type AttachedDisk, asLabels, fingerprint, type InstanceBody } from './bodies.ts'
import { ALL_ZONES, MACHINE_TYPES } from './catalogue.ts'
import type { OperationError, OperationOrder } from './operations.ts'
import { forbidden, invalidUse, invalidValue, notFound, notReady, Problem } from './problem.ts'
import { type Answer, type Call, pageOf, type Route, route, textOr } from './route.ts'
import { Machine } from './world.ts'

const COMPUTE = '/compute/v1/projects/{project}'
const INSTANCE = `${COMPUTE}/zones/{zone}/instances/{instance}`
/** The smallest PNG there is: one dark pixel. */
const SCREENSHOT = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const MAX_LABELS = 64

function machineOf({ world, params }: Call): Machine {
  return world.find(params['project'] ?? '', params['zone'] ?? '', params['instance'] ?? '')
}

/** The operation of a change: this one's, or the one that the same request began before. */
function change(call: Call, type: string, machine: Machine, rest: Pick<OperationOrder, 'finish' | 'midway' | 'undo'>, share = 1): Answer {
  const { world, query, user } = call
  return world.operations.begin({
    root: world.root,
    project: machine.project,
    scope: `zones/${machine.zone}`,
    type,
    target: machine.path,
    targetId: machine.body.id,
    user,
    durationMs: world.transitionMs * share,
    requestId: query.get('requestId'),
    ...rest,
  }).body
}

/** From one status by another to a third; where it is there already, the operation has nothing to do, as in the real one. */
function transition(call: Call, type: string, from: readonly string[], through: readonly string[], to: string): Answer {
  const { world } = call
  const machine = machineOf(call)
  const before = machine.body.status
  if (before === to) return change(call, type, machine, { finish: () => null })
  if (!from.includes(before)) throw notReady(machine.path)
  world.change(machine, { status: through[0] ?? to })
  return change(call, type, machine, {
    midway: () => {
      if (through[1] !== undefined) world.change(machine, { status: through[1] })
    },
    undo: () => world.change(machine, { status: before }),
    finish: () => {
      const at = new Date().toISOString()
      const stamp = { RUNNING: 'lastStartTimestamp', TERMINATED: 'lastStopTimestamp', SUSPENDED: 'lastSuspendedTimestamp' }[to]
      world.change(machine, { status: to, ...(stamp === undefined ? {} : { [stamp]: at }) })
      return null
    },
  })
}

const STARTING = ['PROVISIONING', 'STAGING']

function aggregated({ world, params, query }: Call): Answer {
  const project = params['project'] ?? ''
  const partial = query.get('returnPartialSuccess') === 'true'
  const unreachable = [...world.unreachableZones]
  if (unreachable.length > 0 && !partial) throw new Problem(503, 'backendError', `Zone ${unreachable[0]} is unreachable.`)
  const label = /^labels\.([^=\s]+)\s*=\s*"?([^"]*)"?$/.exec(query.get('filter') ?? '')
  const all = world.listed(project)
  const wanted = label ? all.filter(({ body }) => body.labels?.[label[1] ?? ''] === label[2]) : all
  const page = pageOf(wanted, query, { size: world.pageLimit })
  const fields = /\binstances\(([\w,]+)\)/.exec(query.get('fields') ?? '')?.[1]
  const byZone = new Map<string, string[]>(ALL_ZONES.map((zone) => [zone, []]))
  for (const machine of page.items)
    if (!world.unreachableZones.has(machine.zone))
      byZone.get(machine.zone)?.push(fields === undefined ? machine.listed() : machine.listedWith(fields))
  const items = [...byZone].map(([zone, texts]) => {
    const key = JSON.stringify(`zones/${zone}`)
    if (texts.length > 0) return `${key}:{"instances":[${texts.join(',')}]}`
    const unreached = world.unreachableZones.has(zone)
    return `${key}:{"warning":${JSON.stringify({
      code: unreached ? 'UNREACHABLE' : 'NO_RESULTS_ON_PAGE',
      message: unreached ? `The scope 'zones/${zone}' is unreachable.` : `There are no results for scope 'zones/${zone}' on this page.`,
      data: [{ key: 'scope', value: `zones/${zone}` }],
    })}}`
  })
  const head = {
    kind: 'compute#instanceAggregatedList',
    id: `projects/${project}/aggregated/instances`,
    selfLink: `${world.root}projects/${project}/aggregated/instances`,
    ...(page.nextPageToken === undefined ? {} : { nextPageToken: page.nextPageToken }),
    ...(unreachable.length === 0 ? {} : { unreachables: unreachable.map((zone) => `zones/${zone}`) }),
  }
  return { text: `${JSON.stringify(head).slice(0, -1)},"items":{${items.join(',')}}}` }
}

function setLabels(call: Call): Answer {
  const { world, body } = call
  const machine = machineOf(call)
  const labels = (body['labels'] ?? {}) as Record<string, string>
  for (const [key, value] of Object.entries(labels)) {
    if (!/^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u.test(key))
      throw invalidValue('labels', key, 'Label keys have to match the pattern.')
    if (!/^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u.test(value)) throw invalidValue('labels', value, 'Label values have to match the pattern.')
  }
  if (Object.keys(labels).length > MAX_LABELS)
    throw invalidValue('labels', String(Object.keys(labels).length), `At most ${MAX_LABELS} labels.`)
  if (body['labelFingerprint'] !== machine.body.labelFingerprint) {
    throw new Problem(412, 'conditionNotMet', 'Labels fingerprint either invalid or resource labels have changed')
  }
  return change(
    call,
    'setLabels',
    machine,
    {
      finish: () => {
        world.change(machine, { labels, labelFingerprint: fingerprint(labels) })
        return null
      },
    },
    0.3,
  )
}

function setMachineType(call: Call): Answer {
  const { world, body } = call
  const machine = machineOf(call)
  const name = String(body['machineType']).split('/').at(-1) ?? ''
  if (!MACHINE_TYPES.some((type) => type.name === name))
    throw invalidValue('resource.machineType', name, 'The referenced resource does not exist.')
  if (machine.body.status !== 'TERMINATED') throw invalidUse('The instance must be stopped before changing its machine type')
  return change(call, 'setMachineType', machine, {
    finish: () => {
      world.change(machine, { machineType: `${world.root}projects/${machine.project}/zones/${machine.zone}/machineTypes/${name}` })
      return null
    },
  })
}

function remove(call: Call): Answer {
  const { world } = call
  const machine = machineOf(call)
  if (machine.body.deletionProtection) throw invalidUse("Resource cannot be deleted if it's protected against deletion.")
  const before = machine.body.status
  world.change(machine, { status: 'STOPPING' })
  return change(call, 'delete', machine, {
    undo: () => world.change(machine, { status: before }),
    finish: () => {
      world.remove(machine)
      return null
    },
  })
}

function attachOrDetach(call: Call, type: 'attachDisk' | 'detachDisk'): Answer {
  const { world, body, query } = call
  const machine = machineOf(call)
  const disks = world.disks.get(machine.project)
  return change(call, type, machine, {
    finish: (): OperationError | null => {
      if (type === 'detachDisk') {
        const going = machine.body.disks.find(({ deviceName }) => deviceName === query.get('deviceName'))
        if (going === undefined) return { code: 'INVALID_PARAMETER', message: `No attached disk named '${query.get('deviceName')}'.` }
        const found = world.diskOf(machine, going)
        if (found !== undefined) found.users = []
        world.change(machine, { disks: machine.body.disks.filter((disk) => disk !== going) })
        return null
      }
      const source = String(body['source'])
      const found = disks?.get(`${machine.zone}/${source.split('/').at(-1)}`)
      if (found === undefined) return { code: 'RESOURCE_NOT_FOUND', message: `The resource '${source}' was not found` }
      if (found.users.length > 0)
        return { code: 'RESOURCE_IN_USE_BY_ANOTHER_RESOURCE', message: `The disk resource '${source}' is already being used` }
      found.users = [`${world.root}${machine.path}`]
      const index = machine.body.disks.length
      const attached: AttachedDisk = {
        kind: 'compute#attachedDisk',
        type: 'PERSISTENT',
        mode: textOr(body['mode'], 'READ_WRITE'),
        source,
        deviceName: textOr(body['deviceName'], `persistent-disk-${index}`),
        index,
        boot: false,
        autoDelete: body['autoDelete'] === true,
        interface: 'SCSI',
        diskSizeGb: found.sizeGb,
      }
      world.change(machine, { disks: [...machine.body.disks, attached] })
      return null
    },
  })
}

function insert(call: Call): Answer {
  const { world, params, body } = call
  const project = params['project'] ?? ''
  const zone = params['zone'] ?? ''
  const name = String(body['name'])
  if (!/^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) throw invalidValue('resource.name', name, 'Must be a match of regex.')
  if (world.machines(project).some((one) => one.zone === zone && one.body.name === name)) {
    throw new Problem(409, 'alreadyExists', `The resource 'projects/${project}/zones/${zone}/instances/${name}' already exists`)
  }
  const model = world.running.body
  const labels = asLabels((body['labels'] ?? {}) as Record<string, string>)
  const zoneUrl = `${world.root}projects/${project}/zones/${zone}`
  const made: InstanceBody = {
    ...structuredClone(model),
    id: world.newId(),
    name,
    zone: zoneUrl,
    status: 'PROVISIONING',
    creationTimestamp: new Date().toISOString(),
    machineType: `${zoneUrl}/machineTypes/${String(body['machineType']).split('/').at(-1)}`,
    labels,
    labelFingerprint: fingerprint(labels),
    deletionProtection: body['deletionProtection'] === true,
    disks: [],
    selfLink: `${zoneUrl}/instances/${name}`,
  }
  const machine = new Machine(project, zone, made)
  const own = ownImages(call)
  world.put(machine)
  for (const [index, { name: image, sizeGb }] of own.entries())
    world.addDisk(machine, index === 0 ? name : `${name}-${image}`, sizeGb, true)
  return change(call, 'insert', machine, {
    midway: () => world.change(machine, { status: 'STAGING' }),
    undo: () => world.remove(machine),
    finish: () => {
      world.change(machine, { status: 'RUNNING' })
      return null
    },
  })
}

/** Those of its disks that are made of the project's own images. */
function ownImages({ world, params, body }: Call): ReadonlyArray<{ readonly name: string; readonly sizeGb: number }> {
  const project = params['project'] ?? ''
  const disks = (body['disks'] ?? []) as ReadonlyArray<{ readonly initializeParams?: { readonly sourceImage?: string } }>
  return disks.flatMap(({ initializeParams }) => {
    const source = initializeParams?.sourceImage ?? ''
    const [, of, name = ''] = /^projects\/([^/]+)\/global\/images\/([^/]+)$/.exec(source) ?? []
    if (of !== project) return []
    const image = world.images.get(project)?.get(name)
    if (image === undefined)
      throw invalidValue('resource.disks[0].initializeParams.sourceImage', source, 'The referenced image does not exist.')
    return [{ name, sizeGb: Number(image['diskSizeGb']) }]
  })
}

function serialPort(call: Call): Answer {
  const machine = machineOf(call)
  const all = `[    0.000000] Linux version 6.1.0-26-cloud-amd64\r\nDebian GNU/Linux 12 ${machine.body.name} ttyS0\r\n\r\n${machine.body.name} login: `
  const start = Number(call.query.get('start') ?? 0)
  const contents = machine.body.status === 'RUNNING' ? all.slice(start) : ''
  return {
    kind: 'compute#serialPortOutput',
    selfLink: `${call.world.root}${machine.path}/serialPort`,
    contents,
    start: String(start),
    next: String(start + contents.length),
  }
}

function permissions({ world, params, body }: Call): Answer {
  const asked = (body['permissions'] ?? []) as string[]
  const granted = asked.filter((one) => !world.denied.has(one) && !world.denied.has(`${params['project']}:${one}`))
  return granted.length === 0 ? {} : { permissions: granted }
}

export const INSTANCE_ROUTES: readonly Route[] = [
  route('compute.instances.aggregatedList', 'GET', `${COMPUTE}/aggregated/instances`, 'compute.instances.list', aggregated),
  route('compute.instances.list', 'GET', `${COMPUTE}/zones/{zone}/instances`, 'compute.instances.list', ({ world, params, query }) => {
    const zone = params['zone'] ?? ''
    if (!ALL_ZONES.includes(zone)) throw notFound(`projects/${params['project']}/zones/${zone}`)
    const { items, nextPageToken } = pageOf(
      world.listed(params['project'] ?? '').filter((machine) => machine.zone === zone),
      query,
    )
    const id = `projects/${params['project']}/zones/${zone}/instances`
    const next = nextPageToken === undefined ? {} : { nextPageToken }
    return { kind: 'compute#instanceList', id, items: items.map(({ body }) => body), selfLink: `${world.root}${id}`, ...next }
  }),
  route('compute.instances.insert', 'POST', `${COMPUTE}/zones/{zone}/instances`, 'compute.instances.create', insert),
  route('compute.instances.get', 'GET', INSTANCE, 'compute.instances.get', (call) => ({
    text: machineOf(call).textWith(call.query.get('fields')),
  })),
  route('compute.instances.delete', 'DELETE', INSTANCE, 'compute.instances.delete', remove),
  route('compute.instances.start', 'POST', `${INSTANCE}/start`, 'compute.instances.start', (call) =>
    transition(call, 'start', ['TERMINATED', 'STOPPED'], STARTING, 'RUNNING'),
  ),
  route('compute.instances.stop', 'POST', `${INSTANCE}/stop`, 'compute.instances.stop', (call) =>
    transition(call, 'stop', ['RUNNING', 'REPAIRING', 'STOPPING', 'STAGING', 'PROVISIONING'], ['STOPPING'], 'TERMINATED'),
  ),
  route('compute.instances.suspend', 'POST', `${INSTANCE}/suspend`, 'compute.instances.suspend', (call) =>
    transition(call, 'suspend', ['RUNNING'], ['SUSPENDING'], 'SUSPENDED'),
  ),
  route('compute.instances.resume', 'POST', `${INSTANCE}/resume`, 'compute.instances.resume', (call) => {
    if (machineOf(call).body.status === 'TERMINATED') throw invalidUse('The instance is not suspended')
    return transition(call, 'resume', ['SUSPENDED'], STARTING, 'RUNNING')
  }),
  route('compute.instances.reset', 'POST', `${INSTANCE}/reset`, 'compute.instances.reset', (call) => {
    const machine = machineOf(call)
    if (machine.body.status !== 'RUNNING') throw notReady(machine.path)
    return change(call, 'reset', machine, { finish: () => null }, 0.5)
  }),
  route('compute.instances.setLabels', 'POST', `${INSTANCE}/setLabels`, 'compute.instances.setLabels', setLabels),
  route('compute.instances.setMachineType', 'POST', `${INSTANCE}/setMachineType`, 'compute.instances.setMachineType', setMachineType),
  route(
    'compute.instances.setDeletionProtection',
    'POST',
    `${INSTANCE}/setDeletionProtection`,
    'compute.instances.setDeletionProtection',
    (call) => {
      const machine = machineOf(call)
      const deletionProtection = call.query.get('deletionProtection') !== 'false'
      return change(call, 'setDeletionProtection', machine, {
        finish: () => {
          call.world.change(machine, { deletionProtection })
          return null
        },
      })
    },
  ),
  route('compute.instances.setDiskAutoDelete', 'POST', `${INSTANCE}/setDiskAutoDelete`, 'compute.instances.update', (call) => {
    const machine = machineOf(call)
    const device = call.query.get('deviceName')
    const autoDelete = call.query.get('autoDelete') === 'true'
    if (!machine.body.disks.some(({ deviceName }) => deviceName === device))
      throw invalidValue('deviceName', String(device), 'No such device.')
    return change(call, 'setDiskAutoDelete', machine, {
      finish: () => {
        call.world.change(machine, {
          disks: machine.body.disks.map((disk) => (disk.deviceName === device ? { ...disk, autoDelete } : disk)),
        })
        return null
      },
    })
  }),
  route('compute.instances.attachDisk', 'POST', `${INSTANCE}/attachDisk`, 'compute.instances.attachDisk', (call) =>
    attachOrDetach(call, 'attachDisk'),
  ),
  route('compute.instances.detachDisk', 'POST', `${INSTANCE}/detachDisk`, 'compute.instances.detachDisk', (call) =>
    attachOrDetach(call, 'detachDisk'),
  ),
  route('compute.instances.getSerialPortOutput', 'GET', `${INSTANCE}/serialPort`, 'compute.instances.getSerialPortOutput', serialPort),
  route('compute.instances.getScreenshot', 'GET', `${INSTANCE}/screenshot`, 'compute.instances.getScreenshot', (call) => {
    const machine = machineOf(call)
    if (machine.body.status !== 'RUNNING') throw notReady(machine.path)
    return { kind: 'compute#screenshot', contents: SCREENSHOT }
  }),
  route('compute.instances.testIamPermissions', 'POST', `${INSTANCE}/testIamPermissions`, null, (call) => {
    machineOf(call)
    return permissions(call)
  }),
  route('cloudresourcemanager.projects.testIamPermissions', 'POST', '/v3/projects/{project}:testIamPermissions', null, (call) => {
    const project = call.params['project'] ?? ''
    if (!call.world.projects.includes(project)) throw forbidden('resourcemanager.projects.get', `projects/${project}`)
    return permissions(call)
  }),
]
