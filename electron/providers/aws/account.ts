import { CloudLink } from '../cloud/index.ts'
import type { ConnectOptions, ProviderConnection, ProviderPorts, Secrets } from '../provider.ts'
import { openAccount } from './api.ts'
import type { AwsConfig } from './config.ts'

export { check } from './check.ts'
export { policies } from './policies.ts'

/** Opens one account, which proves the credentials. */
export async function connect(
  config: AwsConfig,
  secrets: Secrets,
  ports: ProviderPorts,
  options: ConnectOptions,
): Promise<ProviderConnection> {
  const { api, places } = await openAccount(config, secrets, ports)
  try {
    await places.identity(options)
    return new CloudLink(api, ports)
  } catch (thrown) {
    api.close()
    throw thrown
  }
}
