import { z } from 'zod'

export const GOOGLE_TOKEN_ENDPOINT = 'https://oauth2.googleapis.com/token'

/** An empty field of a form is a field that was not filled in. */
const optionalText = z.preprocess((value) => (value === '' || value === null ? undefined : value), z.string().trim().max(1_000).optional())

/** Without TLS a token would lie open on the way: that is for this computer only. */
function isSafeAddress(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, username, password } = new URL(text)
  if (username !== '' || password !== '') return false
  return protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(hostname))
}

const address = z.preprocess(
  (value) => (value === '' || value === null ? undefined : value),
  z.string().trim().max(1_000).refine(isSafeAddress, { message: 'Use https://…, or http:// for this computer alone' }).optional(),
)

/** Ids of projects: lower-case letters, digits and dashes, with a domain in front where an organisation is old. */
const projectId = z
  .string()
  .trim()
  .regex(/^(?:[a-z0-9.-]+:)?[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, { message: 'Use the project’s id, such as my-project-123456' })

/** A list, or one text with commas, as a form or a command line gives it. */
const projectList = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(/[\s,]+/).filter((part) => part !== '') : (value ?? undefined)),
  z.array(projectId).max(200).default([]),
)

/** Which projects of Google Cloud, and how to log in. The form of "add connection" is made from it, top to bottom. */
export const gcpConfigSchema = z.object({
  login: z
    .enum(['key', 'adc'])
    .default('key')
    .meta({ title: 'Login', description: 'A service account’s key, or what gcloud auth application-default login left on this computer.' }),
  projects: projectList.meta({
    title: 'Projects',
    description: 'Ids. Left empty: the key’s own project; without a key all that can be found.',
  }),
  credentialsFile: optionalText.meta({
    title: 'Credentials file',
    description: 'For application-default credentials. Left empty: the usual place in your home folder.',
  }),
  endpoint: address.meta({ title: 'Compute endpoint', description: 'Left empty: https://compute.googleapis.com/' }),
  monitoringEndpoint: address.meta({ title: 'Monitoring endpoint', description: 'Left empty: https://monitoring.googleapis.com/' }),
  resourceManagerEndpoint: address.meta({
    title: 'Resource Manager endpoint',
    description: 'Left empty: https://cloudresourcemanager.googleapis.com/',
  }),
  storageEndpoint: address.meta({ title: 'Storage endpoint', description: 'Left empty: https://storage.googleapis.com/' }),
  tokenEndpoint: address.meta({
    title: 'Token endpoint',
    description: `Left empty: ${GOOGLE_TOKEN_ENDPOINT}. What the key file names is not used.`,
  }),
})

export type GcpConfig = z.infer<typeof gcpConfigSchema>

const root = (text: string): string => (text.endsWith('/') ? text : `${text}/`)

/** Where requests go; each root ends with a slash. */
export interface Endpoints {
  readonly compute: string
  readonly monitoring: string
  readonly resourceManager: string
  readonly storage: string
  readonly token: string
}

export function endpointsOf({
  endpoint,
  monitoringEndpoint,
  resourceManagerEndpoint,
  storageEndpoint,
  tokenEndpoint,
}: GcpConfig): Endpoints {
  return {
    compute: root(endpoint ?? 'https://compute.googleapis.com/'),
    monitoring: root(monitoringEndpoint ?? 'https://monitoring.googleapis.com/'),
    resourceManager: root(resourceManagerEndpoint ?? 'https://cloudresourcemanager.googleapis.com/'),
    storage: root(storageEndpoint ?? 'https://storage.googleapis.com/'),
    token: tokenEndpoint ?? GOOGLE_TOKEN_ENDPOINT,
  }
}

/** The projects, as far as they are said; where they are, when that is not Google. */
export function addressOf({ login, projects, endpoint }: GcpConfig): string {
  const what = projects.length > 0 ? projects.join(', ') : login === 'key' ? 'project of the key' : 'all projects'
  return endpoint === undefined ? `gcp: ${what}` : `gcp: ${what} at ${new URL(endpoint).host}`
}
