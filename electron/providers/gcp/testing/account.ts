import { type GcpCloud, startGcpCloud } from '../../../../e2e/lab/clouds/gcp/index.ts'
import { CloudLink } from '../../cloud/index.ts'
import type { Clock, ProviderPorts } from '../../provider.ts'
import { openGcp } from '../account.ts'
import { type GcpConfig, gcpConfigSchema } from '../config.ts'

/** Quicker than one would ask a real cloud. */
const RHYTHM = { idleMs: 300, busyMs: 100, waitMs: 30, metricsMs: 1_000, networksMs: 5_000 }

/** The process's own time. */
export const wallClock: Clock = {
  nowMs: () => Date.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms)
    return () => clearTimeout(timer)
  },
  random: () => Math.random(),
}

const silent = () => undefined
export const PORTS: ProviderPorts = {
  clock: wallClock,
  log: { debug: silent, info: silent, warn: silent, error: silent },
  dataDirectory: '/nowhere',
  homeDirectory: '/nowhere',
}

export type CloudOptions = NonNullable<Parameters<typeof startGcpCloud>[0]>

/** The configuration of an account in a loopback cloud: all of its services are at one address. */
export function configFor(cloud: GcpCloud, more: Partial<GcpConfig> = {}): GcpConfig {
  const { endpoint, tokenEndpoint, world } = cloud
  return gcpConfigSchema.parse({
    projects: world.projects,
    endpoint,
    monitoringEndpoint: endpoint,
    resourceManagerEndpoint: endpoint,
    storageEndpoint: endpoint,
    tokenEndpoint,
    ...more,
  })
}

export const secretsFor = ({ key }: GcpCloud) => ({ key: JSON.stringify(key) })

/** A loopback cloud and how to open links to it. */
export async function startAccount(options: CloudOptions = {}) {
  const cloud = await startGcpCloud({ machines: 16, transitionMs: 60, ...options })
  const openApi = async (more: Partial<GcpConfig> = {}) => (await openGcp(configFor(cloud, more), secretsFor(cloud), PORTS, RHYTHM)).api
  return { cloud, openApi, open: async (more: Partial<GcpConfig> = {}) => new CloudLink(await openApi(more), PORTS) }
}
