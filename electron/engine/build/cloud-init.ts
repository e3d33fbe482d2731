import { stringify } from 'yaml'
import type { CloudInit, UnknownKey } from '../../../shared/model/index.ts'
import { checkUserData } from './user-data.ts'

/** The files of a NoCloud seed. Source: https://docs.cloud-init.io/en/latest/reference/datasources/nocloud.html */
export interface CloudInitFiles {
  readonly userData: string
  readonly metaData: string
  /** Undefined: the image's own way. */
  readonly networkConfig: string | undefined
  /** What cloud-init will pass over in a user-data of one's own. */
  readonly unknownKeys: readonly UnknownKey[]
}

/** Debian, Ubuntu, Fedora, RHEL, SUSE, Arch and Alpine all call it so. */
const AGENT = 'qemu-guest-agent'
/** Systemd, or OpenRC on Alpine. Enabling says nothing where udev starts the agent, and must not keep it from being started. */
const START_AGENT = `if command -v systemctl; then systemctl enable ${AGENT}; systemctl start ${AGENT}; else rc-update add ${AGENT}; rc-service ${AGENT} start; fi`

const SUDO = { password: 'ALL=(ALL:ALL) ALL', 'no-password': 'ALL=(ALL:ALL) NOPASSWD:ALL' } as const

/**
 * The files that tell cloud-init in a new machine's image what the machine is to be.
 * @param instanceId cloud-init does its work once for each; the machine's UUID
 * @throws AppError invalid-input `build.bad-user-data`
 */
export function cloudInitFiles(description: CloudInit, instanceId: string): CloudInitFiles {
  const raw = description.userData
  return {
    userData: raw ?? `#cloud-config\n${yaml(cloudConfig(description))}`,
    metaData: yaml({ 'instance-id': instanceId, 'local-hostname': description.hostname }),
    networkConfig: description.network === undefined ? undefined : yaml(networkConfig(description.network)),
    unknownKeys: raw === undefined ? [] : checkUserData(raw).unknownKeys,
  }
}

function cloudConfig(description: CloudInit): Readonly<Record<string, unknown>> {
  const { hostname, user, upgrade, guestAgent } = description
  const packages = [...new Set([...description.packages, ...(guestAgent ? [AGENT] : [])])]
  const dot = hostname.indexOf('.')
  return {
    hostname: dot === -1 ? hostname : hostname.slice(0, dot),
    ...(dot !== -1 && { fqdn: hostname }),
    ...(user !== undefined && {
      users: [userEntry(user)],
      ssh_pwauth: user.passwordHash !== undefined,
      // by default cloud-init bars root from using the keys it is given
      ...(user.name === 'root' && { disable_root: false }),
    }),
    ...(description.locale !== undefined && { locale: description.locale }),
    ...(description.keyboard !== undefined && { keyboard: { layout: description.keyboard } }),
    ...(description.timezone !== undefined && { timezone: description.timezone }),
    ...((packages.length > 0 || upgrade) && { package_update: true }),
    ...(upgrade && { package_upgrade: true }),
    ...(packages.length > 0 && { packages }),
    ...(guestAgent && { runcmd: [['sh', '-c', START_AGENT]] }),
  }
}

function userEntry(user: NonNullable<CloudInit['user']>): Readonly<Record<string, unknown>> {
  return {
    name: user.name,
    ...(user.fullName !== undefined && { gecos: user.fullName }),
    shell: user.shell,
    ...(user.sudo !== 'none' && { sudo: SUDO[user.sudo] }),
    lock_passwd: user.passwordHash === undefined,
    // not `passwd`, which does not count for a user whom the image has already
    ...(user.passwordHash !== undefined && { hashed_passwd: user.passwordHash }),
    ...(user.sshKeys.length > 0 && { ssh_authorized_keys: user.sshKeys }),
  }
}

/** Version 2: https://docs.cloud-init.io/en/latest/reference/network-config-format-v2.html */
function networkConfig(network: NonNullable<CloudInit['network']>): Readonly<Record<string, unknown>> {
  const match = { macaddress: network.mac.toLowerCase() }
  if (network.kind === 'dhcp') return { version: 2, ethernets: { nic0: { match, dhcp4: true } } }
  const { address, gateway, dns } = network
  // not `default`: cloud-init before 23 reads it as a network where it renders for others than netplan
  const everywhere = address.includes(':') ? '::/0' : '0.0.0.0/0'
  const nic = {
    match,
    addresses: [address],
    ...(gateway !== undefined && { routes: [{ to: everywhere, via: gateway }] }),
    ...(dns.length > 0 && { nameservers: { addresses: dns } }),
  }
  return { version: 2, ethernets: { nic0: nic } }
}

/**
 * YAML that every parser reads alike. cloud-init's reads 1.1, where `no` is a boolean, `1e3` and `12:30` are numbers and U+2028
 * ends a line: so every text is quoted, and what YAML 1.1 does not print is escaped.
 */
function yaml(value: Readonly<Record<string, unknown>>): string {
  const text = stringify(value, { lineWidth: 0, defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN', doubleQuotedAsJSON: true })
  return text.replaceAll(/[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
