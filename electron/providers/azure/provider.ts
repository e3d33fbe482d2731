import { toAppError, toWireError, wireErrorSchema } from '../../../shared/errors/index.ts'
import { CloudLink, runCheck } from '../cloud/index.ts'
import { defineProvider } from '../provider.ts'
import { openAzure } from './api.ts'
import { addressOf, azureConfigSchema } from './config.ts'
import { policiesOf } from './roles.ts'

const CHECK_MS = 60_000

/** Accounts of Azure. The SDK is loaded with the first connection. */
export const azureProvider = defineProvider({
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
  policies: policiesOf,
  connect: async (config, secrets, ports, options) => {
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
  },
  check: async function* (config, secrets, ports, options) {
    let api: Awaited<ReturnType<typeof openAzure>>
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
  },
})
