import type { BuildFinding, NicSpec } from '../../../../shared/model/index.ts'
import { blocks, warns } from './finding.ts'
import type { Wires } from './wires.ts'

/** Since libvirt 11.0 a bridge of Linux itself can tag. */
const BRIDGES_TAG = 11_000_000

/** Whether what the cards lead to is there. `field`: of the list of cards. */
export function checkNics(nics: readonly NicSpec[], field: string, wires: Wires, libvirtVersion: number): readonly BuildFinding[] {
  return nics.flatMap((nic, index) => {
    const at = `${field}.${index}`
    return [checkSource(nic, at, wires), checkVlan(nic, at, wires, libvirtVersion)].filter((found) => found !== null)
  })
}

function checkSource({ source }: NicSpec, at: string, wires: Wires): BuildFinding | null {
  switch (source.kind) {
    case 'network':
      return checkNetwork(source.network, `${at}.source.network`, wires)
    case 'bridge':
      return checkBridge(source.bridge, source.openVSwitch, `${at}.source.bridge`, wires)
    case 'macvtap':
      return checkDevice(source.device, `${at}.source`, wires)
    default:
      return source satisfies never
  }
}

function checkNetwork(name: string, field: string, { networks }: Wires): BuildFinding | null {
  const network = networks.find((each) => each.name === name)
  if (network?.active) return null
  const active = networks.filter((each) => each.active)
  const other = active.find((each) => each.name === 'default') ?? active[0]
  const mend = other ? { code: 'build.use-network', field, value: other.name } : null
  const params = { network: name }
  if (!network) return blocks({ code: 'build.network-missing', field, text: `The host has no network named ${name}.`, params, mend })
  const text = `The network ${name} is off: the machine could not start.`
  return blocks({ code: 'build.network-off', field, text, params, mend })
}

function checkBridge(name: string, openVSwitch: boolean, field: string, { bridges, knowsAll }: Wires): BuildFinding | null {
  const known = bridges.find((each) => each.name === name)
  if (known) return null
  const params = { bridge: name }
  const [other] = bridges.filter((each) => each.openVSwitch === openVSwitch)
  const mend = other ? { code: 'build.use-value', field, value: other.name } : null
  if (knowsAll && !openVSwitch)
    return blocks({ code: 'build.bridge-missing', field, text: `The host has no bridge named ${name}.`, params, mend })
  const text = `libvirt on this host cannot tell whether there is a bridge ${name}. Without it the machine does not start.`
  return warns({ code: 'build.bridge-unknown', field, text, params })
}

function checkDevice(name: string, at: string, { devices, ports, knowsAll }: Wires): BuildFinding | null {
  if (devices.includes(name)) return null
  const field = `${at}.device`
  const params = { device: name }
  const bridge = ports.get(name)
  if (bridge !== undefined) {
    const value = { kind: 'bridge', bridge, openVSwitch: false }
    const text = `The device ${name} belongs to the bridge ${bridge}: plug the card into that.`
    const mend = { code: 'build.use-bridge', field: at, value }
    return blocks({ code: 'build.device-in-bridge', field, text, params: { ...params, bridge }, mend })
  }
  const [other] = devices
  const mend = other === undefined ? null : { code: 'build.use-value', field, value: other }
  if (knowsAll || devices.length > 0)
    return blocks({ code: 'build.device-missing', field, text: `The host has no network device named ${name}.`, params, mend })
  const text = `libvirt on this host cannot tell whether there is a network device ${name}. Without it the machine does not start.`
  return warns({ code: 'build.device-unknown', field, text, params })
}

/** libvirt takes a tag into any definition, and refuses to start where nothing can tag. */
function checkVlan({ source, vlan }: NicSpec, at: string, { networks }: Wires, libvirtVersion: number): BuildFinding | null {
  if (vlan === null) return null
  if (source.kind === 'macvtap' && source.mode === 'passthrough') return null
  if (source.kind === 'bridge' && (source.openVSwitch || libvirtVersion >= BRIDGES_TAG)) return null
  if (source.kind === 'network' && networks.find(({ name }) => name === source.network)?.tags !== false) return null
  const field = `${at}.vlan`
  const text = 'Nothing tags packets there. VLANs need Open vSwitch, a device passed through, or libvirt 11 with a bridge.'
  return blocks({ code: 'build.vlan-not-possible', field, text, mend: { code: 'build.do-without', field, value: null } })
}
