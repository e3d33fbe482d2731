import type { compute_v1 } from '@googleapis/compute/build/v1.js'
import { AppError, isAppError } from '../../../shared/errors/index.ts'
import type {
  CloudMachineSpec,
  CloudPermission,
  CloudResource,
  CloudResourceKind,
  MachineAction,
  MachineDetail,
  MachineType,
} from '../../../shared/model/index.ts'
import {
  type ActContext,
  type ChangedMachines,
  type CloudApi,
  isImitation,
  type KnownMachines,
  type Operation,
  type Place,
  placeFacts,
  problems,
  RHYTHM,
  type Rhythm,
  type SeenMachine,
  type SeenNetwork,
} from '../cloud/index.ts'
import type { ActOptions, CallOptions, Clock, ProbeAnswer } from '../provider.ts'
import { GcpActions } from './actions.ts'
import type { GcpClient } from './client.ts'
import type { GcpConfig } from './config.ts'
import { instanceOf } from './create.ts'
import { deletionPlanOf, detailOf } from './detail.ts'
import { GcpDiskImport } from './images/import.ts'
import { seenMachine } from './instance-facts.ts'
import { REQUEST_LABEL } from './labels.ts'
import { MachineTypes } from './machine-types.ts'
import { metricsOf } from './metrics.ts'
import { finished, operationOf } from './operations.ts'
import { permissionsOf } from './permissions.ts'
import { LABEL, noProject } from './problems.ts'
import { projectsFound } from './projects.ts'
import { lastOf, parseRef, refOf } from './refs.ts'
import { closedBy, GcpResources } from './resources.ts'
import { SIGNATURE_FIELDS, Signatures } from './signatures.ts'
import { UNSUPPORTED } from './unsupported.ts'

/** All that a row needs; what an instance's metadata holds (start-up scripts of up to 256 KiB) stays there. */
const INSTANCE_FIELDS = [
  'id,name,status,statusMessage,zone,machineType,creationTimestamp,description,labels,labelFingerprint,fingerprint,tags,scheduling,deletionProtection',
  'reservationAffinity,resourceStatus,disks,networkInterfaces,lastStartTimestamp,lastStopTimestamp,lastSuspendedTimestamp',
].join(',')
const LIST_FIELDS = `nextPageToken,unreachables,items/*/warning,items/*/instances(${INSTANCE_FIELDS})`
const SIGNATURE_LIST = `nextPageToken,unreachables,items/*/warning,items/*/instances(${SIGNATURE_FIELDS})`
/** Half of what Google allows: reading a page holds the loop up for some 20 ms. */
const PAGE_SIZE = 250

/** Google Cloud as the common link of clouds drives it. A place is a project. */
export class GcpApi implements CloudApi {
  readonly label = LABEL
  readonly unsupported = UNSUPPORTED
  readonly isImitation: boolean
  readonly rhythm: Rhythm
  readonly images: { readonly into: GcpDiskImport }
  readonly #client: GcpClient
  readonly #config: GcpConfig
  readonly #clock: Clock
  readonly #types: MachineTypes
  readonly #actions: GcpActions
  readonly #resources: GcpResources
  readonly #signatures = new Signatures()
  /** References of machines by their paths, as other objects name them. */
  readonly #refs = new Map<string, string>()

  constructor(client: GcpClient, config: GcpConfig, clock: Clock, rhythm: Rhythm = RHYTHM) {
    this.#client = client
    this.#config = config
    this.#clock = clock
    this.isImitation = isImitation(config.endpoint)
    this.rhythm = rhythm
    this.#types = new MachineTypes(client)
    this.#actions = new GcpActions(client)
    this.#resources = new GcpResources(client, (path) => this.#refs.get(path) ?? null)
    this.images = { into: new GcpDiskImport(client, clock, (project, token, options) => this.created(project, token, options)) }
  }

  get budget() {
    return this.#client.budget
  }

  async places(options: CallOptions): Promise<readonly Place[]> {
    await this.#client.prove(options)
    return (await this.#projects(options)).map((project) => ({
      ref: project,
      facts: placeFacts({ name: project, kind: 'project', account: project, hypervisor: 'Google Compute Engine' }),
    }))
  }

  async *machines(project: string, options: CallOptions): AsyncGenerator<readonly SeenMachine[]> {
    for await (const instances of this.#pages(project, LIST_FIELDS, options)) yield await this.#see(project, instances, options)
  }

  async changedMachines(project: string, known: KnownMachines, options: CallOptions): Promise<ChangedMachines | null> {
    const instances: compute_v1.Schema$Instance[] = []
    for await (const page of this.#pages(project, SIGNATURE_LIST, options)) instances.push(...page)
    return await this.#signatures.changed(project, instances, known, (ref) => this.machine(ref, options))
  }

  async machine(ref: string, options: CallOptions): Promise<SeenMachine | null> {
    try {
      const at = parseRef(ref)
      const [seen] = await this.#see(at.project, [await this.#actions.instance(at, options, INSTANCE_FIELDS)], options)
      return seen ?? null
    } catch (thrown) {
      if (isAppError(thrown) && thrown.code === 'machine.not-found') return null
      throw thrown
    }
  }

  networks(project: string, options: CallOptions): Promise<readonly SeenNetwork[]> {
    return this.#resources.networks(project, options)
  }

  begin(action: MachineAction, context: ActContext, options: CallOptions): Promise<Operation> {
    return this.#actions.begin(action, context, options)
  }

  /** What was made carries the request's id; a reset leaves no trace that could be told from another's. */
  async outcome(action: MachineAction, ref: string, requestId: string, options: CallOptions): Promise<ProbeAnswer> {
    if (action.action !== 'snapshotDisk' && action.action !== 'createImage') return 'unknown'
    const { project } = parseRef(ref)
    const isSnapshot = action.action === 'snapshotDisk'
    const { name } = action
    try {
      const made = await this.#client.compute(
        { method: isSnapshot ? 'compute.snapshots.get' : 'compute.images.get', project },
        options,
        (compute, how) =>
          isSnapshot ? compute.snapshots.get({ project, snapshot: name }, how) : compute.images.get({ project, image: name }, how),
      )
      if (made.labels?.[REQUEST_LABEL] !== requestId) return 'not-done'
      return made.status === 'READY' ? 'done' : 'unknown'
    } catch (thrown) {
      if (isAppError(thrown) && thrown.kind === 'not-found') return 'not-done'
      throw thrown
    }
  }

  async detail(seen: SeenMachine, options: CallOptions): Promise<MachineDetail> {
    return detailOf(await this.#actions.instance(parseRef(seen.ref), options), seen, this.#clock.nowMs())
  }

  async deletionPlan(seen: SeenMachine, options: CallOptions) {
    const ref = parseRef(seen.ref)
    const instance = await this.#actions.instance(ref, options)
    const shared = new Map<string, readonly string[]>()
    // only a disk that is read by several can have other users
    for (const { source, mode } of instance.disks ?? []) {
      const disk = lastOf(source)
      if (mode !== 'READ_ONLY' || disk === null) continue
      const { users } = await this.#client.compute({ method: 'compute.disks.get', project: ref.project }, options, (compute, how) =>
        compute.disks.get({ project: ref.project, zone: ref.zone, disk }, how),
      )
      const others = (users ?? []).flatMap((user) => lastOf(user) ?? []).filter((name) => name !== ref.name)
      shared.set(disk, others)
    }
    return deletionPlanOf(instance, seen, (disk) => shared.get(lastOf(disk.source) ?? '') ?? [])
  }

  metrics(refs: readonly string[], sinceMs: number | null, options: CallOptions) {
    return metricsOf(this.#client, this.#clock, refs, sinceMs, options)
  }

  async permissions(options: CallOptions): Promise<readonly CloudPermission[]> {
    return await permissionsOf(this.#client, await this.#projects(options), options)
  }

  async machineTypes(project: string, machineRef: string | null, options: CallOptions): Promise<readonly MachineType[]> {
    const seen = machineRef === null ? null : await this.machine(machineRef, options)
    if (machineRef !== null && !seen) throw problems.machineNotFound()
    const zone = seen?.facts.cloud?.zone ?? this.#busiestZone(project) ?? (await this.#anyZone(project, options))
    return zone === null ? [] : await this.#types.list(project, zone, seen, options)
  }

  resources(project: string, kind: CloudResourceKind, search: string, options: CallOptions): Promise<readonly CloudResource[]> {
    return this.#resources.list(project, kind, search, options)
  }

  async serialOutput(ref: string, options: CallOptions): Promise<string> {
    const { project, zone, name: instance } = parseRef(ref)
    const call = { method: 'compute.instances.getSerialPortOutput', project, about: 'machine' } as const
    const answer = await this.#client.compute(call, options, (compute, how) =>
      compute.instances.getSerialPortOutput({ project, zone, instance, port: 1 }, how),
    )
    return answer.contents ?? ''
  }

  async screenshot(
    ref: string,
    options: CallOptions,
  ): Promise<{ readonly mediaType: 'image/png' | 'image/jpeg'; readonly base64: string }> {
    const { project, zone, name: instance } = parseRef(ref)
    const call = { method: 'compute.instances.getScreenshot', project, about: 'machine' } as const
    const answer = await this.#client.compute(call, options, (compute, how) =>
      compute.instances.getScreenshot({ project, zone, instance }, how),
    )
    const base64 = answer.contents ?? ''
    return { mediaType: base64.startsWith('/9j/') ? 'image/jpeg' : 'image/png', base64 }
  }

  runCommand(): Promise<never> {
    const message = 'Google Cloud has no call that runs a command in a guest. Use the machine’s own SSH.'
    return Promise.reject(new AppError({ kind: 'unsupported', code: 'gcp.no-run-command', message }))
  }

  async create(project: string, spec: CloudMachineSpec, token: string, options: ActOptions): Promise<string> {
    const { zone, body } = instanceOf(spec, token)
    const call = { method: 'compute.instances.insert', permission: 'compute.instances.create', project, changes: true }
    const begun = await this.#client.compute(call, options, (compute, how) =>
      compute.instances.insert({ project, zone, requestId: token, requestBody: body }, how),
    )
    await finished(operationOf(this.#client, begun, { project, name: spec.name, type: spec.type }), this.#clock, options)
    return refOf({ project, zone, name: spec.name, id: begun.targetId ?? '' })
  }

  async created(project: string, token: string, options: CallOptions): Promise<string | null> {
    const call = { method: 'compute.instances.aggregatedList', permission: 'compute.instances.list', project }
    const filter = `labels.${REQUEST_LABEL} = "${token}"`
    for await (const page of this.#client.pages(call, options, (compute, from, how) =>
      compute.instances.aggregatedList({ project, filter, fields: LIST_FIELDS, ...from }, how),
    )) {
      const instances = Object.values(page.items ?? {}).flatMap((scope) => scope.instances ?? [])
      const [seen] = await this.#see(
        project,
        instances.filter(({ labels }) => labels?.[REQUEST_LABEL] === token),
        options,
      )
      if (seen) return seen.ref
    }
    return null
  }

  close(): void {
    this.#client.close()
  }

  async #projects(options: CallOptions): Promise<readonly string[]> {
    if (this.#config.projects.length > 0) return [...new Set(this.#config.projects)]
    const { project } = this.#client.identity
    if (project !== null) return [project]
    const found = (await projectsFound(this.#client, options)).map(({ id }) => id)
    if (found.length === 0) throw noProject()
    return found
  }

  /** Zones differ in what they offer: the one that most machines are in says most. */
  #busiestZone(project: string): string | null {
    const counts = new Map<string, number>()
    for (const ref of this.#refs.values()) {
      const at = parseRef(ref)
      if (at.project === project) counts.set(at.zone, (counts.get(at.zone) ?? 0) + 1)
    }
    return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? null
  }

  async #anyZone(project: string, options: CallOptions): Promise<string | null> {
    return (await this.#resources.zones(project, options)).find((zone) => closedBy(zone) === null)?.name ?? null
  }

  /** Page after page, with so much of each instance as was asked for. */
  async *#pages(project: string, fields: string, options: CallOptions): AsyncGenerator<readonly compute_v1.Schema$Instance[]> {
    const call = { method: 'compute.instances.aggregatedList', permission: 'compute.instances.list', project }
    const pages = this.#client.pages(call, options, (compute, page, how) =>
      compute.instances.aggregatedList({ project, maxResults: PAGE_SIZE, fields, ...page }, how),
    )
    for await (const page of pages) {
      refuseGaps(page)
      yield Object.entries(page.items ?? {}).flatMap(([scope, part]) =>
        (part.instances ?? []).map((instance) => (instance.zone ? instance : { ...instance, zone: scope })),
      )
    }
  }

  async #see(project: string, instances: readonly compute_v1.Schema$Instance[], options: CallOptions): Promise<readonly SeenMachine[]> {
    const used = new Map<string, string>()
    for (const { machineType, zone } of instances) used.set(lastOf(machineType) ?? '', lastOf(zone) ?? '')
    used.delete('')
    await this.#types.learn(project, used, options)
    return instances.flatMap((instance) => {
      const seen = seenMachine(instance, { project, typeFacts: (_zone, type) => this.#types.get(type) })
      if (!seen) return []
      this.#signatures.keep(seen.ref, instance)
      const { zone, name } = parseRef(seen.ref)
      this.#refs.set(`projects/${project}/zones/${zone}/instances/${name}`, seen.ref)
      return [seen]
    })
  }
}

/** A zone that did not answer is no zone without machines: nothing of such a list may be taken as the whole. */
function refuseGaps({ items, unreachables }: compute_v1.Schema$InstanceAggregatedList): void {
  const silent = Object.entries(items ?? {}).flatMap(([scope, { warning }]) => (warning?.code === 'UNREACHABLE' ? scope : []))
  const missing = [...new Set([...(unreachables ?? []), ...silent])]
  if (missing.length === 0) return
  throw problems.unreachable(LABEL, { remote: { code: 'UNREACHABLE', scopes: missing } })
}
