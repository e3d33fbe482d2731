import { type AppError, toWireError, wireErrorSchema } from '../../../shared/errors/index.ts'
import type { CheckMessage, CheckStep, HostKeyInfo } from '../../../shared/model/index.ts'
import { type ConnectionCheck, runConnectionChecks } from '../../libvirt/transport/index.ts'
import type { ConnectOptions, ProviderPorts, Secrets } from '../provider.ts'
import { Login, sshOptionsOf } from '../ssh/index.ts'
import { addressOf, type LibvirtConfig } from './config.ts'
import { readVersions } from './host-facts.ts'
import { toProblem } from './problems.ts'
import { openUplink, scopeOf, sshTargetOf, type Uplink, uplinkFromCheck } from './uplink.ts'

const STEPS: readonly CheckStep['id'][] = ['reach', 'host-key', 'login', 'socket', 'permission', 'versions']
const CHECK_TIMEOUT_MS = 60_000
/** Up to libvirt's socket: who watches the list does not wait a minute for a host that is switched off. */
const WAY_TIMEOUT_MS = 15_000

function step(id: CheckStep['id'], state: CheckStep['state'], detail: string | null = null, error: AppError | null = null): CheckMessage {
  return { type: 'step', step: { id, state, detail, error: error && wireErrorSchema.parse(toWireError(error)) } }
}

/** The live check list, step by step. Ends with `done`; never throws. */
export async function* check(
  config: LibvirtConfig,
  secrets: Secrets,
  ports: ProviderPorts,
  options: ConnectOptions,
): AsyncGenerator<CheckMessage> {
  const bounds = { timeoutMs: CHECK_TIMEOUT_MS, ...options }
  for (const id of STEPS) yield step(id, 'pending')
  const uplink =
    config.transport === 'ssh' ? yield* checkSsh(config, secrets, ports, bounds) : yield* checkDirect(config, secrets, ports, bounds)
  if (uplink === null) {
    yield { type: 'done', ok: false, machines: null, versions: [] }
    return
  }
  yield step('versions', 'running')
  try {
    // Counted and not listed: a list can be too long for the protocol, even one of which only the length is asked for.
    const [versions, running, off] = await Promise.all([
      readVersions(uplink.host, bounds),
      uplink.host.call('connectNumOfDomains', {}, bounds),
      uplink.host.call('connectNumOfDefinedDomains', {}, bounds),
    ])
    const machines = running.num + off.num
    yield step('versions', 'ok', versions.map(({ name, version }) => `${name} ${version}`).join(', '))
    yield { type: 'done', ok: true, machines, versions }
  } catch (thrown) {
    yield step('versions', 'failed', null, toProblem(thrown))
    yield { type: 'done', ok: false, machines: null, versions: [] }
  } finally {
    await uplink.close()
  }
}

/** Steps that the way by SSH goes through, then libvirt at its end. Null: it ended before. */
async function* checkSsh(
  config: LibvirtConfig,
  secrets: Secrets,
  ports: ProviderPorts,
  options: ConnectOptions,
): AsyncGenerator<CheckMessage, Uplink | null> {
  let asked: HostKeyInfo | undefined
  const listening: ConnectOptions = {
    ...options,
    onHostKey: async (info) => {
      const trusted = (await options.onHostKey?.(info)) ?? false
      if (!trusted) asked = info
      return trusted
    },
  }
  try {
    const target = await sshTargetOf(config, ports)
    const login = new Login(secrets, target, options.onPrompt, true)
    const begin = () =>
      runConnectionChecks(target, {
        ...sshOptionsOf(ports, { ...listening, timeoutMs: Math.min(WAY_TIMEOUT_MS, options.timeoutMs ?? WAY_TIMEOUT_MS) }, login),
        scope: scopeOf(config),
        socketPath: config.socket,
      })
    let checks = begin()
    // libvirt's own steps are held back until it has spoken: polkit may still refuse what the socket let in.
    for (let next = await checks.next(); ; next = await checks.next()) {
      if (next.done) {
        if (next.value === undefined) {
          yield step('versions', 'skipped')
          return null
        }
        return yield* checkLibvirt(() => uplinkFromCheck(next.value as NonNullable<typeof next.value>, config, options))
      }
      const { id, state, error } = next.value
      if (id === 'permission' && state === 'ok') continue
      if (error && login.beginsAnew(error)) {
        await checks.return(undefined)
        checks = begin()
        continue
      }
      // The person saw these steps before the answer that was wrong.
      if (login.isAgain && state !== 'failed' && (id === 'reach' || id === 'host-key')) continue
      if (state === 'failed' && asked) yield { type: 'host-key', info: asked }
      yield messageOf(next.value, login)
    }
  } catch (thrown) {
    yield step('reach', 'running')
    yield step('reach', 'failed', null, toProblem(thrown))
    for (const id of STEPS.slice(1)) yield step(id, 'skipped')
    return null
  }
}

async function* checkLibvirt(open: () => Promise<Uplink>): AsyncGenerator<CheckMessage, Uplink | null> {
  try {
    const uplink = await open()
    yield step('permission', 'ok', uplink.host.facts.auth === 'polkit' ? 'polkit' : null)
    return uplink
  } catch (thrown) {
    const problem = toProblem(thrown)
    const failing = problem.kind === 'unauthenticated' || problem.kind === 'forbidden' ? 'permission' : 'versions'
    if (failing === 'versions') yield step('permission', 'ok')
    yield step(failing, 'failed', null, problem)
    if (failing === 'permission') yield step('versions', 'skipped')
    return null
  }
}

/** This computer's own libvirt, or TLS: one attempt, whose error tells where it failed. */
async function* checkDirect(
  config: LibvirtConfig,
  secrets: Secrets,
  ports: ProviderPorts,
  options: ConnectOptions,
): AsyncGenerator<CheckMessage, Uplink | null> {
  yield step('reach', 'running')
  let uplink: Uplink | null = null
  let problem: AppError | null = null
  try {
    uplink = await openUplink(config, secrets, ports, options)
  } catch (thrown) {
    problem = toProblem(thrown)
  }
  const failing = problem && failingStep(problem)
  for (const id of STEPS.slice(0, -1)) {
    if (id === failing) {
      yield step(id, 'failed', null, problem)
      for (const later of STEPS.slice(STEPS.indexOf(id) + 1)) yield step(later, 'skipped')
      return null
    }
    const skipped = id === 'host-key' || (id === 'login' && config.transport === 'unix')
    yield step(id, skipped ? 'skipped' : 'ok', id === 'reach' ? addressOf(config) : null)
  }
  if (problem) {
    yield step('versions', 'failed', null, problem)
    return null
  }
  return uplink
}

function failingStep(problem: AppError): CheckStep['id'] {
  if (problem.code.startsWith('libvirt.socket-permission')) return 'permission'
  if (problem.code.startsWith('libvirt.socket') || problem.code === 'libvirt.not-installed') return 'socket'
  if (problem.kind === 'unauthenticated') return problem.code.startsWith('tls.') ? 'login' : 'permission'
  if (problem.kind === 'forbidden') return 'permission'
  if (problem.kind === 'unsupported' || (problem.kind === 'protocol' && problem.code.startsWith('libvirt.'))) return 'versions'
  return problem.code.startsWith('tls.client') ? 'login' : 'reach'
}

function messageOf({ id, state, detail, error }: ConnectionCheck, login: Login): CheckMessage {
  return step(id, state, state === 'ok' ? detailText(id, detail) : null, error ? login.explained(toProblem(error)) : null)
}

function detailText(id: ConnectionCheck['id'], detail: ConnectionCheck['detail']): string | null {
  const words = {
    reach: [detail.address, typeof detail.port === 'number' ? `port ${detail.port}` : undefined],
    'host-key': [detail.keyType, detail.fingerprintSha256],
    login: [detail.user, detail.method],
    socket: [detail.path, detail.method],
    permission: [detail.user],
  }[id]
  const text = words.filter((word) => typeof word === 'string' && word !== '').join(', ')
  return text === '' ? null : text
}
