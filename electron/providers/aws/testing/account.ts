import { setTimeout as later } from 'node:timers'
import type { AwsCloud } from '../../../../e2e/lab/clouds/aws/index.ts'
import { CloudLink, type Rhythm } from '../../cloud/index.ts'
import type { Clock, Logger, ProviderPorts, Secrets } from '../../provider.ts'
import { type AwsAccount, openAccount } from '../api.ts'
import { type AwsConfig, awsConfigSchema } from '../config.ts'

const SILENT: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

export const wallClock: Clock = {
  nowMs: () => Date.now(),
  after: (delayMs, callback) => {
    const timer = later(callback, delayMs).unref()
    return () => clearTimeout(timer)
  },
  random: Math.random,
}

export function testPorts(changes: Partial<ProviderPorts> = {}): ProviderPorts {
  return { clock: wallClock, log: SILENT, dataDirectory: '/nowhere', homeDirectory: '/nowhere', ...changes }
}

/** Faster than for an account that costs money. */
export const QUICK: Rhythm = { idleMs: 1_000, busyMs: 150, waitMs: 60, metricsMs: 1_000, networksMs: 20_000 }

export function configFor(cloud: AwsCloud, changes: Readonly<Record<string, unknown>> = {}): AwsConfig {
  return awsConfigSchema.parse({ accessKeyId: cloud.credentials.accessKeyId, endpoint: cloud.endpoint, ...changes })
}

export function secretsFor(cloud: AwsCloud): Secrets {
  return { secretAccessKey: cloud.credentials.secretAccessKey }
}

export function openTest(
  cloud: AwsCloud,
  changes: Readonly<Record<string, unknown>> = {},
  ports = testPorts(),
  rhythm = QUICK,
): Promise<AwsAccount> {
  return openAccount(configFor(cloud, changes), secretsFor(cloud), ports, rhythm)
}

export async function linkTest(
  cloud: AwsCloud,
  changes: Readonly<Record<string, unknown>> = {},
  ports = testPorts(),
  rhythm = QUICK,
): Promise<CloudLink> {
  return new CloudLink((await openTest(cloud, changes, ports, rhythm)).api, ports)
}
