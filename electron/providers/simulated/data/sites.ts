/** A place with hosts. `codes` stand in the hosts' names; a site of depots has one for each few hosts. */
export interface Site {
  readonly name: string
  readonly codes: readonly string[]
  /** Second octet of its addresses. */
  readonly network: number
  readonly edge: boolean
  /** Its part of the demo's hosts and machines. */
  readonly hostShare: number
  readonly machineShare: number
}

const DEPOT_CODES = [
  'lux', 'tll', 'rix', 'vno', 'brq', 'ostr', 'waw', 'poz', 'wro', 'ktw', 'szz', 'ham', 'bre', 'lej', 'cgn', 'dus', 'nue', 'str', 'lil', 'lys',
] // biome-ignore format: a table

export const SITES: readonly Site[] = [
  { name: 'Gdańsk DC', codes: ['gdn'], network: 40, edge: false, hostShare: 48, machineShare: 48 },
  { name: 'Rotterdam DC', codes: ['rtm'], network: 42, edge: false, hostShare: 28, machineShare: 29 },
  { name: 'Depots', codes: DEPOT_CODES, network: 77, edge: true, hostShare: 12, machineShare: 6 },
  { name: 'Łódź DC', codes: ['ldz'], network: 44, edge: false, hostShare: 8, machineShare: 11 },
  { name: 'Malmö lab', codes: ['mma'], network: 46, edge: false, hostShare: 4, machineShare: 6 },
]

export interface HostModel {
  readonly cpuModel: string
  readonly sockets: number
  readonly coresPerSocket: number
  readonly threadsPerCore: number
  readonly cpuMhz: number
  readonly versions: ReadonlyArray<{ readonly name: string; readonly version: string }>
}

function versions(libvirt: string, qemu: string, kernel: string): HostModel['versions'] {
  return [
    { name: 'libvirt', version: libvirt },
    { name: 'QEMU', version: qemu },
    { name: 'Linux', version: kernel },
  ]
}

export const HOST_MODELS: readonly HostModel[] = [
  { cpuModel: 'AMD EPYC 9354', sockets: 2, coresPerSocket: 32, threadsPerCore: 2, cpuMhz: 3250, versions: versions('11.3.0', '10.0.2', '6.12.57') },
  { cpuModel: 'AMD EPYC 7543', sockets: 2, coresPerSocket: 32, threadsPerCore: 2, cpuMhz: 2800, versions: versions('11.3.0', '10.0.2', '6.12.48') },
  { cpuModel: 'Intel Xeon Gold 6338', sockets: 2, coresPerSocket: 32, threadsPerCore: 2, cpuMhz: 2000, versions: versions('10.10.0', '9.2.4', '6.11.11') },
  { cpuModel: 'Intel Xeon Gold 6248R', sockets: 2, coresPerSocket: 24, threadsPerCore: 2, cpuMhz: 3000, versions: versions('9.0.0', '7.2.17', '6.1.153') },
] // biome-ignore format: a table

export const EDGE_HOST_MODELS: readonly HostModel[] = [
  { cpuModel: 'Intel Xeon D-2733NT', sockets: 1, coresPerSocket: 8, threadsPerCore: 2, cpuMhz: 2100, versions: versions('11.3.0', '10.0.2', '6.12.57') },
  { cpuModel: 'Intel Xeon E-2378', sockets: 1, coresPerSocket: 8, threadsPerCore: 2, cpuMhz: 2600, versions: versions('9.0.0', '7.2.17', '6.1.153') },
] // biome-ignore format: a table

/** What needs a person's eye now and then. */
export const ATTENTIONS: ReadonlyArray<{ readonly code: string; readonly text: string }> = [
  { code: 'guest.disk-filling', text: 'A disk of the guest is filling.' },
  { code: 'guest.swapping', text: 'The guest is swapping.' },
  { code: 'guest.agent-silent', text: 'The guest agent does not answer.' },
]
