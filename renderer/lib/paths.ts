/** Where everything is. Ids are opaque and may hold anything: always through here. */
export const paths = {
  fleet: (query = '') => (query ? `/fleet?q=${encodeURIComponent(query)}` : '/fleet'),
  machine: (machineId: string) => `/machines/${encodeURIComponent(machineId)}`,
  console: (machineId: string) => `/machines/${encodeURIComponent(machineId)}/console`,
  /** The same in a window of its own. */
  consoleWindow: (machineId: string, kind: string, index: number) =>
    `/console/${encodeURIComponent(machineId)}?kind=${encodeURIComponent(kind)}&index=${index}`,
  host: (hostId: string) => `/hosts/${encodeURIComponent(hostId)}`,
  /** Pools of a host, or of all of them. */
  storage: (hostId?: string) => (hostId ? `/storage?host=${encodeURIComponent(hostId)}` : '/storage'),
  orphans: (hostId?: string) => (hostId ? `/storage?tab=orphans&host=${encodeURIComponent(hostId)}` : '/storage?tab=orphans'),
  newPool: (hostId?: string) => (hostId ? `/storage/new?host=${encodeURIComponent(hostId)}` : '/storage/new'),
  /** The volumes of a pool; one of them in view. */
  pool: (poolId: string, volume?: string) =>
    volume === undefined
      ? `/pools/${encodeURIComponent(poolId)}`
      : `/pools/${encodeURIComponent(poolId)}?volume=${encodeURIComponent(volume)}`,
  /** New machines, on a host of choice. */
  build: (hostId?: string) => (hostId ? `/build?host=${encodeURIComponent(hostId)}` : '/build'),
  /** A new machine with a disk that is there. */
  buildOn: (hostId: string, { pool, volume }: { readonly pool: string; readonly volume: string }) =>
    `/build?host=${encodeURIComponent(hostId)}&pool=${encodeURIComponent(pool)}&volume=${encodeURIComponent(volume)}`,
  /** A new machine of a cloud, in a place of choice. */
  cloudBuild: (hostId?: string) => (hostId ? `/cloud-build?host=${encodeURIComponent(hostId)}` : '/cloud-build'),
  /** A machine out of a package, on a host of choice. */
  importPackage: (hostId?: string) => (hostId ? `/import?host=${encodeURIComponent(hostId)}` : '/import'),
  /** Machines from one that is there, or from a template. */
  clone: (machineId: string) => `/build?from=${encodeURIComponent(machineId)}`,
  /** Machines to another host; which one, if that is known already. */
  migrate: (machineIds: readonly string[], hostId?: string) =>
    `/migrate?${new URLSearchParams([...machineIds.map((id) => ['m', id]), ...(hostId ? [['to', hostId]] : [])]).toString()}`,
  /** A machine that is off, to another world. */
  transfer: (machineId: string) => `/machines/${encodeURIComponent(machineId)}/transfer`,
  /** Virtual networks of a host; a network by its native reference. */
  networks: (hostId?: string, networkRef?: string) =>
    `/networks${hostId ? `?host=${encodeURIComponent(hostId)}` : ''}${hostId && networkRef ? `&network=${encodeURIComponent(networkRef)}` : ''}`,
  /** How a host's cards, networks and wires hang together; a node by its id on the host. */
  topology: (hostId?: string, nodeId?: string) =>
    `/topology${hostId ? `?host=${encodeURIComponent(hostId)}` : ''}${hostId && nodeId ? `&node=${encodeURIComponent(nodeId)}` : ''}`,
  /** A planned move, among those that wait. */
  plan: (planId: string) => `/tasks?plan=${encodeURIComponent(planId)}`,
  tasks: (taskId?: string) => (taskId ? `/tasks?task=${encodeURIComponent(taskId)}` : '/tasks'),
  events: () => '/events',
  /** What takes snapshots by the clock. */
  snapshotSchedules: () => '/snapshot-schedules',
  connections: (connectionId?: string) => (connectionId ? `/connections?connection=${encodeURIComponent(connectionId)}` : '/connections'),
  /** Of a kind: `aws`, `azure`, … */
  addHost: (providerId?: string) => (providerId ? `/connections/add?provider=${encodeURIComponent(providerId)}` : '/connections/add'),
  editConnection: (connectionId: string) => `/connections/${encodeURIComponent(connectionId)}/edit`,
  welcome: () => '/welcome',
  settings: () => '/settings',
} as const
