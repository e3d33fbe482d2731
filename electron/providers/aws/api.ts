import type { CloudApi, Rhythm, SeenMachine } from '../cloud/index.ts'
import { CallBudget, isImitation, problems, RHYTHM } from '../cloud/index.ts'
import type { CallOptions, ProviderPorts, Secrets } from '../provider.ts'
import { Actions, UNSUPPORTED } from './actions.ts'
import { AwsCalls, pause } from './calls.ts'
import { type AwsConfig, queuesOf } from './config.ts'
import { create } from './create.ts'
import { detailOf } from './detail.ts'
import { diskExport, diskImport } from './disk-images/index.ts'
import { deletionPlan } from './disks.ts'
import { LABEL } from './errors.ts'
import { partsOf, refOf } from './facts.ts'
import { runCommand, screenshot, serialOutput } from './guest.ts'
import { isTemporary, logIn } from './login.ts'
import { Machines } from './machines.ts'
import { metrics } from './metrics.ts'
import { permissions } from './permissions.ts'
import { Places } from './places.ts'
import { readQueue } from './queue-reader.ts'
import { networks, resources } from './resources.ts'
import { spared } from './spared.ts'
import { changedMachines } from './statuses.ts'
import { InstanceTypes } from './types.ts'

/** Below what EC2 gives an account in each region for calls that only read: 100 at once and 20 a second. Others use the account as well. */
const CALLS_A_MINUTE = 900
const CALLS_AT_ONCE = 90
/** SQS counts for itself: a queue that is throttled takes nothing from EC2. */
const QUEUE_CALLS_A_MINUTE = 600
/** EBS direct as well: a fifth of the 1,000 blocks a second that it gives an account in each region, 100 MiB a second. */
const BLOCK_CALLS_A_MINUTE = 12_000
const BLOCK_CALLS_AT_ONCE = 64
/** A machine that was just made is not in the list yet. */
const KNOWN_WITHIN_MS = 60_000
const LOOK_MS = 500

export interface AwsAccount {
  readonly api: CloudApi
  readonly places: Places
}

/** One account. Nothing is asked yet. */
export async function openAccount(config: AwsConfig, secrets: Secrets, ports: ProviderPorts, rhythm: Rhythm = RHYTHM): Promise<AwsAccount> {
  const { clock, log } = ports
  const budget = new CallBudget(clock, CALLS_A_MINUTE, CALLS_AT_ONCE)
  const shared = {
    endpoint: config.endpoint,
    login: await logIn(config, secrets, ports),
    isTemporary: isTemporary(config, secrets),
    clock,
  }
  const calls = new AwsCalls({ ...shared, budget })
  const queueCalls = new AwsCalls({ ...shared, budget: new CallBudget(clock, QUEUE_CALLS_A_MINUTE) })
  const blockCalls = new AwsCalls({ ...shared, budget: new CallBudget(clock, BLOCK_CALLS_A_MINUTE, BLOCK_CALLS_AT_ONCE) })
  const queues = queuesOf(config)
  const places = new Places(calls, config)
  const types = new InstanceTypes(calls, clock)
  const machines = new Machines(calls, types, clock)
  const actions = new Actions({ calls, machines, clock })

  /** A region that is not enabled refuses good credentials; that is told as what it is. */
  const there = async <T>(region: string, options: CallOptions, run: () => Promise<T>): Promise<T> => {
    try {
      return await run()
    } catch (thrown) {
      throw await places.explain(thrown, region, options)
    }
  }
  const need = async (ref: string, options: CallOptions): Promise<SeenMachine> => {
    const seen = await machines.one(ref, options)
    if (!seen) throw problems.machineNotFound()
    return seen
  }

  const launch: CloudApi['create'] = async (region, spec, token, options) => {
    const ref = await create(calls, region, spec, token, options)
    const untilMs = clock.nowMs() + KNOWN_WITHIN_MS
    while ((await machines.one(ref, options)) === null && clock.nowMs() < untilMs) await pause(clock, LOOK_MS, options.signal)
    return ref
  }
  const disks = { calls, blockCalls, machines, types, clock, rhythm, launch }

  const api: CloudApi = {
    label: LABEL,
    unsupported: UNSUPPORTED,
    isImitation: isImitation(config.endpoint),
    rhythm,
    budget,
    places: (options) => places.list(options),
    async *machines(region, options) {
      try {
        yield* machines.all(region, options)
      } catch (thrown) {
        throw await places.explain(thrown, region, options)
      }
    },
    changedMachines: (region, known, options) => there(region, options, () => changedMachines(calls, machines, region, known, options)),
    ...(queues.length > 0 && {
      news: async (target, options) => {
        await Promise.all(queues.map((queue) => readQueue({ queue, calls: queueCalls, machines, target, clock, log }, options)))
      },
    }),
    machine: (ref, options) => there(partsOf(ref).region, options, () => machines.one(ref, options)),
    networks: (region, options) => there(region, options, async () => (await spared(networks(calls, region, options))) ?? []),
    begin: (action, context, options) => actions.begin(action, context, options),
    outcome: (action, ref, requestId, options) => actions.outcome(action, ref, requestId, options),
    detail: async (seen) => detailOf(seen, await machines.raw(seen.ref), clock.nowMs()),
    deletionPlan: (seen) => Promise.resolve(deletionPlan(seen)),
    metrics: (refs, sinceMs, options) => metrics(calls, clock, refs, sinceMs, options),
    permissions: async (options) => {
      const [place] = await places.list(options)
      return place ? permissions({ calls, queueCalls, queues }, place.ref, options) : []
    },
    machineTypes: async (region, ref, options) => types.all(region, ref === null ? null : await need(ref, options), options),
    resources: (region, kind, search, options) => resources({ calls, region, options }, kind, search),
    serialOutput: (ref, options) => serialOutput(calls, ref, options),
    screenshot: (ref, options) => screenshot(calls, ref, options),
    runCommand: async (ref, script, options) => {
      const { facts } = await need(ref, options)
      return runCommand(calls, clock, { ref, name: facts.name, isWindows: facts.cloud?.platform === 'windows' }, script, options)
    },
    create: launch,
    created: async (region, token, options) => {
      const id = await machines.byClientToken(region, token, options)
      return id === null ? null : refOf(region, id)
    },
    images: { into: diskImport(disks), out: diskExport(disks) },
    close: () => {
      calls.close()
      blockCalls.close()
      queueCalls.close()
    },
  }
  return { api, places }
}
