import { z } from 'zod'

/** An empty field of a form is a field that was not filled in. */
const optionalText = z.preprocess((value) => (value === '' || value === null ? undefined : value), z.string().trim().max(1_000).optional())

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const DEFAULT_ENDPOINT = 'https://management.azure.com'
const DEFAULT_AUTHORITY = 'https://login.microsoftonline.com'
/** Where the clouds of governments log in. */
const AUTHORITIES: Readonly<Record<string, string>> = {
  'management.usgovcloudapi.net': 'https://login.microsoftonline.us',
  'management.chinacloudapi.cn': 'https://login.chinacloudapi.cn',
}

function isHttps(text: string | undefined): boolean {
  return text === undefined || (URL.canParse(text) && new URL(text).protocol === 'https:')
}

const serverUrl = optionalText.refine(isHttps, { message: 'Begin with https://' })

const subscriptionIds = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(/[\s,]+/).filter((part) => part !== '') : value),
  z.array(z.string().trim().toLowerCase().regex(UUID, { message: 'Use the ids of subscriptions, such as 0b1f6471-…' })).max(500),
)

/** How to reach one Azure account. The form of "add connection" is made from it, top to bottom. */
export const azureConfigSchema = z
  .object({
    login: z.enum(['secret', 'certificate', 'cli']).default('secret').meta({
      title: 'Login',
      description:
        'An application with a client secret or a certificate, or what the Azure CLI (az login) on this computer is logged in as.',
    }),
    tenantId: optionalText.meta({
      title: 'Tenant',
      description: 'Directory (tenant) id. With the Azure CLI: left empty, its current one.',
    }),
    clientId: optionalText.meta({ title: 'Application', description: 'Application (client) id. Not needed with the Azure CLI.' }),
    subscriptions: subscriptionIds.default([]).meta({ title: 'Subscriptions', description: 'Left empty: all that this login can see.' }),
    endpoint: serverUrl.meta({
      title: 'Resource Manager',
      description: 'Only for clouds of governments and Azure Stack: https://management.usgovcloudapi.net or the like.',
    }),
    authorityHost: serverUrl.meta({ title: 'Login server', description: 'Only where it is not Microsoft’s public one.' }),
    caFile: optionalText.meta({
      title: 'CA file',
      description: 'PEM of an authority to trust besides the known ones, such as that of a proxy that looks into TLS.',
    }),
  })
  .refine((config) => config.login === 'cli' || config.tenantId !== undefined, { path: ['tenantId'], message: 'Give the tenant' })
  .refine((config) => config.login === 'cli' || config.clientId !== undefined, { path: ['clientId'], message: 'Give the application' })

export type AzureConfig = z.infer<typeof azureConfigSchema>

/** Of Resource Manager, without a slash at its end. */
export function endpointOf({ endpoint = DEFAULT_ENDPOINT }: AzureConfig): string {
  return endpoint.replace(/\/+$/, '')
}

export function authorityOf(config: AzureConfig): string {
  const { host } = new URL(endpointOf(config))
  return (config.authorityHost ?? AUTHORITIES[host] ?? DEFAULT_AUTHORITY).replace(/\/+$/, '')
}

/** This computer itself: what listens there says nothing about the network. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')
}

/** Who logs in where, as far as it is said: the same for the same account. */
export function addressOf(config: AzureConfig): string {
  const { host } = new URL(endpointOf(config))
  const where = config.endpoint === undefined ? '' : ` ${host}`
  const which = config.subscriptions.length === 0 ? '' : ` ${config.subscriptions.toSorted().join(',')}`
  if (config.login === 'cli') return `az login${config.tenantId === undefined ? '' : ` ${config.tenantId.toLowerCase()}`}${where}${which}`
  return `${(config.clientId ?? '').toLowerCase()}@${(config.tenantId ?? '').toLowerCase()}${where}${which}`
}
