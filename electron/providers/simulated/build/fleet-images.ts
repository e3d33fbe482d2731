const GIB = 2 ** 30

/** An image that lies in a pool of every host of a site. */
export interface FleetImage {
  readonly pool: string
  readonly name: string
  readonly format: 'qcow2' | 'raw' | 'iso'
  readonly capacityBytes: number
  readonly allocationBytes: number
}

function cloud(pool: string, name: string, gib: number, megabytes: number, format: 'qcow2' | 'raw' = 'qcow2'): FleetImage {
  return { pool, name, format, capacityBytes: gib * GIB, allocationBytes: megabytes * 1e6 }
}

function iso(pool: string, name: string, megabytes: number): FleetImage {
  return { pool, name, format: 'iso', capacityBytes: megabytes * 1e6, allocationBytes: megabytes * 1e6 }
}

const LOCAL: readonly FleetImage[] = [
  cloud('default', 'debian-12-genericcloud-amd64.qcow2', 2, 346),
  cloud('default', 'debian-13-genericcloud-amd64.qcow2', 3, 338),
  cloud('default', 'ubuntu-24.04-server-cloudimg-amd64.img', 3.5, 618),
  cloud('default', 'AlmaLinux-9-GenericCloud-9.6-x86_64.qcow2', 10, 491),
]

const CENTRE: readonly FleetImage[] = [
  ...LOCAL,
  cloud('ceph-vm', 'debian-12-genericcloud-amd64', 2, 1_120, 'raw'),
  iso('iso', 'debian-13.1.0-amd64-netinst.iso', 822),
  iso('iso', 'debian-12.12.0-amd64-netinst.iso', 702),
  iso('iso', 'ubuntu-24.04.3-live-server-amd64.iso', 3_303),
  iso('iso', 'AlmaLinux-9.6-x86_64-minimal.iso', 2_164),
  iso('iso', 'Windows_Server_2025_EVAL_x64FRE_en-us.iso', 6_014),
  iso('iso', 'Win11_24H2_English_x64.iso', 5_819),
  iso('iso', 'virtio-win-0.1.271.iso', 723),
]

const EDGE: readonly FleetImage[] = [
  ...LOCAL.slice(0, 2),
  iso('default', 'debian-12.12.0-amd64-netinst.iso', 702),
  iso('default', 'virtio-win-0.1.271.iso', 723),
]

export function fleetImages(isEdge: boolean): readonly FleetImage[] {
  return isEdge ? EDGE : CENTRE
}
