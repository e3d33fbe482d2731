import { type AppError, isAppError, toAppError, toWireError, wireErrorSchema } from '../../../shared/errors/index.ts'
import type { CheckMessage, CloudChoices } from '../../../shared/model/index.ts'
import { CloudLink, type Rhythm, runCheck } from '../cloud/index.ts'
import type { CallOptions, ConnectOptions, ProviderConnection, ProviderPorts, Secrets } from '../provider.ts'
import { GcpApi } from './api.ts'
import { GcpClient } from './client.ts'
import type { GcpConfig } from './config.ts'
import { readIdentity } from './login.ts'
import { projectsFound } from './projects.ts'

/** Opens an account. The libraries of Google are loaded here, for the first of them. */
export async function openGcp(
  config: GcpConfig,
  secrets: Secrets,
  ports: ProviderPorts,
  rhythm?: Rhythm,
): Promise<{ api: GcpApi; client: GcpClient }> {
  const client = await GcpClient.open(config, await readIdentity(config, secrets, ports), ports)
  return { api: new GcpApi(client, config, ports.clock, rhythm), client }
}

/** Projects to pick from. Who may not search for them can still name them. */
async function choicesOf(client: GcpClient, options: CallOptions): Promise<readonly CloudChoices[]> {
  try {
    const found = await projectsFound(client, options)
    return [{ field: 'projects', choices: found.map(({ id, name }) => ({ value: id, label: name, disabledReason: null })) }]
  } catch (thrown) {
    if (isAppError(thrown) && (thrown.kind === 'forbidden' || thrown.kind === 'not-found')) return []
    throw thrown
  }
}

/** A key that cannot even be read: nobody was asked. */
function* noLogin(error: AppError): Generator<CheckMessage> {
  yield { type: 'step', step: { id: 'login', state: 'failed', detail: null, error: wireErrorSchema.parse(toWireError(error)) } }
  yield { type: 'done', ok: false, machines: null, versions: [] }
}

export async function connect(
  config: GcpConfig,
  secrets: Secrets,
  ports: ProviderPorts,
  options: ConnectOptions,
): Promise<ProviderConnection> {
  const { api } = await openGcp(config, secrets, ports)
  try {
    await api.places(options)
    return new CloudLink(api, ports)
  } catch (thrown) {
    api.close()
    throw thrown
  }
}

export async function* check(
  config: GcpConfig,
  secrets: Secrets,
  ports: ProviderPorts,
  options: ConnectOptions,
): AsyncGenerator<CheckMessage> {
  let opened: Awaited<ReturnType<typeof openGcp>>
  try {
    opened = await openGcp(config, secrets, ports)
  } catch (thrown) {
    yield* noLogin(toAppError(thrown))
    return
  }
  const { api, client } = opened
  const identity = async (call: CallOptions) => {
    await client.prove(call)
    return client.identity.account ?? 'gcloud'
  }
  const versions = [{ name: 'Compute Engine API', version: 'v1' }]
  try {
    yield* runCheck({ api, identity, choices: (call) => choicesOf(client, call), versions }, options)
  } finally {
    api.close()
  }
}
