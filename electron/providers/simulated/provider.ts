import { AppError, toWireError, wireErrorSchema } from '../../../shared/errors/index.ts'
import type { CheckMessage, CheckStep } from '../../../shared/model/index.ts'
import { type Clock, type ConnectOptions, defineProvider, type ProviderDefinition, type ProviderPorts } from '../provider.ts'
import { type SimulatedConfig, type SimulatedConfigInput, simulatedConfigSchema } from './config.ts'
import { SimulatedControls } from './controls.ts'
import { deferred } from './deferred.ts'
import { demoConnections } from './demo.ts'
import { siteNamed } from './fleet.ts'
import type { Link } from './link.ts'
import * as problems from './problems.ts'
import { Site } from './site.ts'

/** Waits as long as the far side takes to answer, unless the caller gives up. */
function answerOf(site: Site, options: ConnectOptions): Promise<void> {
  const { signal, timeoutMs } = options
  if (signal?.aborted) return Promise.reject(problems.cancelled())
  const { thereMs, backMs } = site.travelMs()
  const { promise, resolve, reject } = deferred<void>()
  const end = (settle: () => void) => {
    cancelAnswer()
    cancelTimeout?.()
    signal?.removeEventListener('abort', aborted)
    settle()
  }
  const aborted = () => end(() => reject(problems.cancelled()))
  const cancelAnswer = site.clock.after(thereMs + backMs, () => end(resolve))
  const cancelTimeout =
    timeoutMs === undefined ? undefined : site.clock.after(timeoutMs, () => end(() => reject(problems.timedOut(timeoutMs))))
  signal?.addEventListener('abort', aborted)
  return promise
}

async function openLink(site: Site, options: ConnectOptions): Promise<Link> {
  await answerOf(site, options)
  return site.open()
}

const STEPS: readonly CheckStep['id'][] = ['reach', 'host-key', 'login', 'socket', 'permission', 'versions']
const SKIPPED: ReadonlySet<CheckStep['id']> = new Set(['host-key', 'login'])

function step(
  id: CheckStep['id'],
  state: CheckStep['state'],
  detail: string | null = null,
  error: CheckStep['error'] = null,
): CheckMessage {
  return { type: 'step', step: { id, state, detail, error } }
}

/** The step at which an error of this kind would be met on a real host. */
function failingStep(error: AppError): CheckStep['id'] {
  if (error.kind === 'unauthenticated') return 'login'
  if (error.kind === 'forbidden') return 'permission'
  if (error.kind === 'unsupported' || error.kind === 'protocol') return 'versions'
  return error.kind === 'precondition' || error.kind === 'not-found' ? 'socket' : 'reach'
}

async function* check(site: Site, options: ConnectOptions): AsyncGenerator<CheckMessage> {
  for (const id of STEPS) yield step(id, 'pending')
  let link: Link | null = null
  let failure: AppError | null = null
  try {
    link = await openLink(site, options)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    failure = error
  }
  const failing = failure && failingStep(failure)
  const versions = failure ? [] : [...(site.world.fleet.hosts.values().next().value?.facts.versions ?? [])]
  for (const id of STEPS) {
    yield step(id, 'running')
    if (failure && id === failing) {
      yield step(id, 'failed', null, wireErrorSchema.parse(toWireError(failure)))
      yield { type: 'done', ok: false, machines: null, versions: [] }
      return
    }
    const detail =
      id === 'reach' ? addressOf(site.config) : id === 'versions' ? versions.map((each) => `${each.name} ${each.version}`).join(', ') : null
    yield step(id, SKIPPED.has(id) ? 'skipped' : 'ok', detail)
  }
  await link?.close()
  yield { type: 'done', ok: true, machines: site.world.fleet.machines.size, versions }
}

function addressOf(config: SimulatedConfig): string {
  return `simulated:${siteNamed(config.site).codes[0] ?? 'site'}`
}

/** A simulated provider and the handle on its sites. */
export interface Simulation {
  readonly provider: ProviderDefinition
  /** The controls of one configuration's site under one clock, connected or not. */
  readonly controls: (config: SimulatedConfigInput, clock: Clock) => SimulatedControls
}

/** Sites live as long as the simulation: a link lost and opened again finds what was left. */
export function createSimulation(): Simulation {
  const sitesByClock = new WeakMap<Clock, Map<string, Site>>()
  const siteOf = (config: SimulatedConfig, clock: Clock): Site => {
    const sites = sitesByClock.get(clock) ?? new Map<string, Site>()
    sitesByClock.set(clock, sites)
    const key = JSON.stringify(config)
    const site = sites.get(key) ?? new Site(config, clock)
    sites.set(key, site)
    return site
  }
  const provider = defineProvider<SimulatedConfig>({
    id: 'simulated',
    label: 'Simulated fleet',
    configSchema: simulatedConfigSchema,
    secretFields: [],
    targetFields: [],
    address: addressOf,
    connect: (config, _secrets, ports: ProviderPorts, options) => openLink(siteOf(config, ports.clock), options),
    check: (config, _secrets, ports, options) => check(siteOf(config, ports.clock), options),
    demo: ({ hosts, machines, seed }) => demoConnections(hosts, machines, seed),
  })
  return { provider, controls: (config, clock) => new SimulatedControls(siteOf(simulatedConfigSchema.parse(config), clock)) }
}

/** The one in the registry. Tests that want faults reach it through `simulation.controls`. */
export const simulation: Simulation = createSimulation()
export const simulatedProvider: ProviderDefinition = simulation.provider
