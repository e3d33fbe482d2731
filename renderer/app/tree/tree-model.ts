import { type Connection, type Freshness, type Host, machineFreshness } from '../../../shared/model/index.ts'
import { formatValue } from '../../../shared/query/index.ts'
import { compareNames } from '../../lib/i18n/index.ts'
import type { FleetIndex, LiveStore } from '../../lib/live/index.ts'
import { machineName } from '../../lib/machine/index.ts'
import { paths } from '../../lib/paths.ts'
import type { FreshShape } from '../../ui/index.ts'

export type TreeMode = 'connection' | 'tag' | 'state' | 'network'
export const TREE_MODES: readonly TreeMode[] = ['connection', 'tag', 'state', 'network']

export interface TreeNode {
  readonly key: string
  readonly depth: number
  /** What a catalogue code words (`all`, a state), or a name as it is. */
  readonly label: {
    readonly kind: 'all' | 'state' | 'name' | 'more-machines' | 'more-hosts' | 'none' | 'storage'
    readonly text: string
    readonly count?: number
    /** What there are more of: hosts, or the parts of an account. */
    readonly hostKind?: Host['kind']
  }
  readonly count: number | null
  readonly fresh: FreshShape | null
  /** Since when the link is lost. */
  readonly lostSinceMs: number | null
  readonly providerId: string | null
  readonly machineId: string | null
  readonly state: string | null
  readonly expandable: boolean
  readonly expanded: boolean
  readonly strong: boolean
  readonly stale: boolean
  /** It, or its only host, is taken out of use. */
  readonly inMaintenance: boolean
  /** What a click does: filter the fleet, open an object, or show more of the same. */
  readonly target:
    | { readonly kind: 'query'; readonly query: string }
    | { readonly kind: 'path'; readonly path: string }
    | { readonly kind: 'more'; readonly parent: string }
  /** What a double click opens, where the object has a page of its own. */
  readonly page: string | null
}

export interface TreeInput {
  readonly store: LiveStore
  readonly index: FleetIndex
  readonly workspaceId: string
  readonly mode: TreeMode
  readonly expanded: ReadonlySet<string>
  /** How many children of a node are listed, where it is more than usual. */
  readonly limits: ReadonlyMap<string, number>
}

const MACHINES_SHOWN = 10
const HOSTS_SHOWN = 30
export const MORE_STEP = 100
export const ROOT = 'root'

const NODE: Omit<TreeNode, 'key' | 'label' | 'target'> = {
  depth: 0,
  count: null,
  fresh: null,
  lostSinceMs: null,
  providerId: null,
  machineId: null,
  state: null,
  expandable: false,
  expanded: false,
  strong: false,
  stale: false,
  inMaintenance: false,
  page: null,
}

/** The rows of the tree, top to bottom: only what is unfolded. */
export function buildTree(input: TreeInput): readonly TreeNode[] {
  switch (input.mode) {
    case 'connection':
      return connectionTree(input)
    case 'tag':
      return [...input.index.tags(input.workspaceId)]
        .map((tag) => ({ tag, count: input.index.count(`tag/${input.workspaceId}/${tag}`) }))
        .sort((a, b) => b.count - a.count || compareNames(a.tag, b.tag))
        .map(({ tag, count }) => named(`tag/${tag}`, tag, count, `tag:${formatValue(tag)}`))
    case 'state':
      return stateTree(input)
    case 'network':
      return networkTree(input)
  }
}

function named(key: string, text: string, count: number, query: string): TreeNode {
  return { ...NODE, key, label: { kind: 'name', text }, count, target: { kind: 'query', query } }
}

const STATES = [
  'attention',
  'crashed',
  'running',
  'starting',
  'stopping',
  'migrating',
  'paused',
  'suspended',
  'saved',
  'stopped',
  'unknown',
]

function stateTree({ index, workspaceId }: TreeInput): readonly TreeNode[] {
  return STATES.flatMap((state) => {
    const count = index.count(`state/${workspaceId}/${state}`)
    if (count === 0 && state !== 'running' && state !== 'stopped') return []
    const query = state === 'attention' ? 'has:attention' : `state:${state}`
    return [
      {
        ...NODE,
        key: `state/${state}`,
        label: { kind: 'state', text: state },
        state,
        count,
        target: { kind: 'query', query },
      } satisfies TreeNode,
    ]
  })
}

function networkTree({ store, index, workspaceId }: TreeInput): readonly TreeNode[] {
  const counts = new Map<string, number>()
  for (const network of store.tables.network.values()) {
    if (store.get('connection', network.connectionId)?.workspaceId !== workspaceId) continue
    counts.set(network.name, (counts.get(network.name) ?? 0) + index.count(`network/${network.id}`))
  }
  return [...counts]
    .sort(([a, x], [b, y]) => y - x || compareNames(a, b))
    .map(([name, count]) => named(`network/${name}`, name, count, `network:${formatValue(name)}`))
}

function connectionTree(input: TreeInput): readonly TreeNode[] {
  const { store, index, workspaceId, expanded } = input
  const hosts = new Map<string, Host[]>()
  for (const host of store.tables.host.values()) {
    const list = hosts.get(host.connectionId)
    if (list) list.push(host)
    else hosts.set(host.connectionId, [host])
  }
  const connections = [...store.tables.connection.values()]
    .filter((one) => one.workspaceId === workspaceId)
    .sort((a, b) => compareNames(a.name, b.name))
  const shapes = connections.map((one) => connectionShape(one, hosts.get(one.id) ?? []))
  const open = !expanded.has(`closed/${ROOT}`)
  const root: TreeNode = {
    ...NODE,
    key: ROOT,
    label: { kind: 'all', text: '' },
    count: index.count(`workspace/${workspaceId}`),
    fresh: shapes.length === 0 ? null : sumShapes(shapes),
    strong: true,
    expandable: true,
    expanded: open,
    target: { kind: 'query', query: '' },
  }
  if (!open) return [root]
  return [root, ...connections.flatMap((one, at) => connectionNodes(input, one, hosts.get(one.id) ?? [], shapes[at] ?? 'lost'))]
}

/** A connection that is one host is shown as one node: its machines stand right under it. */
function connectionNodes(input: TreeInput, connection: Connection, hosts: readonly Host[], shape: FreshShape): readonly TreeNode[] {
  const { index, expanded } = input
  const key = `connection/${connection.id}`
  const only = hosts.length === 1 ? hosts[0] : undefined
  const open = expanded.has(key)
  const freshness: Freshness = only ? machineFreshness(connection, only) : connection.freshness
  const node: TreeNode = {
    ...NODE,
    key,
    depth: 1,
    label: { kind: 'name', text: connection.name },
    count: index.count(key),
    fresh: shape,
    lostSinceMs: lostSince(freshness),
    providerId: connection.providerId,
    expandable: hosts.length > 0,
    expanded: open,
    strong: true,
    stale: shape === 'lost' || shape === 'never',
    inMaintenance: (only?.maintenance ?? null) !== null,
    target: { kind: 'query', query: `connection:${formatValue(connection.name)}` },
    page: only ? paths.host(only.id) : paths.connections(connection.id),
  }
  if (!open) return [node]
  if (only)
    return [
      node,
      ...storageNode(only, 2),
      ...machineNodes(input, `host/${only.id}`, queryOf(only, connection), 2, freshness.state !== 'live'),
    ]
  const sorted = [...hosts].sort((a, b) => compareNames(a.name, b.name))
  const limit = input.limits.get(key) ?? HOSTS_SHOWN
  const shown = sorted.slice(0, limit).flatMap((host) => hostNodes(input, connection, host))
  return [node, ...shown, ...more(key, 2, 'more-hosts', sorted.length - limit, sorted[0]?.kind)]
}

function hostNodes(input: TreeInput, connection: Connection, host: Host): readonly TreeNode[] {
  const key = `host/${host.id}`
  const open = input.expanded.has(key)
  const freshness = machineFreshness(connection, host)
  const node: TreeNode = {
    ...NODE,
    key,
    depth: 2,
    label: { kind: 'name', text: host.name },
    count: input.index.count(key),
    fresh: shapeOf(freshness),
    lostSinceMs: lostSince(freshness),
    expandable: true,
    expanded: open,
    stale: freshness.state !== 'live',
    inMaintenance: (host.maintenance ?? null) !== null,
    target: { kind: 'query', query: queryOf(host, connection) },
    page: paths.host(host.id),
  }
  return open
    ? [node, ...storageNode(host, 3), ...machineNodes(input, key, queryOf(host, connection), 3, freshness.state !== 'live')]
    : [node]
}

/** The way to a host's pools, above its machines. */
function storageNode({ id, kind }: Host, depth: number): readonly TreeNode[] {
  if (kind !== 'hypervisor') return []
  const page = paths.storage(id)
  return [{ ...NODE, key: `storage/${id}`, depth, label: { kind: 'storage', text: '' }, target: { kind: 'path', path: page }, page }]
}

function machineNodes(input: TreeInput, bucket: string, query: string, depth: number, stale: boolean): readonly TreeNode[] {
  const ids = [...input.index.members(bucket)]
  const machines = ids.flatMap((id) => input.store.get('machine', id) ?? []).sort((a, b) => compareNames(a.name, b.name))
  if (machines.length === 0) {
    return [
      {
        ...NODE,
        key: `${bucket}/none`,
        depth,
        label: { kind: 'none', text: '' },
        target: { kind: 'query', query },
      },
    ]
  }
  const limit = input.limits.get(bucket) ?? MACHINES_SHOWN
  const shown = machines.slice(0, limit).map(
    (machine): TreeNode => ({
      ...NODE,
      key: `machine/${machine.id}`,
      depth,
      label: { kind: 'name', text: machineName(machine) },
      machineId: machine.id,
      stale,
      target: { kind: 'path', path: paths.machine(machine.id) },
      page: paths.machine(machine.id),
    }),
  )
  return [...shown, ...more(bucket, depth, 'more-machines', machines.length - limit)]
}

function more(
  parent: string,
  depth: number,
  kind: 'more-machines' | 'more-hosts',
  count: number,
  hostKind: Host['kind'] = 'hypervisor',
): readonly TreeNode[] {
  if (count <= 0) return []
  return [{ ...NODE, key: `${parent}/more`, depth, label: { kind, text: '', count, hostKind }, target: { kind: 'more', parent } }]
}

/** Of two accounts both may have a region of that name: there the account is named as well. */
function queryOf(host: Host, connection: Connection): string {
  const here = `host:${formatValue(host.name)}`
  return host.kind === 'hypervisor' ? here : `connection:${formatValue(connection.name)} ${here}`
}

function shapeOf(freshness: Freshness): FreshShape {
  return freshness.state === 'live' ? 'live' : freshness.state === 'never' ? 'never' : 'lost'
}

function lostSince(freshness: Freshness): number | null {
  return freshness.state === 'stale' ? freshness.sinceMs : null
}

function connectionShape(connection: Connection, hosts: readonly Host[]): FreshShape {
  const own = shapeOf(connection.freshness)
  if (own !== 'live' || hosts.length === 0) return own
  return sumShapes(hosts.map((host) => shapeOf(host.freshness)))
}

function sumShapes(shapes: readonly FreshShape[]): FreshShape {
  const first = shapes[0] ?? 'never'
  return shapes.every((shape) => shape === first)
    ? first
    : shapes.some((shape) => shape === 'live' || shape === 'partly')
      ? 'partly'
      : 'lost'
}
