import { type CloudId, isCloudId } from '../../../shared/model/index.ts'
import type { StepId } from './check-run.ts'
import { type Config, type FormField, type FormValues, isList } from './form-model.ts'

/** Which fields are shown first, and when: what the schema alone cannot say. Others stand under "More options". */
interface Layout {
  readonly first: readonly string[]
  readonly shown?: (name: string, values: FormValues) => boolean
  /** Which secrets this way of logging in needs. */
  readonly secret?: (name: string, values: FormValues) => boolean
}

const SSH_ONLY: ReadonlySet<string> = new Set(['user', 'keyFile', 'useSshConfig', 'jumpHosts'])

const LAYOUTS: Readonly<Record<string, Layout>> = {
  libvirt: {
    first: ['transport', 'host', 'user', 'port', 'pkiPath'],
    shown: (name, { transport }) => {
      if (SSH_ONLY.has(name)) return transport === 'ssh'
      if (name === 'host' || name === 'port') return transport !== 'unix'
      if (name === 'pkiPath') return transport === 'tls'
      return true
    },
    // There is no password for this computer's own socket.
    secret: (_name, { transport }) => transport === 'ssh',
  },
  simulated: { first: ['site', 'hosts', 'machines', 'seed'] },
  aws: {
    first: ['login', 'accessKeyId', 'profile', 'regions'],
    shown: (name, { login, roles }) => {
      if (name === 'accessKeyId') return login === 'keys'
      if (name === 'profile') return login === 'profile'
      if (name === 'externalId') return isList(roles) && roles.length > 0
      return true
    },
    // Temporary keys begin so at AWS itself; elsewhere nobody knows.
    secret: (name, { login, accessKeyId, endpoint }) =>
      login === 'keys' &&
      (name !== 'sessionToken' || !isEmpty(endpoint) || (typeof accessKeyId === 'string' && /^\s*ASIA/.test(accessKeyId))),
  },
  azure: {
    first: ['login', 'tenantId', 'clientId', 'subscriptions'],
    shown: (name, { login }) => name !== 'clientId' || login !== 'cli',
    secret: (name, { login }) => (name === 'clientSecret' ? login === 'secret' : login === 'certificate'),
  },
  gcp: {
    first: ['login', 'credentialsFile', 'projects'],
    shown: (name, { login }) => {
      if (name === 'credentialsFile') return login === 'adc'
      if (name === 'tokenEndpoint') return login === 'key'
      return true
    },
    secret: (_name, { login }) => login === 'key',
  },
}

function isEmpty(value: FormValues[string] | undefined): boolean {
  return typeof value !== 'string' || value.trim() === ''
}

export interface LaidOut {
  /** How to log in and where. */
  readonly first: readonly FormField[]
  /** What to look at there: picked from what a check finds. */
  readonly lists: readonly FormField[]
  readonly more: readonly FormField[]
}

export function layOut(providerId: string, fields: readonly FormField[], values: FormValues): LaidOut {
  const layout = LAYOUTS[providerId]
  const shown = fields.filter((field) => layout?.shown?.(field.name, values) ?? true)
  if (!layout) return { first: shown, lists: [], more: [] }
  const first = layout.first.flatMap((name) => shown.filter((field) => field.name === name))
  return {
    first: first.filter((field) => field.kind !== 'list'),
    lists: first.filter((field) => field.kind === 'list'),
    more: shown.filter((field) => !layout.first.includes(field.name)),
  }
}

/** Whether a provider can use that secret with these values. */
export function usesSecret(providerId: string, name: string, values: FormValues): boolean {
  return LAYOUTS[providerId]?.secret?.(name, values) ?? true
}

/** Whether an empty list stands for all there are. A key of Google Cloud stands for its own project instead. */
export function emptyIsAll(providerId: string, values: FormValues): boolean {
  return providerId !== 'gcp' || values.login !== 'key'
}

const HOST_STEPS: readonly StepId[] = ['reach', 'host-key', 'login', 'socket', 'permission', 'versions']
const CLOUD_STEPS: readonly StepId[] = ['reach', 'login', 'places', 'permission']

/** The steps of a check that there are with such a connection, in their order. */
export function stepsOf(providerId: string): readonly StepId[] {
  return isCloudId(providerId) ? CLOUD_STEPS : HOST_STEPS
}

const CLOUD_NAMES: Readonly<Record<CloudId, string>> = { aws: 'AWS', azure: 'Azure', gcp: 'Google Cloud' }

/** What a new account is called unless the person says otherwise. `project`: that of the key that was given, if one was. */
export function accountName(providerId: CloudId, values: FormValues, project: string | null): string {
  const [chosen] = isList(values.projects) ? values.projects : []
  const own = providerId === 'gcp' ? (chosen ?? project) : providerId === 'aws' && values.login === 'profile' ? values.profile : null
  return typeof own === 'string' && own.trim() !== '' ? own.trim() : CLOUD_NAMES[providerId]
}

/** A login that needs nothing filled in: what must be allowed depends on the places alone, and is asked before there is any login. */
const PLAIN_LOGIN: Readonly<Record<CloudId, Config>> = {
  aws: { login: 'profile', profile: 'default' },
  azure: { login: 'cli' },
  gcp: { login: 'adc' },
}

/** What a policy is written from: places, and queues with the endpoint that they have to be of. */
const OF_POLICIES: ReadonlySet<string> = new Set(['regions', 'subscriptions', 'projects', 'eventQueues'])

/** The configuration to ask the policies of an account for. */
export function policyConfig(providerId: CloudId, config: Config): Config {
  const hasQueues = isList(config.eventQueues)
  const parts = Object.entries(config).filter(
    ([name, value]) => (OF_POLICIES.has(name) && isList(value)) || (name === 'endpoint' && hasQueues),
  )
  return { ...PLAIN_LOGIN[providerId], ...Object.fromEntries(parts) }
}
