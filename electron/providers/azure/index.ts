import { defineProvider, type ProviderDefinition } from '../provider.ts'
import { type AzureConfig, addressOf, azureConfigSchema, isLoopback } from './config.ts'

/** Accounts of Azure. All but the form is loaded with the first of them. */
export const azureProvider: ProviderDefinition = defineProvider<AzureConfig>({
  id: 'azure',
  label: 'Azure',
  configSchema: azureConfigSchema,
  secretFields: [
    { name: 'clientSecret', label: 'Client secret', multiline: false },
    { name: 'certificate', label: 'Certificate and key (PEM)', multiline: true },
    { name: 'certificatePassword', label: 'Password of the certificate', multiline: false },
  ],
  targetFields: ['login', 'tenantId', 'clientId', 'endpoint', 'authorityHost'],
  address: addressOf,
  isLocal: ({ endpoint }) => endpoint !== undefined && isLoopback(new URL(endpoint).hostname),
  policies: async (config) => (await import('./roles.ts')).policiesOf(config),
  connect: async (config, secrets, ports, options) => (await import('./connecting.ts')).connect(config, secrets, ports, options),
  async *check(config, secrets, ports, options) {
    yield* (await import('./connecting.ts')).check(config, secrets, ports, options)
  },
})
