import type { BuildFinding, NicSpec } from '../../../../shared/model/index.ts'
import type { World } from '../world.ts'
import { blocks } from './finding.ts'
import type { Options } from './options.ts'

/** Since libvirt 11.0 a bridge of Linux itself can tag. */
const BRIDGES_TAG = 11

/** Whether the host's bridges can tag packets for a VLAN. */
export function tagsOf(world: World, hostRef: string): boolean {
  const libvirt = world.host(hostRef).facts.versions.find(({ name }) => name === 'libvirt')
  return Number.parseInt(libvirt?.version ?? '0', 10) >= BRIDGES_TAG
}

/** Whether what a card leads to is there. */
export function nicFindings(options: Options, bridgesTag: boolean, nic: NicSpec, field: string): BuildFinding[] {
  return [...sourceFindings(options, nic, `${field}.source`), ...vlanFindings(bridgesTag, nic, `${field}.vlan`)]
}

function vlanFindings(bridgesTag: boolean, { source, vlan }: NicSpec, field: string): BuildFinding[] {
  if (vlan === null) return []
  if (source.kind === 'macvtap' && source.mode === 'passthrough') return []
  if (source.kind === 'bridge' && (source.openVSwitch || bridgesTag)) return []
  const text = 'Nothing tags packets there. VLANs need Open vSwitch, a device passed through, or libvirt 11 with a bridge.'
  return [blocks({ code: 'build.vlan-not-possible', field, text, mend: { code: 'build.do-without', field, value: null } })]
}

/** The first of what there is, in place of what is not. */
function mendBy(field: string, value: string | undefined): BuildFinding['mend'] {
  return value === undefined ? null : { code: 'build.use-value', field, value }
}

function sourceFindings({ networks, bridges, devices }: Options, { source }: NicSpec, field: string): BuildFinding[] {
  if (source.kind === 'network') {
    const network = networks.find(({ name }) => name === source.network)
    if (network?.active) return []
    const other = networks.find(({ active }) => active)
    const mend = other ? { code: 'build.use-network', field: `${field}.network`, value: other.name } : null
    const params = { network: source.network }
    const at = { field: `${field}.network`, params, mend }
    if (!network) return [blocks({ ...at, code: 'build.network-missing', text: `The host has no network named ${source.network}.` })]
    const text = `The network ${source.network} is off: the machine could not start.`
    return [blocks({ ...at, code: 'build.network-off', text })]
  }
  if (source.kind === 'bridge') {
    if (bridges.some(({ name }) => name === source.bridge)) return []
    const text = `The host has no bridge named ${source.bridge}.`
    const mend = mendBy(`${field}.bridge`, bridges.find(({ openVSwitch }) => openVSwitch === source.openVSwitch)?.name)
    return [blocks({ code: 'build.bridge-missing', field: `${field}.bridge`, text, params: { bridge: source.bridge }, mend })]
  }
  if (devices.includes(source.device)) return []
  const text = `The host has no network device named ${source.device}.`
  const mend = mendBy(`${field}.device`, devices[0])
  return [blocks({ code: 'build.device-missing', field: `${field}.device`, text, params: { device: source.device }, mend })]
}
