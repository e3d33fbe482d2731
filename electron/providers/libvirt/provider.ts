import type { AppError } from '../../../shared/errors/index.ts'
import type { HostKeyInfo } from '../../../shared/model/index.ts'
import { openSshSession } from '../../libvirt/transport/index.ts'
import { defineProvider, type ProviderDefinition } from '../provider.ts'
import { isSameKey, sshOptionsOf } from '../ssh/index.ts'
import { driverOf } from './capabilities.ts'
import { check } from './check.ts'
import { addressOf, type LibvirtConfig, libvirtConfigSchema } from './config.ts'
import { discover } from './discover.ts'
import { Link } from './link.ts'
import { hostKeyMismatch, toProblem } from './problems.ts'
import { openUplink, sshTargetOf } from './uplink.ts'

/** libvirt hosts, over SSH, TLS or on this computer. */
export const libvirtProvider: ProviderDefinition = defineProvider<LibvirtConfig>({
  id: 'libvirt',
  label: 'KVM host (libvirt)',
  configSchema: libvirtConfigSchema,
  secretFields: [
    { name: 'password', label: 'Password', multiline: false },
    { name: 'passphrase', label: 'Passphrase of the private key', multiline: false },
  ],
  targetFields: ['transport', 'host', 'port', 'user', 'useSshConfig', 'jumpHosts'],
  address: addressOf,
  isLocal: (config) => config.transport === 'unix',
  discover,
  check,
  connect: async (config, secrets, ports, options) => {
    const uplink = await openUplink(config, secrets, ports, options)
    try {
      return new Link(uplink, await driverOf(uplink.host, options), ports)
    } catch (thrown) {
      await uplink.close()
      throw toProblem(thrown)
    }
  },
  /** The host is asked for its key again: only the very key that was confirmed is written down. */
  acceptHostKey: async (key, replace, config, ports, options) => {
    let shown: HostKeyInfo | null = null
    let accepted = false
    const onHostKey = (info: HostKeyInfo) => {
      shown = info
      accepted = isSameKey(info, key) && (replace || info.status === 'unknown')
      return Promise.resolve(accepted)
    }
    try {
      const session = await openSshSession(await sshTargetOf(config, ports), sshOptionsOf(ports, { ...options, onHostKey }))
      await session.close()
    } catch (thrown) {
      // The key is written before the login, which has no credentials here and may well be refused.
      if (accepted) return
      const problem: AppError = toProblem(thrown)
      if (problem.code === 'ssh.auth-failed' && shown === null) return
      throw shown === null || problem.kind === 'cancelled' || isSameKey(shown, key) ? problem : hostKeyMismatch(shown, key.fingerprint)
    }
  },
})
