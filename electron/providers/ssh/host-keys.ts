import { join } from 'node:path'
import type { HostKeyInfo } from '../../../shared/model/index.ts'
import { defaultKnownHostsFiles, KnownHostsStore, type OnHostKey } from '../../libvirt/transport/index.ts'
import type { ConnectOptions, ProviderPorts } from '../provider.ts'
import { hostKeyInfo } from './problems.ts'

const stores = new Map<string, KnownHostsStore>()

/** This console's own known_hosts, with the user's and the system's behind it. One a file, so that writers queue up. */
export function knownHostsOf(ports: ProviderPorts): KnownHostsStore {
  const ownFile = join(ports.dataDirectory, 'known_hosts')
  const key = `${ownFile}\0${ports.homeDirectory}`
  const store = stores.get(key) ?? new KnownHostsStore({ ownFile, readOnlyFiles: defaultKnownHostsFiles(ports.homeDirectory) })
  stores.set(key, store)
  return store
}

/** The question as the product puts it, asked of whoever connects. */
export function askingFor(onHostKey: ConnectOptions['onHostKey']): OnHostKey | undefined {
  if (onHostKey === undefined) return undefined
  return async (question) => ((await onHostKey(hostKeyInfo(question))) ? 'accept' : 'reject')
}

/** Whether a shown key is the one that a person has confirmed. */
export function isSameKey(
  shown: HostKeyInfo,
  confirmed: { readonly host: string; readonly port: number; readonly keyType: string; readonly fingerprint: string },
): boolean {
  return (
    shown.host === confirmed.host &&
    shown.port === confirmed.port &&
    shown.keyType === confirmed.keyType &&
    shown.fingerprint === confirmed.fingerprint
  )
}
