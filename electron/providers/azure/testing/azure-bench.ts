import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AzureCloud, type AzureCloudOptions, startAzureCloud } from '../../../../e2e/lab/clouds/azure/index.ts'
import { CloudLink, type Rhythm } from '../../cloud/index.ts'
import type { Clock, ProviderPorts } from '../../provider.ts'
import { type AzureApi, openAzure } from '../api.ts'
import { type AzureConfig, azureConfigSchema } from '../config.ts'

/** As quick as a loopback cloud is. */
export const QUICK: Rhythm = { idleMs: 400, busyMs: 80, waitMs: 40, metricsMs: 500, networksMs: 60_000 }

const silent = () => undefined

export const wallClock: Clock = {
  nowMs: () => Date.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  },
  random: () => 0.5,
}

export const ports: ProviderPorts = {
  clock: wallClock,
  log: { debug: silent, info: silent, warn: silent, error: silent },
  dataDirectory: '/nowhere',
  homeDirectory: '/nowhere',
}

/** A loopback Azure with what it takes to open links to it. */
export interface AzureBench {
  readonly cloud: AzureCloud
  /** As a person fills the form in. */
  readonly input: Readonly<Record<string, string>>
  readonly config: AzureConfig
  readonly secrets: Readonly<Record<string, string>>
  api(over?: Partial<AzureConfig>, secrets?: Readonly<Record<string, string>>): Promise<AzureApi>
  link(): Promise<CloudLink>
  stop(): Promise<void>
}

export async function startBench(options: AzureCloudOptions = {}): Promise<AzureBench> {
  const cloud = await startAzureCloud({ transitionMs: 50, ...options })
  const folder = await mkdtemp(join(tmpdir(), 'azure-bench-'))
  const caFile = join(folder, 'ca.pem')
  await writeFile(caFile, cloud.ca)
  const { endpoint, tenantId, clientId } = cloud
  const input = { login: 'secret', tenantId, clientId, endpoint, authorityHost: endpoint, caFile }
  const config = azureConfigSchema.parse(input)
  const secrets = { clientSecret: cloud.clientSecret }
  const api = (over: Partial<AzureConfig> = {}, otherSecrets: Readonly<Record<string, string>> = secrets) =>
    openAzure({ ...config, ...over }, otherSecrets, wallClock, QUICK)
  return {
    cloud,
    input,
    config,
    secrets,
    api,
    link: async () => new CloudLink(await api(), ports),
    stop: async () => {
      await cloud.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
