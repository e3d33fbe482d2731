import { type Enrolled, enrol } from '../roster.ts'
import { ALL_REGIONS, INSTANCE_TYPES, UNKNOWN_TYPE } from './catalogue.ts'
import { instanceFacts } from './instance.ts'
import type { AwsAccount, AwsInstance, AwsWorldOptions, InstanceState } from './model.ts'
import { AwsQueues } from './queues.ts'
import { AwsRegion } from './region.ts'

export const ACCOUNT = '123456789012'

/** The account: regions and all that lies in them. Tests look at it and change it behind the adapter's back. */
export class AwsWorld implements AwsAccount {
  readonly account = ACCOUNT
  readonly regions: ReadonlyMap<string, AwsRegion>
  readonly options: AwsWorldOptions
  readonly queues = new AwsQueues(this)
  pageSize = 1_000
  blockTokenMs = 7 * 86_400_000
  /** Commands given to the agents of machines, newest last. */
  readonly commands: Array<{ readonly id: string; readonly instanceId: string; readonly lines: readonly string[]; readonly atMs: number }> =
    []
  #serial = 0x1000

  constructor(options: AwsWorldOptions) {
    this.options = options
    this.regions = new Map(
      ALL_REGIONS.map((row) => [row.name, new AwsRegion(row.name, row.optIn ? 'not-opted-in' : 'opt-in-not-required', this)]),
    )
    const open = ALL_REGIONS.filter((row) => !row.optIn).slice(0, options.regions)
    for (const one of enrol({ machines: options.machines, places: open.length, types: INSTANCE_TYPES.length, seed: options.seed })) {
      const region = this.region((open[one.place] ?? open[0])?.name ?? 'eu-central-1')
      region.adopt(this.#fromRoster(one, region))
    }
  }

  nowMs(): number {
    return this.options.nowMs()
  }

  serial(): number {
    this.#serial += 1
    return this.#serial
  }

  moved(region: string, instance: AwsInstance): void {
    this.queues.moved(region, instance)
  }

  /** Everything that had to get somewhere by now has got there. */
  settle(): void {
    for (const region of this.regions.values()) region.settle()
  }

  region(name: string): AwsRegion {
    const region = this.regions.get(name)
    if (!region) throw new Error(`The loopback cloud has no region ${name}`)
    return region
  }

  /** `<region>/<instance-id>` of the running plain machine, and of the stopped one. */
  get runningRef(): string {
    return this.#plainRef(0)
  }

  get stoppedRef(): string {
    return this.#plainRef(1)
  }

  /** Of every machine that is not terminated. */
  refs(): string[] {
    return [...this.regions.values()].flatMap((region) =>
      [...region.instances.values()].filter(({ state }) => state !== 'terminated').map(({ id }) => `${region.name}/${id}`),
    )
  }

  /** As it is now; undefined: never was. */
  machine(ref: string): AwsInstance | undefined {
    const [region = '', id = ''] = ref.split('/')
    const home = this.regions.get(region)
    home?.settle()
    return home?.instances.get(id)
  }

  /** Starts, stops or ends a machine from elsewhere, without waiting. */
  setState(ref: string, state: InstanceState, why: 'user' | 'hibernate' | 'guest' | 'spot' = 'user'): void {
    const { region, instance } = this.#known(ref)
    region.jump(instance, state, why)
  }

  setTag(ref: string, key: string, value: string | null): void {
    const { region, instance } = this.#known(ref)
    if (value === null) instance.tags.delete(key)
    else instance.tags.set(key, value)
    region.touch(instance)
    this.queues.tagged(region.name, instance, key)
  }

  setProtected(ref: string, isProtected: boolean): void {
    const { region, instance } = this.#known(ref)
    instance.isProtected = isProtected
    this.queues.called(region.name, 'ModifyInstanceAttribute', {
      instanceId: instance.id,
      disableApiTermination: { value: isProtected },
    })
  }

  /** Somebody else launches one. The answer is its reference. */
  add(
    spec: {
      readonly region?: string
      readonly name?: string
      readonly type?: string
      readonly state?: 'running' | 'stopped'
      readonly hibernation?: boolean
    } = {},
  ): string {
    const region = this.region(spec.region ?? 'eu-central-1')
    const { name = 'newcomer', type = 't3.micro', state = 'running', hibernation = false } = spec
    const instance = instanceFacts({ world: this, region, type, tags: new Map([['Name', name]]), state, hibernation })
    region.adopt(instance)
    return `${region.name}/${instance.id}`
  }

  #fromRoster(one: Enrolled, region: AwsRegion): AwsInstance {
    const tags = new Map(Object.entries(one.tags).slice(0, one.name === null ? 50 : 49))
    if (one.name !== null) tags.set('Name', one.name)
    return instanceFacts({
      world: this,
      region,
      type: one.type < 0 ? UNKNOWN_TYPE : (INSTANCE_TYPES[one.type]?.name ?? 't3.micro'),
      tags,
      state: one.running ? 'running' : 'stopped',
      // the plain one that runs can be hibernated
      hibernation: one.index === 0 || one.index % 20 === 0,
      spot: one.spot,
      windows: one.windows,
      isProtected: one.protected,
      launchedAtMs: this.nowMs() - one.ageMs,
      // now and then several were launched by one call
      joinsReservation: one.index > 1 && one.index % 5 !== 0 && one.index % 3 === 0,
    })
  }

  #plainRef(index: number): string {
    const region = this.region('eu-central-1')
    const instance = [...region.instances.values()][index]
    if (!instance) throw new Error('The loopback cloud has too few machines')
    return `${region.name}/${instance.id}`
  }

  #known(ref: string): { readonly region: AwsRegion; readonly instance: AwsInstance } {
    const instance = this.machine(ref)
    const region = this.regions.get(ref.split('/')[0] ?? '')
    if (!instance || !region) throw new Error(`The loopback cloud has no machine ${ref}`)
    return { region, instance }
  }
}
