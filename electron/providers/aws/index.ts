import { CloudLink } from '../cloud/index.ts'
import { defineProvider, type ProviderDefinition } from '../provider.ts'
import { openAccount } from './api.ts'
import { check } from './check.ts'
import { type AwsConfig, addressOf, awsConfigSchema, isLoopback } from './config.ts'
import { policies } from './policies.ts'

/** Accounts of Amazon Web Services: the machines of EC2. Its library is loaded when the first account is opened. */
export const awsProvider: ProviderDefinition = defineProvider<AwsConfig>({
  id: 'aws',
  label: 'Amazon Web Services',
  configSchema: awsConfigSchema,
  secretFields: [
    { name: 'secretAccessKey', label: 'Secret access key', multiline: false },
    { name: 'sessionToken', label: 'Session token', multiline: false },
  ],
  targetFields: ['login', 'accessKeyId', 'endpoint'],
  address: addressOf,
  isLocal: ({ endpoint }) => endpoint !== undefined && isLoopback(new URL(endpoint).hostname),
  policies,
  check,
  connect: async (config, secrets, ports, options) => {
    const { api, places } = await openAccount(config, secrets, ports)
    try {
      await places.identity(options)
    } catch (thrown) {
      api.close()
      throw thrown
    }
    return new CloudLink(api, ports)
  },
})
