import { startAwsCloud } from './aws/index.ts'
import { startAzureCloud } from './azure/index.ts'
import { startGcpCloud } from './gcp/index.ts'

type Details = Readonly<Record<string, string>>

/** How a console reaches one of them. */
export interface CloudAccount {
  /** Fields of the provider's configuration. */
  readonly config: Details
  readonly secrets: Details
}

/** Loopback clouds that run, as accounts to add. */
export interface RunningClouds {
  /** PEM of the authority that Azure's certificate is from; empty without Azure. */
  readonly ca: string
  readonly clouds: Readonly<Partial<Record<CloudName, CloudAccount>>>
  stop(): Promise<void>
}

export type CloudName = 'aws' | 'azure' | 'gcp'

export interface StartOptions {
  /** Machines of each; a cloud that is not named is not started. */
  readonly machines: Readonly<Partial<Record<CloudName, number>>>
  readonly seed?: number
  /** How long a machine takes to start or stop. */
  readonly transitionMs?: number
}

/** Starts loopback clouds in this process. */
export async function startClouds({ machines, seed = 1, transitionMs = 300 }: StartOptions): Promise<RunningClouds> {
  const aws = machines.aws === undefined ? null : await startAwsCloud({ seed, transitionMs, machines: machines.aws })
  // other names than in the other clouds
  const azure = machines.azure === undefined ? null : await startAzureCloud({ seed: seed + 1, transitionMs, machines: machines.azure })
  const gcp = machines.gcp === undefined ? null : await startGcpCloud({ seed: seed + 2, transitionMs, machines: machines.gcp })
  return {
    ca: azure?.ca ?? '',
    clouds: {
      ...(aws && {
        aws: {
          config: { login: 'keys', endpoint: aws.endpoint, accessKeyId: aws.credentials.accessKeyId },
          secrets: { secretAccessKey: aws.credentials.secretAccessKey },
        },
      }),
      ...(azure && {
        azure: {
          config: {
            login: 'secret',
            endpoint: azure.endpoint,
            authorityHost: azure.endpoint,
            tenantId: azure.tenantId,
            clientId: azure.clientId,
          },
          secrets: { clientSecret: azure.clientSecret },
        },
      }),
      ...(gcp && {
        gcp: {
          config: {
            login: 'key',
            endpoint: gcp.endpoint,
            monitoringEndpoint: gcp.endpoint,
            storageEndpoint: gcp.endpoint,
            resourceManagerEndpoint: gcp.endpoint,
            tokenEndpoint: gcp.tokenEndpoint,
            projects: gcp.world.projects.join(','),
          },
          secrets: { key: JSON.stringify(gcp.key) },
        },
      }),
    },
    async stop() {
      await Promise.all([aws?.stop(), azure?.stop(), gcp?.stop()])
    },
  }
}
