import type { DescribeInstancesCommandInput, Instance, Volume } from '@aws-sdk/client-ec2'
import { isAppError } from '../../../shared/errors/index.ts'
import { Gather, problems, type SeenMachine } from '../cloud/index.ts'
import type { CallOptions, Clock } from '../provider.ts'
import type { AwsCalls } from './calls.ts'
import { type Beside, isRef, partsOf, seenMachine } from './facts.ts'
import { ImageNames } from './image-names.ts'
import { PageMemory, Unchanged } from './page-memory.ts'
import { spared } from './spared.ts'
import type { InstanceTypes } from './types.ts'

/** Reservations. AWS would give a thousand, whose XML holds the engine up for half a second. */
const PAGE = 100
const VOLUMES_PAGE = 500
const MOST_IDS = 100
const GATHER_MS = 5
/** Volumes seldom change, and a list of them costs as much as one of machines. */
const VOLUMES_KEPT_MS = 300_000
/** One that is not known is worth asking for sooner. */
const UNKNOWN_VOLUME_MS = 30_000
const PROTECTION_KEPT_MS = 60_000
/** What somebody looked at so long ago may have been changed elsewhere. */
const PROTECTION_SHOWN_MS = 900_000
/** After a change here, each look reads its disks and its protection anew for so long. */
const CHANGED_MS = 120_000

interface Look {
  readonly instance: Instance
  /** No other was asked for with it. */
  readonly isAlone: boolean
}

interface SeenPage {
  readonly machines: readonly SeenMachine[]
  readonly nextToken: string | undefined
}

interface Known<T> {
  readonly value: T
  readonly atMs: number
}

/** The machines of an account, and what must be asked for beside them. */
export class Machines {
  readonly #calls: AwsCalls
  readonly #clock: Clock
  readonly #types: InstanceTypes
  readonly #images: ImageNames
  readonly #volumes = new Map<string, Map<string, Volume>>()
  readonly #volumesAtMs = new Map<string, number>()
  /** Whether AWS refuses to terminate it. Only known of machines that were looked at by themselves. */
  readonly #protection = new Map<string, Known<boolean | null>>()
  readonly #changedUntilMs = new Map<string, number>()
  readonly #pages = new PageMemory<readonly SeenMachine[]>()
  readonly #looks: Gather<Look | null>

  constructor(calls: AwsCalls, types: InstanceTypes, clock: Clock) {
    this.#calls = calls
    this.#types = types
    this.#images = new ImageNames(calls, clock)
    this.#clock = clock
    this.#looks = new Gather<Look | null>({
      clock,
      forMs: GATHER_MS,
      mostAtOnce: MOST_IDS,
      run: async (region, ids) => {
        const found = await this.#named(region, ids)
        return new Map([...found].map(([id, instance]) => [id, { instance, isAlone: ids.length === 1 }]))
      },
      missing: () => null,
    })
  }

  async *all(region: string, options: CallOptions): AsyncGenerator<readonly SeenMachine[]> {
    if (this.#clock.nowMs() - (this.#volumesAtMs.get(region) ?? 0) >= VOLUMES_KEPT_MS) this.#pages.forget(isOf(region))
    let NextToken: string | undefined
    let number = 0
    do {
      const page = await this.#page(region, number, NextToken, options)
      yield page.machines
      NextToken = page.nextToken === '' ? undefined : page.nextToken
      number += 1
    } while (NextToken !== undefined)
  }

  async #page(region: string, number: number, token: string | undefined, options: CallOptions): Promise<SeenPage> {
    const key = `${region} ${number}`
    const request = { region, permission: 'ec2:DescribeInstances', options }
    let keep: (machines: readonly SeenMachine[]) => void = () => undefined
    const answer = await this.#calls.ec2(request, async (client, sdk, sending) => {
      const command = new sdk.DescribeInstancesCommand({ MaxResults: PAGE, ...(token !== undefined && { NextToken: token }) })
      keep = this.#pages.watch(command, key)
      try {
        return await client.send(command, sending)
      } catch (thrown) {
        if (thrown instanceof Unchanged) return thrown
        throw thrown
      }
    })
    if (answer instanceof Unchanged) return { machines: answer.made as readonly SeenMachine[], nextToken: answer.nextToken }
    const instances = (answer.Reservations ?? []).flatMap(({ Instances = [] }) => Instances)
    const machines = await this.#seen(region, instances, options)
    keep(machines)
    return { machines, nextToken: answer.NextToken }
  }

  /** Asked for together with others that are looked at in the same moment. */
  async one(ref: string, options: CallOptions): Promise<SeenMachine | null> {
    if (!isRef(ref)) return null
    const { region, id } = partsOf(ref)
    const look = await this.#looks.ask(region, id)
    if (look === null) return null
    const nowMs = this.#clock.nowMs()
    const isChanged = nowMs < (this.#changedUntilMs.get(id) ?? 0)
    if (isChanged) await spared(this.#readVolumesOf(region, id, options))
    else this.#changedUntilMs.delete(id)
    // of many at once it would be a call for each; where it matters, AWS refuses by itself
    if (isChanged || look.isAlone) await this.#readProtection(region, id, isChanged ? 0 : PROTECTION_KEPT_MS, options)
    return (await this.#seen(region, [look.instance], options))[0] ?? null
  }

  /** Those of them that are there, by reference. */
  async these(region: string, ids: readonly string[], options: CallOptions): Promise<ReadonlyMap<string, SeenMachine>> {
    const seen = new Map<string, SeenMachine>()
    for (let at = 0; at < ids.length; at += MOST_IDS) {
      const found = await this.#named(region, ids.slice(at, at + MOST_IDS), options)
      for (const one of await this.#seen(region, [...found.values()], options)) seen.set(one.ref, one)
    }
    return seen
  }

  /** As AWS tells it, unabridged. Throws `not-found`. */
  async raw(ref: string): Promise<Instance> {
    const { region, id } = partsOf(ref)
    const look = await this.#looks.ask(region, id)
    if (!look) throw problems.machineNotFound()
    return look.instance
  }

  async byClientToken(region: string, token: string, options: CallOptions): Promise<string | null> {
    const answer = await this.#calls.ec2({ region, permission: 'ec2:DescribeInstances', options }, (client, sdk, sending) =>
      client.send(new sdk.DescribeInstancesCommand({ Filters: [{ Name: 'client-token', Values: [token] }] }), sending),
    )
    return answer.Reservations?.[0]?.Instances?.[0]?.InstanceId ?? null
  }

  /** What was known of its disks or its protection has been changed. */
  changed(ref: string): void {
    this.#changedUntilMs.set(partsOf(ref).id, this.#clock.nowMs() + CHANGED_MS)
  }

  /**
   * By their ids; those that are gone are left out. Ids in the call itself are looked up without delay, but one that is not there refuses all
   * of them: then by a filter, which takes any.
   */
  async #named(region: string, ids: readonly string[], options: CallOptions = {}): Promise<ReadonlyMap<string, Instance>> {
    const request = { region, permission: 'ec2:DescribeInstances', options }
    const describe = (by: DescribeInstancesCommandInput) =>
      this.#calls.ec2(request, (client, sdk, sending) => client.send(new sdk.DescribeInstancesCommand(by), sending))
    const answer = await describe({ InstanceIds: [...ids] }).catch((thrown: unknown) => {
      if (!isAppError(thrown) || thrown.code !== 'machine.not-found') throw thrown
      return describe({ Filters: [{ Name: 'instance-id', Values: [...ids] }] })
    })
    const instances = (answer.Reservations ?? []).flatMap(({ Instances = [] }) => Instances)
    return new Map(instances.flatMap((one) => (one.InstanceId === undefined ? [] : [[one.InstanceId, one] as const])))
  }

  async #seen(region: string, instances: readonly Instance[], options: CallOptions): Promise<readonly SeenMachine[]> {
    const there = instances.filter(({ State }) => State?.Name !== 'terminated')
    await Promise.all([
      spared(
        this.#types.learn(
          region,
          there.flatMap(({ InstanceType }) => InstanceType ?? []),
          options,
        ),
      ),
      this.#images.learn(
        region,
        there.flatMap(({ ImageId }) => ImageId ?? []),
        options,
      ),
      spared(this.#readVolumes(region, there, options)),
    ])
    const volumes = this.#volumes.get(region)
    const beside: Beside = {
      region,
      type: (name) => this.#types.get(name),
      volume: (id) => volumes?.get(id),
      imageName: (id) => this.#images.get(id),
      isProtected: (id) => this.#shownProtection(id),
    }
    return there.flatMap((instance) => seenMachine(instance, beside) ?? [])
  }

  async #readVolumes(region: string, instances: readonly Instance[], options: CallOptions): Promise<void> {
    const nowMs = this.#clock.nowMs()
    const ageMs = nowMs - (this.#volumesAtMs.get(region) ?? Number.NEGATIVE_INFINITY)
    const known = this.#volumes.get(region)
    const ids = instances.flatMap(({ BlockDeviceMappings = [] }) => BlockDeviceMappings.flatMap(({ Ebs }) => Ebs?.VolumeId ?? []))
    const isFresh = ageMs < (ids.every((id) => known?.has(id)) ? VOLUMES_KEPT_MS : UNKNOWN_VOLUME_MS)
    if (isFresh || ids.length === 0) return
    this.#volumesAtMs.set(region, nowMs)
    const read = new Map<string, Volume>()
    let NextToken: string | undefined
    do {
      const page = await this.#calls.ec2({ region, permission: 'ec2:DescribeVolumes', options }, (client, sdk, sending) =>
        client.send(new sdk.DescribeVolumesCommand({ MaxResults: VOLUMES_PAGE, ...(NextToken !== undefined && { NextToken }) }), sending),
      )
      for (const volume of page.Volumes ?? []) if (volume.VolumeId !== undefined) read.set(volume.VolumeId, volume)
      NextToken = page.NextToken === '' ? undefined : page.NextToken
    } while (NextToken !== undefined)
    this.#volumes.set(region, read)
  }

  async #readVolumesOf(region: string, instanceId: string, options: CallOptions): Promise<void> {
    const Filters = [{ Name: 'attachment.instance-id', Values: [instanceId] }]
    const page = await this.#calls.ec2({ region, permission: 'ec2:DescribeVolumes', options }, (client, sdk, sending) =>
      client.send(new sdk.DescribeVolumesCommand({ Filters }), sending),
    )
    const known = this.#volumes.get(region) ?? new Map<string, Volume>()
    this.#volumes.set(region, known)
    for (const volume of page.Volumes ?? []) if (volume.VolumeId !== undefined) known.set(volume.VolumeId, volume)
    this.#pages.forget(isOf(region))
  }

  #shownProtection(id: string): boolean | null {
    const known = this.#protection.get(id)
    return known && this.#clock.nowMs() - known.atMs < PROTECTION_SHOWN_MS ? known.value : null
  }

  async #readProtection(region: string, InstanceId: string, keptMs: number, options: CallOptions): Promise<void> {
    const nowMs = this.#clock.nowMs()
    const known = this.#protection.get(InstanceId)
    if (known && nowMs - known.atMs < keptMs) return
    const request = { region, permission: 'ec2:DescribeInstanceAttribute', options }
    const answer = await spared(
      this.#calls.ec2(request, (client, sdk, sending) =>
        client.send(new sdk.DescribeInstanceAttributeCommand({ InstanceId, Attribute: 'disableApiTermination' }), sending),
      ),
    )
    const value = answer?.DisableApiTermination?.Value ?? null
    if (value !== known?.value) this.#pages.forget(isOf(region))
    this.#protection.set(InstanceId, { value, atMs: nowMs })
  }
}

/** Whether the key of a page is one of that region. */
function isOf(region: string): (key: string) => boolean {
  return (key) => key.startsWith(`${region} `)
}
