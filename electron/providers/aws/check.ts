import type { CheckMessage } from '../../../shared/model/index.ts'
import { runCheck } from '../cloud/index.ts'
import type { ConnectOptions, ProviderPorts, Secrets } from '../provider.ts'
import { openAccount } from './api.ts'
import type { AwsConfig } from './config.ts'

/** The live check list of an account. Ends with `done`. */
export async function* check(
  config: AwsConfig,
  secrets: Secrets,
  ports: ProviderPorts,
  options: ConnectOptions,
): AsyncGenerator<CheckMessage> {
  const { api, places } = await openAccount(config, secrets, ports)
  try {
    yield* runCheck(
      {
        api,
        identity: (calling) => places.identity(calling),
        choices: (calling) => places.choices(calling),
        versions: [{ name: 'EC2', version: '2016-11-15' }],
      },
      options,
    )
  } finally {
    api.close()
  }
}
