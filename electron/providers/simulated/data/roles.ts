/** What a machine is for: its names, sizes and the shape of its load. A logistics company's fleet. */
export interface Role {
  readonly name: string
  readonly tags: readonly string[]
  readonly weight: number
  /** vCPUs and GiB, smallest first. */
  readonly sizes: ReadonlyArray<readonly [vcpus: number, memoryGiB: number]>
  readonly systems: readonly string[]
  readonly load: LoadShape
  /** Third octet of its addresses. */
  readonly vlan: number
  /** Gigabytes of each disk. */
  readonly disksGB: readonly number[]
  readonly description: string
}

/** Percent of all vCPUs; `wave` follows the working day, `night` is added from 22 to 5, `noise` is what remains. */
export interface LoadShape {
  readonly base: number
  readonly wave: number
  readonly night: number
  readonly noise: number
  /** Share of memory in use. */
  readonly memory: number
  /** Megabytes a second at full load. */
  readonly diskMBps: number
  readonly netMBps: number
}

const web: LoadShape = { base: 8, wave: 42, night: 0, noise: 14, memory: 0.62, diskMBps: 12, netMBps: 90 }
const api: LoadShape = { base: 12, wave: 50, night: 2, noise: 18, memory: 0.7, diskMBps: 18, netMBps: 60 }
const database: LoadShape = { base: 18, wave: 38, night: 14, noise: 10, memory: 0.88, diskMBps: 240, netMBps: 45 }
const queue: LoadShape = { base: 22, wave: 34, night: 8, noise: 12, memory: 0.82, diskMBps: 160, netMBps: 110 }
const batch: LoadShape = { base: 4, wave: 6, night: 78, noise: 10, memory: 0.55, diskMBps: 190, netMBps: 40 }
const solver: LoadShape = { base: 30, wave: 20, night: 55, noise: 16, memory: 0.64, diskMBps: 60, netMBps: 25 }
const idle: LoadShape = { base: 2, wave: 4, night: 1, noise: 4, memory: 0.35, diskMBps: 4, netMBps: 3 }
const desktop: LoadShape = { base: 3, wave: 26, night: 0, noise: 20, memory: 0.58, diskMBps: 20, netMBps: 12 }

const DEBIAN = ['Debian 13', 'Debian 13', 'Debian 12']
const UBUNTU = ['Ubuntu 24.04', 'Ubuntu 24.04', 'Ubuntu 22.04']
const RHEL = ['RHEL 9.6', 'RHEL 9.6', 'AlmaLinux 9.6']
const WINDOWS = ['Windows Server 2025', 'Windows Server 2022', 'Windows Server 2022']

function role(
  name: string,
  tags: string,
  weight: number,
  sizes: Role['sizes'],
  systems: readonly string[],
  load: LoadShape,
  vlan: number,
  disksGB: readonly number[],
  description: string,
): Role {
  return { name, tags: tags.split(' '), weight, sizes, systems, load, vlan, disksGB, description }
}

const SMALL = [
  [1, 2],
  [2, 4],
  [2, 4],
] as const
const MIDDLE = [
  [2, 4],
  [4, 8],
  [4, 8],
  [6, 12],
] as const
const LARGE = [
  [8, 16],
  [8, 32],
  [12, 48],
] as const
const HUGE = [
  [12, 64],
  [16, 64],
  [32, 128],
] as const

// biome-ignore format: a table
export const ROLES: readonly Role[] = [
  role('route-solver', 'solver', 5, HUGE, DEBIAN, solver, 3, [80, 400], 'Overnight route planner'),
  role('tracking-api', 'tracking', 9, MIDDLE, DEBIAN, api, 3, [20], 'Parcel tracking for customers'),
  role('barcode-svc', 'tracking', 4, SMALL, DEBIAN, api, 3, [20], 'Barcode and label lookup'),
  role('wms-db', 'wms db', 4, HUGE, RHEL, database, 2, [60, 800], 'Warehouse management database'),
  role('wms-app', 'wms', 10, LARGE, RHEL, api, 2, [60], 'Warehouse management application'),
  role('wms-queue', 'wms', 3, MIDDLE, RHEL, queue, 2, [40, 120], 'Warehouse message broker'),
  role('tms-api', 'tms', 8, MIDDLE, DEBIAN, api, 5, [30], 'Transport management API'),
  role('tms-search', 'tms search', 3, LARGE, UBUNTU, queue, 5, [40, 300], 'Transport search index'),
  role('tms-worker', 'tms', 8, MIDDLE, DEBIAN, batch, 5, [30], 'Transport background jobs'),
  role('telemetry-kafka', 'kafka telematics', 3, LARGE, DEBIAN, queue, 7, [40, 1000], 'Vehicle telemetry log'),
  role('fleet-gps-ingest', 'telematics', 4, LARGE, DEBIAN, queue, 8, [40], 'GPS positions of the trucks'),
  role('geo-tiles', 'geo', 4, LARGE, UBUNTU, web, 8, [60, 500], 'Map tiles'),
  role('geo-route', 'geo', 3, LARGE, UBUNTU, solver, 8, [60, 200], 'Road graph'),
  role('label-render', 'print', 6, SMALL, DEBIAN, api, 4, [20], 'Shipping label rendering'),
  role('customs-edi', 'edi', 3, MIDDLE, WINDOWS, batch, 6, [80, 120], 'Customs declarations'),
  role('edi-gateway', 'edi', 4, MIDDLE, RHEL, queue, 6, [40], 'Partners’ EDI traffic'),
  role('billing-batch', 'finance', 4, LARGE, WINDOWS, batch, 9, [100, 200], 'Invoices of the night'),
  role('billing-db', 'finance db', 2, HUGE, RHEL, database, 9, [60, 600], 'Ledger'),
  role('portal-web', 'portal', 10, MIDDLE, UBUNTU, web, 10, [20], 'Customers’ portal'),
  role('portal-cache', 'portal cache', 3, MIDDLE, DEBIAN, web, 10, [20], 'Portal cache'),
  role('dwh-etl', 'dwh', 4, HUGE, UBUNTU, batch, 9, [80, 900], 'Warehouse loads'),
  role('dwh-node', 'dwh db', 3, HUGE, UBUNTU, database, 9, [80, 2000], 'Column store'),
  role('auth', 'identity', 3, MIDDLE, DEBIAN, api, 1, [20], 'Sign-in'),
  role('ldap', 'identity', 2, SMALL, RHEL, web, 1, [20], 'Directory'),
  role('dc', 'identity windows', 2, MIDDLE, WINDOWS, web, 1, [80], 'Domain controller'),
  role('dns', 'infra', 3, SMALL, ['Alpine 3.22'], idle, 1, [4], 'Name service'),
  role('ntp', 'infra', 1, SMALL, ['Alpine 3.22'], idle, 1, [4], 'Time service'),
  role('mail-relay', 'infra', 2, SMALL, DEBIAN, web, 1, [40], 'Mail relay'),
  role('proxy', 'infra', 3, SMALL, DEBIAN, web, 1, [10], 'Outbound proxy'),
  role('lb', 'infra', 4, SMALL, DEBIAN, web, 1, [10], 'Load balancer'),
  role('bastion', 'infra', 1, SMALL, DEBIAN, idle, 1, [10], 'Jump host'),
  role('backup', 'infra backup', 2, MIDDLE, DEBIAN, batch, 11, [40, 4000], 'Backup server'),
  role('prometheus', 'monitoring', 2, LARGE, DEBIAN, queue, 11, [40, 500], 'Metrics'),
  role('loki', 'monitoring', 2, LARGE, DEBIAN, queue, 11, [40, 800], 'Logs'),
  role('grafana', 'monitoring', 1, SMALL, DEBIAN, web, 11, [20], 'Dashboards'),
  role('gitlab', 'devops', 1, LARGE, UBUNTU, api, 12, [60, 600], 'Source code'),
  role('ci-runner', 'devops ci', 9, LARGE, UBUNTU, solver, 12, [120], 'Build runner'),
  role('registry', 'devops', 1, MIDDLE, DEBIAN, queue, 12, [40, 800], 'Image registry'),
  role('k8s-master', 'k8s', 2, MIDDLE, UBUNTU, api, 13, [60], 'Kubernetes control plane'),
  role('k8s-node', 'k8s', 12, LARGE, UBUNTU, api, 13, [100, 200], 'Kubernetes worker'),
  role('vision-dock', 'gpu vision', 2, LARGE, UBUNTU, solver, 14, [80, 200], 'Cameras at the docks'),
  role('pick-voice', 'wms voice', 2, SMALL, DEBIAN, desktop, 2, [20], 'Pick by voice'),
  role('crm-app', 'sales', 2, MIDDLE, WINDOWS, desktop, 10, [80], 'Customer records'),
  role('rds', 'office windows', 5, LARGE, WINDOWS, desktop, 15, [120], 'Remote desktops'),
  role('vdi', 'office windows', 9, SMALL, ['Windows 11'], desktop, 15, [80], 'Virtual desktop'),
  role('print', 'office', 1, SMALL, WINDOWS, idle, 15, [60], 'Print server'),
  role('file', 'office', 2, MIDDLE, WINDOWS, queue, 15, [60, 2000], 'File server'),
  role('wiki', 'office', 1, SMALL, DEBIAN, web, 12, [40], 'Wiki'),
]

/** A machine that was built here: nobody knows what for. */
export const BUILT_ROLE: Role = { ...role('guest', 'guest', 0, SMALL, DEBIAN, idle, 1, [20], ''), tags: [] }

/** What stands in a depot beside the gate. Their names carry the depot's code. */
// biome-ignore format: a table
export const EDGE_ROLES: readonly Role[] = [
  role('edge-print', 'depot', 4, [[2, 2]], ['Alpine 3.22'], idle, 1, [8], 'Label printers'),
  role('edge-scan', 'depot', 5, [[2, 2]], ['Alpine 3.22'], api, 1, [8], 'Parcel scanners'),
  role('edge-gate', 'depot', 2, [[1, 1]], ['Alpine 3.22'], idle, 1, [4], 'Gate control'),
  role('edge-cam', 'depot vision', 3, [[4, 8]], ['Debian 12'], solver, 2, [20, 500], 'Cameras'),
  role('edge-cache', 'depot', 2, [[2, 4]], ['Debian 12'], web, 1, [60], 'Map and image cache'),
  role('edge-pos', 'depot', 2, [[2, 4]], ['Windows Server 2022'], desktop, 3, [60], 'Counter'),
]
