import { defineProvider, type ProviderDefinition } from '../provider.ts'
import { addressOf, type GcpConfig, gcpConfigSchema } from './config.ts'

/** Projects of Google Cloud. All but the form is loaded with the first account. */
export const gcpProvider: ProviderDefinition = defineProvider<GcpConfig>({
  id: 'gcp',
  label: 'Google Cloud',
  configSchema: gcpConfigSchema,
  secretFields: [{ name: 'key', label: 'Service account key (JSON)', multiline: true }],
  targetFields: ['login', 'endpoint', 'monitoringEndpoint', 'resourceManagerEndpoint', 'storageEndpoint', 'tokenEndpoint'],
  address: addressOf,
  policies: async (config) => (await import('./permissions.ts')).policiesOf(config),
  connect: async (config, secrets, ports, options) => (await import('./account.ts')).connect(config, secrets, ports, options),
  async *check(config, secrets, ports, options) {
    yield* (await import('./account.ts')).check(config, secrets, ports, options)
  },
})
