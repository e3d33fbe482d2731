import { toAppError, toWireError, wireErrorSchema } from '../../../shared/errors/index.ts'
import type { CheckMessage } from '../../../shared/model/index.ts'
import { CloudLink, runCheck } from '../cloud/index.ts'
import type { ConnectOptions, ProviderConnection, ProviderPorts, Secrets } from '../provider.ts'
import { type AzureApi, openAzure } from './api.ts'
import type { AzureConfig } from './config.ts'

const CHECK_MS = 60_000

export async function connect(
  config: AzureConfig,
  secrets: Secrets,
  ports: ProviderPorts,
  options: ConnectOptions,
): Promise<ProviderConnection> {
  const api = await openAzure(config, secrets, ports.clock)
  const link = new CloudLink(api, ports)
  try {
    // a login that is refused is told now, and not by the first look
    await api.places({ ...(options.signal && { signal: options.signal }) })
    return link
  } catch (thrown) {
    await link.close()
    throw toAppError(thrown)
  }
}

/** Ends with `done`; never throws. */
export async function* check(
  config: AzureConfig,
  secrets: Secrets,
  ports: ProviderPorts,
  options: ConnectOptions,
): AsyncGenerator<CheckMessage> {
  let api: AzureApi
  try {
    api = await openAzure(config, secrets, ports.clock)
  } catch (thrown) {
    const error = wireErrorSchema.parse(toWireError(toAppError(thrown)))
    yield { type: 'step', step: { id: 'login', state: 'failed', detail: null, error } }
    yield { type: 'done', ok: false, machines: null, versions: [] }
    return
  }
  try {
    yield* runCheck({ ...api.check, api }, { timeoutMs: CHECK_MS, ...options })
  } finally {
    api.close()
  }
}
