import { defineProvider, type ProviderDefinition } from '../provider.ts'
import { type AwsConfig, addressOf, awsConfigSchema, isLoopback } from './config.ts'

/** Accounts of Amazon Web Services: the machines of EC2. All but the form is loaded with the first of them. */
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
  policies: async (config) => (await import('./account.ts')).policies(config),
  connect: async (config, secrets, ports, options) => (await import('./account.ts')).connect(config, secrets, ports, options),
  async *check(config, secrets, ports, options) {
    yield* (await import('./account.ts')).check(config, secrets, ports, options)
  },
})
