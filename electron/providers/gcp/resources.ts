import type { compute_v1 } from '@googleapis/compute/build/v1.js'
import { isAppError } from '../../../shared/errors/index.ts'
import type { CloudResource, CloudResourceKind } from '../../../shared/model/index.ts'
import type { SeenNetwork } from '../cloud/index.ts'
import type { CallOptions } from '../provider.ts'
import type { GcpClient } from './client.ts'
import { tagsOfLabels } from './labels.ts'
import { lastOf, pathOf } from './refs.ts'

const GIB = 1_073_741_824
/** Projects of the makers of operating systems. */
const VENDORS = [
  'debian-cloud',
  'ubuntu-os-cloud',
  'rocky-linux-cloud',
  'rhel-cloud',
  'suse-cloud',
  'fedora-cloud',
  'cos-cloud',
  'windows-cloud',
]

type Properties = Readonly<Record<string, string | number | boolean | null | undefined>>

interface Basics {
  readonly id?: string | null
  readonly name?: string | null
  readonly selfLink?: string | null
  readonly creationTimestamp?: string | null
  readonly status?: string | null
  readonly region?: string | null
  readonly zone?: string | null
  readonly labels?: Readonly<Record<string, string>> | null
}

function resource(kind: CloudResourceKind, of: Basics, more: Partial<CloudResource>, properties: Properties): CloudResource {
  const createdAtMs = Date.parse(of.creationTimestamp ?? '')
  return {
    kind,
    id: pathOf(of.selfLink) ?? of.id ?? '',
    name: of.name ?? '',
    region: lastOf(of.region),
    zone: lastOf(of.zone),
    state: of.status ?? null,
    sizeBytes: null,
    createdAtMs: Number.isNaN(createdAtMs) ? null : createdAtMs,
    usedBy: [],
    tags: tagsOfLabels(of.labels),
    properties: Object.entries(properties).flatMap(([key, value]) =>
      value === null || value === undefined || value === '' ? [] : { key, value: String(value) },
    ),
    ...more,
  }
}

const gib = (size: string | number | null | undefined): number | null => (size ? Number(size) * GIB : null)

/** What a project has beside machines. Machines are known here by their paths. */
export class GcpResources {
  readonly #client: GcpClient
  readonly #refOfPath: (path: string) => string | null

  constructor(client: GcpClient, refOfPath: (path: string) => string | null) {
    this.#client = client
    this.#refOfPath = refOfPath
  }

  async list(project: string, kind: CloudResourceKind, search: string, options: CallOptions): Promise<readonly CloudResource[]> {
    switch (kind) {
      case 'image':
        return await this.#images(project, search.trim().toLowerCase(), options)
      case 'disk':
        return await this.#disks(project, options)
      case 'snapshot':
        return await this.#collect(this.#pages(project, 'snapshots', options), ({ items }) =>
          (items ?? []).map((one) =>
            resource(
              'snapshot',
              one,
              { sizeBytes: gib(one.diskSizeGb) },
              { sourceDisk: lastOf(one.sourceDisk), storageBytes: one.storageBytes },
            ),
          ),
        )
      case 'address':
        return await this.#addresses(project, options)
      case 'network':
        return await this.#collect(this.#pages(project, 'networks', options), ({ items }) =>
          (items ?? []).map((one) =>
            resource(
              'network',
              one,
              {},
              { subnets: one.autoCreateSubnetworks ? 'auto' : 'custom', routing: one.routingConfig?.routingMode },
            ),
          ),
        )
      case 'subnet':
        return (await this.#subnets(project, options)).map((one) =>
          resource('subnet', one, {}, { network: lastOf(one.network), cidr: one.ipCidrRange, gateway: one.gatewayAddress }),
        )
      case 'firewall':
        return await this.#collect(this.#pages(project, 'firewalls', options), ({ items }) => (items ?? []).map(firewallOf))
      case 'zone':
        return (await this.zones(project, options)).map((one) => resource('zone', one, { id: one.name ?? '', state: closedBy(one) }, {}))
      // keys are a machine's or a project's metadata here, no objects of their own
      case 'key':
        return []
      default:
        return kind satisfies never
    }
  }

  /** Networks of a project with the ranges of their subnets. Who may not see either sees the machines all the same. */
  async networks(project: string, options: CallOptions): Promise<readonly SeenNetwork[]> {
    const networks = await this.#collect(this.#pages(project, 'networks', options), ({ items }) => items ?? []).catch(noneWhereHidden)
    const subnets = networks.length === 0 ? [] : await this.#subnets(project, options).catch(noneWhereHidden)
    return networks.flatMap((network) => {
      const ref = pathOf(network.selfLink)
      if (ref === null) return []
      const cidrs = subnets.filter((subnet) => pathOf(subnet.network) === ref).map((subnet) => subnet.ipCidrRange ?? '')
      const facts = {
        hostRef: project,
        name: network.name ?? '',
        active: true,
        autostart: null,
        persistent: true,
        forward: 'vpc',
        bridge: null,
      }
      return [{ ref, facts: { ...facts, cidrs: [...new Set(cidrs)].filter((one) => one !== '').sort() } }]
    })
  }

  /** Those that are down or going as well. */
  zones(project: string, options: CallOptions): Promise<readonly compute_v1.Schema$Zone[]> {
    return this.#collect(this.#pages(project, 'zones', options), ({ items }) => items ?? [])
  }

  #pages<K extends keyof ListOf>(project: string, collection: K, options: CallOptions): AsyncGenerator<ListOf[K]> {
    const method = `compute.${collection}.list`
    return this.#client.pages<ListOf[K]>({ method, project }, options, (compute, page, how) =>
      compute[collection].list({ project, maxResults: 500, ...page }, how),
    )
  }

  async #collect<P, T>(pages: AsyncIterable<P>, items: (page: P) => readonly T[]): Promise<T[]> {
    const all: T[] = []
    for await (const page of pages) all.push(...items(page))
    return all
  }

  /** Own images, and the newest of each family of the makers. */
  async #images(project: string, search: string, options: CallOptions): Promise<readonly CloudResource[]> {
    const lists = await Promise.all(
      [project, ...VENDORS].map((owner) =>
        // a maker's project that this account may not read is left out
        this.#collect(this.#pages(owner, 'images', options), ({ items }) => items ?? []).catch((thrown: unknown) => {
          if (owner === project) throw thrown
          return noneWhereHidden(thrown)
        }),
      ),
    )
    const usable = lists.flatMap((images, index) => (index === 0 ? images : newestOfFamilies(images)))
    return usable
      .filter(({ name, family, description }) => [name, family, description].some((text) => (text ?? '').toLowerCase().includes(search)))
      .map((image) =>
        resource(
          'image',
          image,
          { sizeBytes: gib(image.diskSizeGb) },
          { family: image.family, description: image.description, arch: image.architecture },
        ),
      )
  }

  async #disks(project: string, options: CallOptions): Promise<readonly CloudResource[]> {
    const pages = this.#client.pages(
      { method: 'compute.disks.aggregatedList', permission: 'compute.disks.list', project },
      options,
      (compute, page, how) => compute.disks.aggregatedList({ project, maxResults: 500, ...page }, how),
    )
    const disks = await this.#collect(pages, ({ items }) => Object.values(items ?? {}).flatMap((scope) => scope.disks ?? []))
    return disks.map((disk) => {
      const usedBy = (disk.users ?? []).flatMap((user) => this.#refOfPath(pathOf(user) ?? '') ?? [])
      return resource('disk', disk, { sizeBytes: gib(disk.sizeGb), usedBy }, { type: lastOf(disk.type), image: lastOf(disk.sourceImage) })
    })
  }

  async #addresses(project: string, options: CallOptions): Promise<readonly CloudResource[]> {
    const call = { method: 'compute.addresses.aggregatedList', permission: 'compute.addresses.list', project }
    const pages = this.#client.pages(call, options, (compute, page, how) =>
      compute.addresses.aggregatedList({ project, maxResults: 500, ...page }, how),
    )
    const all = await this.#collect(pages, ({ items }) => Object.values(items ?? {}).flatMap((scope) => scope.addresses ?? []))
    return all.map((one) => {
      const usedBy = (one.users ?? []).flatMap((user) => this.#refOfPath(pathOf(user) ?? '') ?? [])
      return resource('address', one, { usedBy }, { address: one.address, type: one.addressType, tier: one.networkTier })
    })
  }

  async #subnets(project: string, options: CallOptions): Promise<compute_v1.Schema$Subnetwork[]> {
    const call = { method: 'compute.subnetworks.aggregatedList', permission: 'compute.subnetworks.list', project }
    const pages = this.#client.pages(call, options, (compute, page, how) =>
      compute.subnetworks.aggregatedList({ project, maxResults: 500, ...page }, how),
    )
    return await this.#collect(pages, ({ items }) => Object.values(items ?? {}).flatMap((scope) => scope.subnetworks ?? []))
  }
}

interface ListOf {
  readonly snapshots: compute_v1.Schema$SnapshotList
  readonly networks: compute_v1.Schema$NetworkList
  readonly firewalls: compute_v1.Schema$FirewallList
  readonly images: compute_v1.Schema$ImageList
  readonly zones: compute_v1.Schema$ZoneList
}

/** What this account may not see, or a server does not have. */
function noneWhereHidden(thrown: unknown): never[] {
  if (isAppError(thrown) && (thrown.kind === 'forbidden' || thrown.kind === 'not-found')) return []
  throw thrown
}

/** Why a zone takes no machines: it is down, or has been given up. Null: it does. */
export function closedBy({ status, deprecated }: compute_v1.Schema$Zone): string | null {
  const age = deprecated?.state ?? ''
  if (age === 'OBSOLETE' || age === 'DELETED') return age
  return status === 'UP' ? null : (status ?? 'UNKNOWN')
}

function newestOfFamilies(images: readonly compute_v1.Schema$Image[]): compute_v1.Schema$Image[] {
  const newest = new Map<string, compute_v1.Schema$Image>()
  for (const image of images) {
    if (image.deprecated || !image.family) continue
    const known = newest.get(image.family)
    if (!known || Date.parse(image.creationTimestamp ?? '') > Date.parse(known.creationTimestamp ?? '')) newest.set(image.family, image)
  }
  return [...newest.values()]
}

function firewallOf(one: compute_v1.Schema$Firewall): CloudResource {
  const rules = (list: ReadonlyArray<{ IPProtocol?: string; ports?: string[] }> | null | undefined) =>
    (list ?? []).map(({ IPProtocol, ports }) => [IPProtocol, ports?.join(',')].filter(Boolean).join(':')).join(' ')
  const state = one.disabled ? 'DISABLED' : 'ENABLED'
  return resource(
    'firewall',
    one,
    { state },
    {
      network: lastOf(one.network),
      direction: one.direction,
      priority: one.priority,
      from: one.sourceRanges?.join(' '),
      sourceTags: one.sourceTags?.join(' '),
      targetTags: one.targetTags?.join(' '),
      allow: rules(one.allowed),
      deny: rules(one.denied),
    },
  )
}
