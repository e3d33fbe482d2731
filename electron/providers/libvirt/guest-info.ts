import type { GuestInfo } from '../../../shared/model/index.ts'
import { constants as c, type DomainRef, fromTypedParams, type LibvirtHost, type TypedParamValue } from '../../libvirt/index.ts'
import { at, attributeOf, childrenOf, parseXml } from '../../xml/index.ts'
import type { CallOptions } from '../provider.ts'
import { isAgentSilent, isUnsupported, libvirtNumber, VIR_ERR } from './problems.ts'

type Values = Readonly<Record<string, TypedParamValue>>

/** Parts asked for one by one where the agent refuses them together: an old one fails the whole question for a single command. */
const PARTS = [
  ['os', c.VIR_DOMAIN_GUEST_INFO_OS],
  ['timezone', c.VIR_DOMAIN_GUEST_INFO_TIMEZONE],
  ['hostname', c.VIR_DOMAIN_GUEST_INFO_HOSTNAME],
  ['users', c.VIR_DOMAIN_GUEST_INFO_USERS],
  ['filesystems', c.VIR_DOMAIN_GUEST_INFO_FILESYSTEM],
] as const
type Part = (typeof PARTS)[number][0] | 'interfaces' | 'clock'

const EMPTY = {
  hostname: null,
  os: null,
  timezone: null,
  clockOffsetMs: null,
  users: null,
  filesystems: null,
  interfaces: null,
  unread: [],
}

/** What the agent in the guest tells. One that does not answer is no error. */
export async function guestInfoOf(host: LibvirtHost, dom: DomainRef, nowMs: () => number, options: CallOptions): Promise<GuestInfo> {
  const agent = await agentOf(host, dom, options)
  if (agent !== 'connected') return { ...EMPTY, agent, observedAtMs: nowMs() }
  try {
    return await read(host, dom, nowMs, options)
  } catch (error) {
    if (!isAgentSilent(error)) throw error
    return { ...EMPTY, agent: 'disconnected', observedAtMs: nowMs() }
  }
}

/** As libvirt knows the channel's other end: a guest that has just booted connects a moment later. */
async function agentOf(host: LibvirtHost, dom: DomainRef, options: CallOptions): Promise<GuestInfo['agent']> {
  const { xml } = await host.call('domainGetXmlDesc', { dom, flags: 0 }, options)
  const targets = childrenOf(at(parseXml(xml), 'devices'), 'channel').map((channel) => at(channel, 'target'))
  const target = targets.find((each) => attributeOf(each, 'name') === 'org.qemu.guest_agent.0')
  if (!target) return 'none'
  return attributeOf(target, 'state') === 'connected' ? 'connected' : 'disconnected'
}

async function read(host: LibvirtHost, dom: DomainRef, nowMs: () => number, options: CallOptions): Promise<GuestInfo> {
  const unread: Part[] = []
  const values: Record<string, TypedParamValue> = {}
  // one after the other: an agent answers one question at a time
  for (const [part, types] of PARTS) {
    const found = await told(unread, part, () => host.call('domainGetGuestInfo', { dom, types, flags: 0 }, options))
    if (found) Object.assign(values, fromTypedParams(found.params))
  }
  const interfaces = await told(unread, 'interfaces', () =>
    host.call('domainInterfaceAddresses', { dom, source: c.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT, flags: 0 }, options),
  )
  const askedAtMs = nowMs()
  const time = await told(unread, 'clock', () => host.call('domainGetTime', { dom, flags: 0 }, options))
  const answeredAtMs = nowMs()
  return {
    agent: 'connected',
    hostname: textOf(values, 'hostname'),
    os: readOs(values),
    timezone: readTimezone(values),
    clockOffsetMs: time ? Math.round(Number(time.seconds) * 1_000 + time.nseconds / 1e6 - (askedAtMs + answeredAtMs) / 2) : null,
    users: unread.includes('users') ? null : readUsers(values),
    filesystems: unread.includes('filesystems') ? null : readFilesystems(values),
    interfaces:
      interfaces?.ifaces.map(({ name, hwaddr, addrs }) => ({
        name,
        mac: hwaddr ?? null,
        addresses: addrs.map(({ addr, prefix }) => ({ address: addr, prefix })),
      })) ?? null,
    unread,
    observedAtMs: answeredAtMs,
  }
}

/** How an agent's no arrives: of its own number only since libvirt 10. */
const REFUSALS: ReadonlySet<number> = new Set([
  VIR_ERR.internalError,
  VIR_ERR.operationFailed,
  VIR_ERR.invalidArgument,
  VIR_ERR.agentCommandFailed,
])

/** Undefined, and noted, when the agent does not know the question. Throws when it is silent. */
async function told<T>(unread: Part[], part: Part, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch (error) {
    const number = libvirtNumber(error)
    if (number === undefined || isAgentSilent(error)) throw error
    if (!isUnsupported(error) && !REFUSALS.has(number)) throw error
    unread.push(part)
    return undefined
  }
}

function textOf(values: Values, key: string): string | null {
  const value = values[key]
  return typeof value === 'string' && value !== '' ? value : null
}

function numberOf(values: Values, key: string): number | null {
  const value = values[key]
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : null
}

function readOs(values: Values): GuestInfo['os'] {
  const name = textOf(values, 'os.pretty-name') ?? textOf(values, 'os.name') ?? textOf(values, 'os.id')
  if (name === null) return null
  return {
    name,
    id: textOf(values, 'os.id'),
    version: textOf(values, 'os.version-id') ?? textOf(values, 'os.version'),
    kernel: textOf(values, 'os.kernel-release'),
    architecture: textOf(values, 'os.machine'),
  }
}

function readTimezone(values: Values): GuestInfo['timezone'] {
  const offset = numberOf(values, 'timezone.offset')
  return offset === null ? null : { name: textOf(values, 'timezone.name'), offsetMinutes: Math.round(offset / 60) }
}

function readUsers(values: Values): NonNullable<GuestInfo['users']> {
  return indexesOf(values, 'user').map((entry) => ({
    name: textOf(values, `${entry}.name`) ?? '',
    domain: textOf(values, `${entry}.domain`),
    loggedInAtMs: numberOf(values, `${entry}.login-time`) ?? 0,
  }))
}

function readFilesystems(values: Values): NonNullable<GuestInfo['filesystems']> {
  return indexesOf(values, 'fs').map((entry) => ({
    mountpoint: textOf(values, `${entry}.mountpoint`) ?? '',
    device: textOf(values, `${entry}.name`) ?? '',
    type: textOf(values, `${entry}.fstype`) ?? '',
    totalBytes: numberOf(values, `${entry}.total-bytes`),
    usedBytes: numberOf(values, `${entry}.used-bytes`),
    disks: indexesOf(values, `${entry}.disk`).flatMap((disk) => textOf(values, `${disk}.alias`) ?? []),
  }))
}

/** What an agent counts is its own word: nobody has so many disks or users. */
const MOST = 10_000

function indexesOf(values: Values, list: string): string[] {
  const count = Math.min(numberOf(values, `${list}.count`) ?? 0, MOST)
  return Array.from({ length: count }, (_, index) => `${list}.${index}`)
}
