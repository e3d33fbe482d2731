import {
  currentSshEnvironment,
  KeyCache,
  openSshSession,
  type SshConnectOptions,
  type SshEnvironment,
  type SshSession,
  type SshTarget,
} from '../../libvirt/transport/index.ts'
import type { ConnectOptions, ProviderPorts } from '../provider.ts'
import { askingFor, knownHostsOf } from './host-keys.ts'
import type { Login } from './login.ts'
import { toSshProblem } from './problems.ts'

export function environmentOf(ports: ProviderPorts): SshEnvironment {
  return { ...currentSshEnvironment(), home: ports.homeDirectory }
}

const keyCaches = new WeakMap<ProviderPorts, KeyCache>()

/** One for all connections of an engine: two hundred hosts with one key cost one unlocking. */
function keyCacheOf(ports: ProviderPorts): KeyCache {
  const cache = keyCaches.get(ports) ?? new KeyCache()
  keyCaches.set(ports, cache)
  return cache
}

export function sshOptionsOf(ports: ProviderPorts, options: ConnectOptions, login?: Login): SshConnectOptions {
  return {
    knownHosts: knownHostsOf(ports),
    environment: environmentOf(ports),
    keyCache: keyCacheOf(ports),
    ...login?.options(),
    onHostKey: askingFor(options.onHostKey),
    signal: options.signal,
    timeoutMs: options.timeoutMs,
  }
}

/** Until it is let in, or the person who attends has nothing more to try. Throws AppError. */
export async function logIn(
  target: SshTarget,
  login: Login,
  ports: ProviderPorts,
  limits: ConnectOptions,
  more: Partial<SshConnectOptions> = {},
): Promise<SshSession> {
  for (;;) {
    try {
      return await openSshSession(target, { ...sshOptionsOf(ports, limits, login), ...more })
    } catch (thrown) {
      if (!login.beginsAnew(thrown)) throw login.explained(toSshProblem(thrown))
    }
  }
}
