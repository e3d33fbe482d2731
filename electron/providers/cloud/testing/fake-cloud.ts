import { AppError } from '../../../../shared/errors/index.ts'
import type { CloudPermission, MachineAction, MachineType } from '../../../../shared/model/index.ts'
import type { CallOptions, Clock, MachineFacts } from '../../provider.ts'
import { pause } from '../acts.ts'
import type { ActContext, CloudApi, Operation, Place, SeenMachine } from '../api.ts'
import { CallBudget } from '../budget.ts'
import { tagsAfter } from '../goal.ts'
import { placeFacts } from '../place-facts.ts'
import * as problems from '../problems.ts'

const TYPES: readonly MachineType[] = [
  { name: 'small', vcpus: 2, memoryKiB: 4_194_304, arch: 'x86_64', family: 'general', gpus: 0, reason: null },
  { name: 'large', vcpus: 8, memoryKiB: 16_777_216, arch: 'x86_64', family: 'general', gpus: 0, reason: null },
]
const MOVE_MS = 200
const RHYTHM = { idleMs: 400, busyMs: 100, waitMs: 50, metricsMs: 1_000, networksMs: 5_000 }

interface Kept {
  seen: SeenMachine
}

/** Two places with a few machines, in memory: what a cloud does, without one. All links of a test share it. */
export class FakeCloud {
  readonly machines = new Map<string, Kept>()
  readonly down = new Set<string>()
  readonly done: string[] = []
  readonly clock: Clock
  latencyMs = 1
  cut = false
  revoked = false
  throttled = false
  losesNextReply = false
  halvesNextList = false
  lists = 0

  constructor(clock: Clock, places: readonly string[] = ['north', 'south'], each = 3) {
    this.clock = clock
    for (const place of places) {
      for (let index = 0; index < each; index += 1) {
        const ref = `${place}/${index}`
        this.machines.set(ref, { seen: { ref, life: `${ref}-0`, facts: factsOf(place, index) } })
      }
    }
    this.places = places
  }

  readonly places: readonly string[]

  move(ref: string, state: MachineFacts['state'], then: MachineFacts['state']): void {
    this.change(ref, { state, nativeState: state.toUpperCase() })
    this.clock.after(MOVE_MS, () => {
      const isOn = then === 'running'
      const kept = this.machines.get(ref)
      if (kept && isOn) kept.seen = { ...kept.seen, life: `${ref}-${this.clock.nowMs()}` }
      this.change(ref, { state: then, nativeState: then.toUpperCase(), startedAtMs: isOn ? this.clock.nowMs() : null })
      this.changeCloud(ref, { billing: isOn ? 'compute' : 'storage' })
    })
  }

  change(ref: string, patch: Partial<MachineFacts>): void {
    const kept = this.machines.get(ref)
    if (kept) kept.seen = { ...kept.seen, facts: { ...kept.seen.facts, ...patch } }
  }

  changeCloud(ref: string, patch: Partial<NonNullable<MachineFacts['cloud']>>): void {
    const cloud = this.machines.get(ref)?.seen.facts.cloud
    if (cloud) this.change(ref, { cloud: { ...cloud, ...patch } })
  }

  /** What every call meets first. */
  async enter(place: string | null, { signal }: CallOptions, budget: CallBudget): Promise<void> {
    await budget.admit(signal)
    await pause(this.clock, this.latencyMs, signal ?? new AbortController().signal)
    if (signal?.aborted) throw problems.cancelled()
    if (this.cut || (place !== null && this.down.has(place))) throw problems.unreachable('Fake')
    if (this.revoked) throw problems.credentialsRefused('Fake')
    if (this.throttled) {
      budget.throttled(200)
      throw problems.throttled('Fake', { retryAfterMs: 200 })
    }
  }
}

/** One account of it, as a link drives it. */
export function fakeApi(cloud: FakeCloud): CloudApi {
  const budget = new CallBudget(cloud.clock, 60_000)
  const placeOf = (ref: string) => ref.split('/')[0] ?? ''
  return {
    label: 'Fake',
    isImitation: false,
    unsupported: Object.fromEntries(
      (['suspend', 'resume', 'reset', 'setAutostart', 'addDisplay', 'managedSave', 'restore', 'discardSave', 'deallocate'] as const).map(
        (action) => [action, { code: 'action.not-in-this-cloud', text: 'This cloud cannot do this.' }],
      ),
    ),
    rhythm: RHYTHM,
    budget,
    async places(options) {
      await cloud.enter(null, options, budget)
      return cloud.places.map(
        (ref): Place => ({ ref, facts: placeFacts({ name: ref, kind: 'region', account: 'fake', hypervisor: 'Fake' }) }),
      )
    },
    async *machines(placeRef, options) {
      cloud.lists += 1
      const all = [...cloud.machines.values()].map(({ seen }) => seen).filter(({ facts }) => facts.hostRef === placeRef)
      for (let at = 0; at < all.length; at += 2) {
        await cloud.enter(placeRef, options, budget)
        if (at > 0 && cloud.halvesNextList) {
          cloud.halvesNextList = false
          throw problems.failedThere('Fake', 'InternalError')
        }
        yield all.slice(at, at + 2)
      }
    },
    async machine(ref, options) {
      await cloud.enter(placeOf(ref), options, budget)
      return cloud.machines.get(ref)?.seen ?? null
    },
    async networks(placeRef, options) {
      await cloud.enter(placeRef, options, budget)
      const facts = { hostRef: placeRef, name: 'default', active: true, autostart: null, persistent: true, forward: 'vpc', bridge: null }
      return [{ ref: `${placeRef}/net`, facts: { ...facts, cidrs: ['10.0.0.0/16'] } }]
    },
    begin: async (action, context, options) => {
      if (options.signal?.aborted) throw problems.cancelled()
      const operation = begin(cloud, action, context)
      // It is done there at once; its answer takes as long as any.
      await cloud.enter(placeOf(context.seen.ref), options, budget).catch((thrown: unknown) => {
        throw cloud.cut ? problems.replyLost(action.action) : thrown
      })
      if (!cloud.losesNextReply) return operation
      cloud.losesNextReply = false
      throw problems.replyLost(action.action)
    },
    outcome: (_action, _ref, requestId) => Promise.resolve(cloud.done.includes(requestId) ? 'done' : 'not-done'),
    async detail(seen, options) {
      await cloud.enter(placeOf(seen.ref), options, budget)
      const { vcpus, memoryKiB } = seen.facts
      const cpu = { model: 'any', vcpus, maxVcpus: vcpus, sockets: null, cores: null, threads: null }
      const devices = [{ kind: 'disk', name: 'boot', summary: '20 GiB', properties: [] }]
      return {
        hardware: {
          machineType: null,
          arch: null,
          firmware: null,
          secureBoot: false,
          cpu,
          memoryKiB,
          maxMemoryKiB: memoryKiB,
          bootOrder: [],
          devices,
        },
        xml: JSON.stringify(seen),
        format: 'json',
        inactiveXml: null,
        observedAtMs: cloud.clock.nowMs(),
      }
    },
    async deletionPlan(seen, options) {
      await cloud.enter(placeOf(seen.ref), options, budget)
      const { name, state } = seen.facts
      const none = { sharedWith: [], deletable: true, reason: null, format: null, allocationBytes: null }
      const disks = [{ key: 'boot', target: 'boot', capacityBytes: 20, ...none }]
      return { name, state, disks, snapshots: [], checkpoints: [], nvram: null, tpm: null, hasManagedSave: false }
    },
    async metrics(refs, sinceMs, options) {
      await cloud.enter(null, options, budget)
      const none = { memoryUsedKiB: null, diskReadBytesPerS: null, diskWriteBytesPerS: null, netRxBytesPerS: null, netTxBytesPerS: null }
      const newestMs = Math.floor(cloud.clock.nowMs() / RHYTHM.metricsMs) * RHYTHM.metricsMs
      const times: number[] = []
      for (let atMs = newestMs; atMs >= (sinceMs ?? newestMs); atMs -= RHYTHM.metricsMs) times.unshift(atMs)
      return refs.flatMap((ref) => times.map((atMs) => ({ ref, metrics: { atMs, cpuPercent: 12, ...none } })))
    },
    async permissions(options) {
      await cloud.enter(null, options, budget)
      return ['list', 'start', 'stop', 'delete'].map(
        (name): CloudPermission => ({ name: `fake.${name}`, state: 'granted', features: ['power'], scope: null, detail: null }),
      )
    },
    machineTypes: () => Promise.resolve(TYPES),
    resources: () => Promise.resolve([]),
    async serialOutput(ref, options) {
      await cloud.enter(placeOf(ref), options, budget)
      return 'login: '
    },
    screenshot: () => Promise.reject(new AppError({ kind: 'unsupported', code: 'cloud.no-screenshot', message: 'None.' })),
    runCommand: (_ref, script) => Promise.resolve({ exitCode: 0, stdout: script, stderr: '' }),
    create: () => Promise.reject(new AppError({ kind: 'unsupported', code: 'cloud.no-create', message: 'None.' })),
    created: () => Promise.resolve(null),
    close: () => undefined,
  }
}

function begin(cloud: FakeCloud, action: MachineAction, { seen, requestId }: ActContext): Operation | null {
  const { ref } = seen
  switch (action.action) {
    case 'start':
      cloud.move(ref, 'starting', 'running')
      return null
    case 'shutdown':
    case 'powerOff':
      cloud.move(ref, 'stopping', 'stopped')
      return null
    case 'reboot':
      cloud.done.push(requestId)
      return null
    case 'rename':
      cloud.change(ref, { name: action.name })
      return null
    case 'setMetadata':
      cloud.change(ref, { tags: tagsAfter(seen.facts.tags, action) })
      return null
    case 'setProtection':
      cloud.changeCloud(ref, { isProtected: action.isProtected })
      return null
    case 'resize': {
      const type = TYPES.find(({ name }) => name === action.type)
      if (!type) throw new AppError({ kind: 'invalid-input', code: 'cloud.no-such-type', message: 'There is no such type.' })
      cloud.change(ref, { vcpus: type.vcpus, memoryKiB: type.memoryKiB, maxMemoryKiB: type.memoryKiB })
      cloud.changeCloud(ref, { type: type.name })
      return null
    }
    case 'delete': {
      const strange = action.diskKeys.find((key) => key !== 'boot')
      if (strange !== undefined) throw problems.diskNotDeletable(strange)
      const readyAtMs = cloud.clock.nowMs() + MOVE_MS
      cloud.clock.after(MOVE_MS, () => cloud.machines.delete(ref))
      return { poll: () => Promise.resolve(cloud.clock.nowMs() > readyAtMs ? 'done' : 'running') }
    }
    default:
      throw new AppError({ kind: 'bug', code: 'bug.unexpected', message: `The fake cannot ${action.action}.` })
  }
}

function factsOf(place: string, index: number): MachineFacts {
  const isOn = index === 0
  return {
    hostRef: place,
    networkRefs: [`${place}/net`],
    name: `web-${place}-${index}`,
    state: isOn ? 'running' : 'stopped',
    nativeState: isOn ? 'RUNNING' : 'STOPPED',
    title: null,
    description: null,
    tags: ['env=prod'],
    notes: null,
    vcpus: 2,
    memoryKiB: 4_194_304,
    maxMemoryKiB: 4_194_304,
    os: null,
    addresses: [`10.0.0.${index + 1}`],
    autostart: null,
    persistent: true,
    hasManagedSave: false,
    agent: null,
    startedAtMs: isOn ? 1_000 : null,
    template: null,
    cloud: {
      id: `${place}/${index}`,
      type: 'small',
      region: place,
      zone: null,
      arch: 'x86_64',
      platform: 'linux',
      image: null,
      purchase: 'on-demand',
      billing: isOn ? 'compute' : 'storage',
      stopBills: false,
      hibernates: null,
      isProtected: false,
      createdAtMs: 0,
      keyName: null,
      groups: [],
      disks: [{ id: 'boot', name: 'boot', sizeBytes: 20, type: null, boot: true }],
      publicAddresses: [],
    },
    attention: null,
    metrics: null,
  }
}
