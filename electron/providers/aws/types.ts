import type { InstanceTypeInfo } from '@aws-sdk/client-ec2'
import type { MachineType } from '../../../shared/model/index.ts'
import type { SeenMachine } from '../cloud/index.ts'
import type { CallOptions, Clock } from '../provider.ts'
import type { AwsCalls } from './calls.ts'
import type { TypeFacts } from './facts.ts'
import { spared } from './spared.ts'

/** Names in one filter. */
const MOST_NAMES = 200
const KEPT_MS = 3_600_000
const PAGE = 100

/** Types by their names: asked for once, as they never change, and alike in all regions. */
export class InstanceTypes {
  readonly #calls: AwsCalls
  readonly #clock: Clock
  readonly #known = new Map<string, TypeFacts>()
  /** Names that a region did not know, and when it said so. */
  readonly #unknown = new Map<string, number>()

  constructor(calls: AwsCalls, clock: Clock) {
    this.#calls = calls
    this.#clock = clock
  }

  get(name: string): TypeFacts | undefined {
    return this.#known.get(name)
  }

  /** Sees to it that these are known, where the region knows them. A filter, as a name that is not known would refuse the whole call. */
  async learn(region: string, names: Iterable<string>, options: CallOptions): Promise<void> {
    const nowMs = this.#clock.nowMs()
    const news = [...new Set(names)].filter(
      (name) => !this.#known.has(name) && nowMs - (this.#unknown.get(`${region} ${name}`) ?? -KEPT_MS) >= KEPT_MS,
    )
    for (let at = 0; at < news.length; at += MOST_NAMES) {
      const asked = news.slice(at, at + MOST_NAMES)
      // without the permission the names stay unknown, and are not asked for with every list
      const infos = (await spared(this.#read(region, [{ Name: 'instance-type', Values: asked }], options))) ?? []
      for (const info of infos) if (info.InstanceType !== undefined) this.#known.set(info.InstanceType, typeFacts(info))
      for (const name of asked) if (!this.#known.has(name)) this.#unknown.set(`${region} ${name}`, nowMs)
    }
  }

  /** All of a region; with a machine: each with why it cannot have it. */
  async all(region: string, machine: SeenMachine | null, options: CallOptions): Promise<readonly MachineType[]> {
    const zone = machine?.facts.cloud?.zone ?? null
    const [infos, offered] = await Promise.all([
      this.#read(region, [], options),
      zone === null ? null : this.#offered(region, zone, options),
    ])
    for (const info of infos) if (info.InstanceType !== undefined) this.#known.set(info.InstanceType, typeFacts(info))
    return infos.flatMap((info) => {
      const name: string | undefined = info.InstanceType
      if (name === undefined) return []
      const facts = typeFacts(info)
      return {
        name,
        ...facts,
        family: name.split('.')[0] ?? null,
        gpus: (info.GpuInfo?.Gpus ?? []).reduce((sum, { Count = 0 }) => sum + Count, 0),
        reason: machine === null ? null : whyNot(info, machine, offered),
      }
    })
  }

  async #read(
    region: string,
    Filters: Array<{ Name: string; Values: string[] }>,
    options: CallOptions,
  ): Promise<readonly InstanceTypeInfo[]> {
    const infos: InstanceTypeInfo[] = []
    let NextToken: string | undefined
    do {
      const page = await this.#calls.ec2({ region, permission: 'ec2:DescribeInstanceTypes', options }, (client, sdk, sending) =>
        client.send(
          new sdk.DescribeInstanceTypesCommand({
            MaxResults: PAGE,
            ...(Filters.length > 0 && { Filters }),
            ...(NextToken !== undefined && { NextToken }),
          }),
          sending,
        ),
      )
      infos.push(...(page.InstanceTypes ?? []))
      NextToken = page.NextToken === '' ? undefined : page.NextToken
    } while (NextToken !== undefined)
    return infos
  }

  async #offered(region: string, zone: string, options: CallOptions): Promise<ReadonlySet<string>> {
    const names = new Set<string>()
    let NextToken: string | undefined
    do {
      const page = await this.#calls.ec2({ region, permission: 'ec2:DescribeInstanceTypeOfferings', options }, (client, sdk, sending) =>
        client.send(
          new sdk.DescribeInstanceTypeOfferingsCommand({
            LocationType: 'availability-zone',
            Filters: [{ Name: 'location', Values: [zone] }],
            ...(NextToken !== undefined && { NextToken }),
          }),
          sending,
        ),
      )
      for (const { InstanceType } of page.InstanceTypeOfferings ?? []) if (InstanceType !== undefined) names.add(InstanceType)
      NextToken = page.NextToken === '' ? undefined : page.NextToken
    } while (NextToken !== undefined)
    return names
  }
}

function typeFacts(info: InstanceTypeInfo): TypeFacts {
  return {
    vcpus: info.VCpuInfo?.DefaultVCpus ?? 0,
    memoryKiB: (info.MemoryInfo?.SizeInMiB ?? 0) * 1_024,
    arch: info.ProcessorInfo?.SupportedArchitectures?.[0] ?? null,
  }
}

/** Null: it can have it. */
function whyNot(info: InstanceTypeInfo, { facts }: SeenMachine, offered: ReadonlySet<string> | null): string | null {
  const { cloud, name } = facts
  const archs: readonly string[] = info.ProcessorInfo?.SupportedArchitectures ?? []
  if (cloud?.arch && archs.length > 0 && !archs.includes(cloud.arch)) return `${archs.join(', ')}; ${name} is ${cloud.arch}`
  if (offered && !offered.has(info.InstanceType ?? '')) return `not offered in ${cloud?.zone ?? ''}`
  return null
}
