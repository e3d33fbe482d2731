import { type NETWORK_MODES, type NetworkSpec, networkSpecSchema } from '../../../shared/model/index.ts'
import { addressProblem, type Cidr, cidrOf, freeSubnet, isReserved, overlapping, rangeSize, usualRange } from './subnets.ts'

export type Mode = (typeof NETWORK_MODES)[number]

/** What is typed into the form. */
export interface Draft {
  readonly name: string
  readonly mode: Mode
  readonly bridge: string
  readonly device: string
  readonly subnet: string
  readonly dhcp: boolean
  readonly start: string
  readonly end: string
  readonly subnet6: string
  readonly domain: string
  readonly mtu: string
  readonly portGroups: ReadonlyArray<{ readonly name: string; readonly vlan: string; readonly isDefault: boolean }>
  readonly autostart: boolean
}

/** What the host has already. */
export interface Surroundings {
  readonly names: readonly string[]
  readonly cidrs: readonly string[]
}

export const PROBLEM_FIELDS = ['name', 'bridge', 'subnet', 'start', 'end', 'subnet6', 'domain', 'mtu', 'portGroups'] as const
export type ProblemField = (typeof PROBLEM_FIELDS)[number]

export interface FormProblem {
  readonly field: ProblemField
  /** Worded under `network.problem.<code>`. */
  readonly code: string
  readonly params?: Readonly<Record<string, string>>
}

/** Modes in which the host has a leg in a subnet of the network's own. */
export function hasSubnets(mode: Mode): boolean {
  return mode !== 'bridge' && mode !== 'openvswitch'
}

/** NAT and routed networks can be tied to one device. */
export function takesDevice(mode: Mode): boolean {
  return mode === 'nat' || mode === 'route'
}

export function newDraft({ names, cidrs }: Surroundings): Draft {
  const subnet = freeSubnet(cidrs)
  return withSubnet(
    {
      name: freeName(names),
      mode: 'nat',
      bridge: '',
      device: '',
      subnet: '',
      dhcp: true,
      start: '',
      end: '',
      subnet6: '',
      domain: '',
      mtu: '',
      portGroups: [],
      autostart: true,
    },
    subnet === null ? '' : `${subnet.address}/${subnet.prefix}`,
  )
}

function freeName(names: readonly string[]): string {
  for (let number = 1; ; number += 1) if (!names.includes(`net${number}`)) return `net${number}`
}

/** Another subnet brings its own range along. */
export function withSubnet(draft: Draft, subnet: string): Draft {
  const cidr = cidrOf(subnet)
  const range = cidr && usualRange(cidr)
  return { ...draft, subnet, ...(range && { start: range.start, end: range.end }) }
}

export function problemsOf(draft: Draft, { names, cidrs }: Surroundings): readonly FormProblem[] {
  const found: FormProblem[] = []
  const { name, mode, bridge, domain, mtu, portGroups } = draft
  if (name.trim() === '') found.push({ field: 'name', code: 'name-missing' })
  else if (names.includes(name.trim())) found.push({ field: 'name', code: 'name-taken', params: { name: name.trim() } })
  else if (!/^[^\s/.-][^/\p{Cc}]*$/u.test(name.trim()) || name.trim().length > 50) found.push({ field: 'name', code: 'name-odd' })
  if (bridge.trim() === '' && !hasSubnets(mode)) found.push({ field: 'bridge', code: 'bridge-missing' })
  if (bridge.trim() !== '' && !/^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/.test(bridge.trim())) found.push({ field: 'bridge', code: 'bridge-odd' })
  if (hasSubnets(mode)) found.push(...subnetProblems(draft, cidrs))
  if (domain.trim() !== '' && !/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(domain.trim())) found.push({ field: 'domain', code: 'domain-odd' })
  if (mtu.trim() !== '' && !(Number.isInteger(Number(mtu)) && Number(mtu) >= 68 && Number(mtu) <= 65_535))
    found.push({ field: 'mtu', code: 'mtu-odd' })
  if (mode === 'openvswitch' && portGroups.some(({ name: group, vlan }) => group.trim() === '' || !isVlan(vlan)))
    found.push({ field: 'portGroups', code: 'port-group-odd' })
  return found
}

function isVlan(text: string): boolean {
  return text.trim() === '' || (/^\d{1,4}$/.test(text.trim()) && Number(text) >= 1 && Number(text) <= 4_094)
}

function subnetProblems({ mode, subnet, subnet6, dhcp, start, end }: Draft, taken: readonly string[]): FormProblem[] {
  const found: FormProblem[] = []
  const needed = mode === 'nat' || mode === 'route'
  if (subnet.trim() === '' && subnet6.trim() === '' && needed) return [{ field: 'subnet', code: 'subnet-missing' }]
  if (subnet.trim() !== '') {
    const cidr = cidrOf(subnet)
    if (!cidr || subnet.includes(':')) return [{ field: 'subnet', code: 'subnet-odd' }]
    found.push(...placeProblems('subnet', cidr, taken))
    if (dhcp) found.push(...rangeProblems(cidr, start, end))
  }
  if (subnet6.trim() !== '') {
    const cidr = cidrOf(subnet6)
    if (!cidr || !subnet6.includes(':')) found.push({ field: 'subnet6', code: 'subnet6-odd' })
    else found.push(...placeProblems('subnet6', cidr, taken))
  }
  return found
}

function placeProblems(field: 'subnet' | 'subnet6', cidr: Cidr, taken: readonly string[]): FormProblem[] {
  if (isReserved(cidr)) return [{ field, code: 'subnet-own', params: { address: cidr.address } }]
  const other = overlapping(cidr, taken)
  return other === null ? [] : [{ field, code: 'subnet-taken', params: { other } }]
}

export function rangeProblems(subnet: Cidr, start: string, end: string): FormProblem[] {
  const found: FormProblem[] = []
  for (const [field, address] of [
    ['start', start.trim()],
    ['end', end.trim()],
  ] as const) {
    const why = addressProblem(address, subnet)
    if (why !== null && why !== 'gateway')
      found.push({ field, code: `address-${why}`, params: { address, subnet: `${subnet.address}/${subnet.prefix}` } })
  }
  if (found.length === 0 && rangeSize(start.trim(), end.trim()) === 0) found.push({ field: 'end', code: 'range-backwards' })
  return found
}

/** The order; only of a draft without problems. */
export function specOf(draft: Draft): NetworkSpec {
  const { name, mode, bridge, device, dhcp, start, end, domain, mtu, portGroups, autostart } = draft
  const v4 = hasSubnets(mode) ? cidrOf(draft.subnet) : null
  const v6 = hasSubnets(mode) ? cidrOf(draft.subnet6) : null
  return networkSpecSchema.parse({
    name: name.trim(),
    mode,
    bridge: bridge.trim() || null,
    device: takesDevice(mode) ? device.trim() || null : null,
    subnets: [
      ...(v4 ? [{ ...v4, dhcp: dhcp ? { start: start.trim(), end: end.trim() } : null }] : []),
      ...(v6 ? [{ ...v6, dhcp: null }] : []),
    ],
    domain: hasSubnets(mode) ? domain.trim() || null : null,
    mtu: hasSubnets(mode) && mtu.trim() !== '' ? Number(mtu) : null,
    portGroups:
      mode === 'openvswitch'
        ? portGroups.map((group) => ({
            name: group.name.trim(),
            vlan: group.vlan.trim() === '' ? null : Number(group.vlan),
            isDefault: group.isDefault,
          }))
        : [],
    autostart,
  })
}
