import { enrol } from '../roster.ts'
import { type AttachedDisk, bodiesOf, type DiskBody, fingerprint, type InstanceBody } from './bodies.ts'
import { MACHINE_TYPES, ZONES } from './catalogue.ts'
import { Operations } from './operations.ts'
import { notFound } from './problem.ts'

export interface WorldOptions {
  readonly machines: number
  readonly projects: number
  readonly seed: number
  readonly transitionMs: number
  /** So long a list may still say what was true before. */
  readonly listLagMs: number
  /** A page of machines holds no more, whatever is asked for. */
  readonly pageLimit: number
}

function picked(json: string, fields: string): string {
  const body = JSON.parse(json) as Record<string, unknown>
  return JSON.stringify(Object.fromEntries(fields.split(',').flatMap((name) => (name in body ? [[name, body[name]]] : []))))
}

/** An instance with what a list says of it, written once for as long as nothing changes. */
export class Machine {
  readonly project: string
  readonly zone: string
  readonly body: InstanceBody
  #text: string | null = null
  readonly #partial = new Map<string, { readonly of: string; readonly text: string }>()
  #lagging: { readonly text: string; readonly untilMs: number } | null = null

  constructor(project: string, zone: string, body: InstanceBody) {
    this.project = project
    this.zone = zone
    this.body = body
  }

  get path(): string {
    return `projects/${this.project}/zones/${this.zone}/instances/${this.body.name}`
  }

  /** Its ref in NovaCron: a name is used again after a deletion, the id is not. */
  get ref(): string {
    return `${this.project}/${this.zone}/${this.body.name}/${this.body.id}`
  }

  text(): string {
    this.#text ??= JSON.stringify(this.body)
    return this.#text
  }

  /** The same with these fields alone: the service's partial answers. */
  textWith(fields: string | null): string {
    return fields === null ? this.text() : picked(this.text(), fields)
  }

  /** What a list says now, which may be what was true a moment ago. */
  listed(): string {
    if (this.#lagging !== null && Date.now() < this.#lagging.untilMs) return this.#lagging.text
    return this.text()
  }

  listedWith(fields: string): string {
    const of = this.listed()
    const kept = this.#partial.get(fields)
    if (kept?.of === of) return kept.text
    const text = picked(of, fields)
    this.#partial.set(fields, { of, text })
    return text
  }

  change(lagMs: number, changes: Partial<InstanceBody>): void {
    if (lagMs > 0) this.#lagging = { text: this.listed(), untilMs: Date.now() + lagMs }
    Object.assign(this.body, changes, { fingerprint: fingerprint([this.body.id, Date.now(), changes]) })
    this.#text = null
  }
}

export interface Bucket {
  readonly project: string
  readonly location: string
  readonly labels: Readonly<Record<string, string>>
  readonly objects: Map<string, Buffer>
}

/** A disk as it came out of its archive. */
export interface RawDisk {
  readonly sizeBytes: number
  readonly head: Buffer
  /** What lies behind the head is zeros. */
  readonly isEmptyBehind: boolean
}

export interface Snapshot extends Record<string, unknown> {
  name: string
  id: string
}

/** What a loopback Google Cloud is made of. Tests look at it, and change it behind the adapter's back. */
export class GcpWorld {
  readonly projects: readonly string[]
  readonly operations = new Operations()
  readonly transitionMs: number
  pageLimit: number
  listLagMs: number
  /** Permissions that the caller lacks, as `compute.instances.stop` or `<project>:compute.instances.stop`. */
  readonly denied = new Set<string>()
  /** Zones that answer no list. */
  readonly unreachableZones = new Set<string>()
  /** Listed as DOWN. */
  readonly downZones = new Set<string>()
  /** It knows machines by their names alone, as emulators do. */
  namesOnly = false
  /** Projects whose Compute Engine API is switched off. */
  readonly apiOff = new Set<string>()
  /** By project, then by name. */
  readonly snapshots = new Map<string, Map<string, Snapshot>>()
  readonly images = new Map<string, Map<string, Snapshot>>()
  readonly disks = new Map<string, Map<string, DiskBody>>()
  /** Of Cloud Storage, by name. */
  readonly buckets = new Map<string, Bucket>()
  /** What images were made of, by `<project>/<image>`. */
  readonly rawDisks = new Map<string, RawDisk>()
  readonly #machines = new Map<string, Map<string, Machine>>()
  readonly #ghosts: { readonly machine: Machine; readonly untilMs: number }[] = []
  readonly #sorted = new Map<string, readonly Machine[]>()
  #nextId = 2_966_820_606_951_926_687n
  readonly #options: WorldOptions
  readonly #plain: Machine[] = []
  root = ''

  constructor(options: WorldOptions) {
    const { projects, transitionMs, listLagMs, pageLimit } = options
    this.#options = options
    this.transitionMs = transitionMs
    this.listLagMs = listLagMs
    this.pageLimit = pageLimit
    this.projects = Array.from({ length: projects }, (_, index) =>
      index === 0 ? 'acme-prod-1' : `acme-${['dev', 'lab', 'old'][index % 3]}-${index + 1}`,
    )
    for (const project of this.projects) {
      for (const shelf of [this.#machines, this.disks, this.snapshots, this.images] as Map<string, Map<string, unknown>>[])
        shelf.set(project, new Map())
    }
  }

  /** The server calls this when it knows its own address, which every link in an answer begins with. */
  fill(root: string): void {
    this.root = root
    const { machines, projects, seed } = this.#options
    for (const who of enrol({ machines, places: projects * ZONES.length, types: MACHINE_TYPES.length, seed })) {
      const project = this.projects[who.place % projects] as string
      const zone = ZONES[Math.floor(who.place / projects)] as string
      const { instance, disk } = bodiesOf(who, { root, project, zone, id: this.newId(), diskId: this.newId() })
      const machine = new Machine(project, zone, instance)
      this.put(machine)
      this.disks.get(project)?.set(`${zone}/${disk.name}`, disk)
      if (who.index < 2) this.#plain.push(machine)
    }
  }

  newId(): string {
    this.#nextId += 1009n
    return String(this.#nextId)
  }

  /** All, or a project's, in the order in which lists give them. */
  machines(project?: string): readonly Machine[] {
    if (project === undefined) return this.projects.flatMap((one) => this.machines(one))
    const known = this.#sorted.get(project)
    if (known !== undefined) return known
    const sorted = [...(this.#machines.get(project)?.values() ?? [])].sort((a, b) => (a.path < b.path ? -1 : 1))
    this.#sorted.set(project, sorted)
    return sorted
  }

  /** What a list names: with those that are gone since a moment ago, when lists lag. */
  listed(project: string): readonly Machine[] {
    const ghosts = this.#ghosts.filter(({ machine, untilMs }) => machine.project === project && Date.now() < untilMs)
    if (ghosts.length === 0) return this.machines(project)
    return [...this.machines(project), ...ghosts.map(({ machine }) => machine)].sort((a, b) => (a.path < b.path ? -1 : 1))
  }

  find(project: string, zone: string, name: string): Machine {
    const machines = this.#machines.get(project)
    if (machines === undefined) throw notFound(`projects/${project}`)
    const named = machines.get(`${zone}/${name}`)
    // the API takes the numeric id in the name's place; emulators often do not
    const machine =
      named ?? (this.namesOnly ? undefined : [...machines.values()].find(({ body, zone: at }) => body.id === name && at === zone))
    if (machine === undefined) throw notFound(`projects/${project}/zones/${zone}/instances/${name}`)
    return machine
  }

  /** By its ref in NovaCron; null when it is gone. */
  byRef(ref: string): Machine | null {
    const [project = '', zone = '', name = '', id] = ref.split('/')
    const machine = this.#machines.get(project)?.get(`${zone}/${name}`)
    return machine !== undefined && machine.body.id === id ? machine : null
  }

  put(machine: Machine): void {
    this.#machines.get(machine.project)?.set(`${machine.zone}/${machine.body.name}`, machine)
    this.#sorted.delete(machine.project)
  }

  change(machine: Machine, changes: Partial<InstanceBody>): void {
    machine.change(this.listLagMs, changes)
  }

  /** Gone at once, with those of its disks that go with it. */
  remove(machine: Machine): void {
    const machines = this.#machines.get(machine.project)
    if (machines?.get(`${machine.zone}/${machine.body.name}`) !== machine) return
    machines.delete(`${machine.zone}/${machine.body.name}`)
    this.#sorted.delete(machine.project)
    if (this.listLagMs > 0) this.#ghosts.push({ machine, untilMs: Date.now() + this.listLagMs })
    for (const disk of machine.body.disks) {
      const found = this.diskOf(machine, disk)
      if (found === undefined) continue
      if (disk.autoDelete) this.disks.get(machine.project)?.delete(`${machine.zone}/${found.name}`)
      else found.users = []
    }
  }

  diskOf({ project, zone }: Machine, disk: AttachedDisk): DiskBody | undefined {
    return this.disks.get(project)?.get(`${zone}/${disk.source?.split('/').at(-1)}`)
  }

  /** One more disk for a machine, as somebody in the cloud's own console would add it. */
  addDisk(machine: Machine, name: string, sizeGb: number, autoDelete: boolean): void {
    const zoneUrl = `${this.root}projects/${machine.project}/zones/${machine.zone}`
    const disk: DiskBody = {
      kind: 'compute#disk',
      id: this.newId(),
      creationTimestamp: new Date().toISOString(),
      name,
      zone: zoneUrl,
      sizeGb: String(sizeGb),
      status: 'READY',
      type: `${zoneUrl}/diskTypes/pd-standard`,
      users: [`${this.root}${machine.path}`],
      labelFingerprint: fingerprint({}),
      selfLink: `${zoneUrl}/disks/${name}`,
    }
    this.disks.get(machine.project)?.set(`${machine.zone}/${name}`, disk)
    const index = machine.body.disks.length
    this.change(machine, {
      disks: [
        ...machine.body.disks,
        {
          kind: 'compute#attachedDisk',
          type: 'PERSISTENT',
          mode: 'READ_WRITE',
          source: `${zoneUrl}/disks/${name}`,
          deviceName: `persistent-disk-${index}`,
          index,
          boot: false,
          autoDelete,
          interface: 'SCSI',
          diskSizeGb: String(sizeGb),
        },
      ],
    })
  }

  /** A machine like another, under a name of its own. */
  addLike(machine: Machine, name: string, status = 'RUNNING'): Machine {
    const id = this.newId()
    const body: InstanceBody = { ...structuredClone(machine.body), id, name, status, deletionProtection: false, disks: [] }
    body['selfLink'] = `${this.root}projects/${machine.project}/zones/${machine.zone}/instances/${name}`
    const added = new Machine(machine.project, machine.zone, body)
    this.put(added)
    return added
  }

  /** A machine that runs: named, unprotected, of the smallest type. */
  get running(): Machine {
    return this.#plain[0] as Machine
  }

  /** Likewise, and it is off. */
  get stopped(): Machine {
    return this.#plain[1] as Machine
  }
}
