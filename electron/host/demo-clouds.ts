import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { z } from 'zod'
import { AppError } from '../../shared/errors/index.ts'
import type { ProviderDefinition, Secrets } from '../providers/provider.ts'

/**
 * What stands for the demo's clouds in a configuration: a name that no resolver knows (RFC 6761), so that nothing leaves the computer
 * should it ever be asked for.
 */
const DEMO_ENDPOINT = 'https://demo.invalid'
/** The clouds take so long to begin at most: they are made up from a seed. */
const START_MS = 30_000

const detailsSchema = z.record(z.string(), z.json())
/** What the worker says once its clouds listen: by provider, what takes the place of the configuration's endpoint, and the secrets. */
const readySchema = z.object({
  ca: z.string(),
  clouds: z.record(z.string(), z.object({ there: detailsSchema, secrets: z.record(z.string(), z.string()) })),
})
export type DemoCloudsReady = z.infer<typeof readySchema>

export interface DemoClouds {
  /** The same providers; those of clouds know the demo's own accounts. */
  readonly providers: readonly ProviderDefinition[]
  stop(): Promise<void>
}

/**
 * The clouds of the demo fleet run on loopback in a thread of their own, begun when the first of their accounts is connected. Nobody else
 * pays for them.
 */
export function withDemoClouds(providers: readonly ProviderDefinition[], dataDirectory: string): DemoClouds {
  let worker: Worker | null = null
  let started: Promise<DemoCloudsReady> | null = null
  const start = (): Promise<DemoCloudsReady> => {
    worker = new Worker(new URL('../../e2e/lab/clouds/demo-clouds-worker.ts', import.meta.url), { name: 'demo-clouds' })
    worker.unref()
    return ready(worker)
  }
  const clouds = async (): Promise<DemoCloudsReady> => {
    started ??= start()
    try {
      return await started
    } catch (thrown) {
      started = null
      throw thrown
    }
  }
  const reach = async (id: string, config: unknown, secrets: Secrets): Promise<{ config: unknown; secrets: Secrets }> => {
    const { ca, clouds: there } = await clouds()
    const cloud = there[id]
    if (!cloud) throw new AppError({ kind: 'unsupported', code: 'demo.missing', message: 'This console has no demo fleet.' })
    const caFile = join(dataDirectory, 'demo-clouds-ca.pem')
    if (id === 'azure') await writeFile(caFile, ca)
    return {
      config: { ...(config as object), ...cloud.there, ...(id === 'azure' && { caFile }) },
      secrets: { ...secrets, ...cloud.secrets },
    }
  }
  return {
    providers: providers.map((provider) => (provider.id in DEMO_ACCOUNTS ? knowingDemo(provider, reach) : provider)),
    stop: async () => {
      await worker?.terminate()
      worker = null
    },
  }
}

/** What the demo's accounts are called, and what stands in their configurations. */
const DEMO_ACCOUNTS: Readonly<Record<string, { readonly name: string; readonly config: z.infer<typeof detailsSchema> }>> = {
  aws: { name: 'AWS shop', config: { login: 'keys', accessKeyId: 'AKIADEMO', endpoint: DEMO_ENDPOINT } },
  azure: {
    name: 'Azure billing',
    config: {
      login: 'secret',
      tenantId: '11111111-2222-4333-8444-555555555555',
      clientId: '66666666-7777-4888-8999-aaaaaaaaaaaa',
      endpoint: DEMO_ENDPOINT,
    },
  },
  gcp: { name: 'Google data', config: { login: 'key', endpoint: DEMO_ENDPOINT } },
}

function knowingDemo(
  provider: ProviderDefinition,
  reach: (id: string, config: unknown, secrets: Secrets) => Promise<{ config: unknown; secrets: Secrets }>,
): ProviderDefinition {
  const isDemo = (config: unknown) => (config as { endpoint?: unknown }).endpoint === DEMO_ENDPOINT
  return {
    ...provider,
    async connect(config, secrets, ports, options) {
      if (!isDemo(config)) return await provider.connect(config, secrets, ports, options)
      const there = await reach(provider.id, config, secrets)
      return await provider.connect(provider.configSchema.parse(there.config), there.secrets, ports, options)
    },
    async *check(config, secrets, ports, options) {
      const there = isDemo(config) ? await reach(provider.id, config, secrets) : { config, secrets }
      yield* provider.check(provider.configSchema.parse(there.config), there.secrets, ports, options)
    },
    isLocal: (config) => isDemo(config) || (provider.isLocal?.(config) ?? false),
    demo({ clouds }) {
      const account = DEMO_ACCOUNTS[provider.id]
      return clouds && account ? [account] : []
    },
  }
}

function ready(worker: Worker): Promise<DemoCloudsReady> {
  return new Promise((resolve, reject) => {
    const failed = (cause: unknown) =>
      reject(
        new AppError({
          kind: 'unreachable',
          code: 'demo.clouds-not-started',
          message: 'The clouds of the demo fleet did not start. Restart the console to try again.',
          cause,
        }),
      )
    const timer = setTimeout(() => failed(new Error(`no word within ${START_MS} ms`)), START_MS)
    timer.unref()
    worker.once('message', (message: unknown) => {
      clearTimeout(timer)
      const parsed = readySchema.safeParse(message)
      if (parsed.success) resolve(parsed.data)
      else failed(parsed.error)
    })
    worker.once('error', failed)
    worker.once('exit', (code) => failed(new Error(`it ended with ${code}`)))
  })
}
