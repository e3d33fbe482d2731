import type { CallOptions, Clock } from '../provider.ts'
import type { AwsCalls } from './calls.ts'
import { spared } from './spared.ts'

/** Ids in one filter. */
const MOST_IDS = 200
const KEPT_MS = 3_600_000

/** Names of the images that machines were made from. An image's name never changes; one that was taken back or is not shared has none. */
export class ImageNames {
  readonly #calls: AwsCalls
  readonly #clock: Clock
  readonly #known = new Map<string, string>()
  /** Images that were not told, and when. */
  readonly #unknown = new Map<string, number>()

  constructor(calls: AwsCalls, clock: Clock) {
    this.#calls = calls
    this.#clock = clock
  }

  get(id: string): string | null {
    return this.#known.get(id) ?? null
  }

  /** By a filter, as an id in the call itself that is gone would refuse the whole call. Without the permission they go by their ids. */
  async learn(region: string, ids: Iterable<string>, options: CallOptions): Promise<void> {
    const nowMs = this.#clock.nowMs()
    const news = [...new Set(ids)].filter((id) => !this.#known.has(id) && nowMs - (this.#unknown.get(id) ?? -KEPT_MS) >= KEPT_MS)
    for (let at = 0; at < news.length; at += MOST_IDS) {
      const asked = news.slice(at, at + MOST_IDS)
      const request = { region, permission: 'ec2:DescribeImages', options }
      const answer = await spared(
        this.#calls.ec2(request, (client, sdk, sending) =>
          client.send(new sdk.DescribeImagesCommand({ Filters: [{ Name: 'image-id', Values: asked }], IncludeDeprecated: true }), sending),
        ),
      )
      for (const { ImageId, Name } of answer?.Images ?? []) if (ImageId !== undefined && Name) this.#known.set(ImageId, Name)
      for (const id of asked) if (!this.#known.has(id)) this.#unknown.set(id, nowMs)
    }
  }
}
