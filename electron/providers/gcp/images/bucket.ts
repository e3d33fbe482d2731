import { createHash } from 'node:crypto'
import { isAppError } from '../../../../shared/errors/index.ts'
import { problems } from '../../cloud/index.ts'
import type { CallOptions } from '../../provider.ts'
import type { GcpClient } from '../client.ts'
import { LABEL } from '../problems.ts'

/** Takes so many objects in one call: https://cloud.google.com/storage/docs/json_api/v1/objects/compose */
const COMPOSED_AT_ONCE = 32
/** A disk of 2 TiB comes in 65,536 windows. */
const DELETED_AT_ONCE = 16
/** Whatever becomes of this console, nothing stays in it for longer. */
const GONE_AFTER_DAYS = 14

export interface BucketAt {
  readonly project: string
  readonly bucket: string
}

/** One bucket of Cloud Storage that is there for one disk's way into Compute Engine. Each call may be said again. */
export class ImportBucket {
  readonly #client: GcpClient
  readonly #at: BucketAt

  constructor(client: GcpClient, at: BucketAt) {
    this.#client = client
    this.#at = at
  }

  /**
   * Its name is made of a random token, so one of that name is ours. `location` null: Google's own choice. `about` is what {@link labels} tells later:
   * in one call with the bucket, so that there is none of which nobody knows what it is for.
   */
  async make(location: string | null, about: Readonly<Record<string, string>>, options: CallOptions): Promise<void> {
    const { project, bucket } = this.#at
    const body = {
      name: bucket,
      ...(location !== null && { location }),
      labels: { 'made-by': 'novacron', ...about },
      iamConfiguration: { uniformBucketLevelAccess: { enabled: true }, publicAccessPrevention: 'enforced' },
      lifecycle: { rule: [{ action: { type: 'Delete' }, condition: { age: GONE_AFTER_DAYS } }] },
      softDeletePolicy: { retentionDurationSeconds: '0' },
    }
    await this.#client
      .rest('storage', this.#call('storage.buckets.insert', 'storage.buckets.create'), 'storage/v1/b', options, {
        params: { project },
        body,
      })
      .catch((thrown: unknown) => {
        if (!isAppError(thrown) || thrown.remote?.['httpStatus'] !== 409) throw thrown
      })
  }

  /** Null: there is no such bucket. */
  async labels(options: CallOptions): Promise<Readonly<Record<string, string>> | null> {
    const path = `storage/v1/b/${this.#at.bucket}`
    const asked = this.#client.rest<{ readonly labels?: Readonly<Record<string, string>> }>(
      'storage',
      this.#read('storage.buckets.get'),
      path,
      options,
    )
    return await orNull(asked.then(({ labels = {} }) => labels))
  }

  /** Written over if it is there. Google compares the sum with what has come. */
  async put(name: string, bytes: Buffer, options: CallOptions): Promise<void> {
    const md5Hash = createHash('md5').update(bytes).digest('base64')
    const call = this.#call('storage.objects.insert', 'storage.objects.create')
    const path = `upload/storage/v1/b/${this.#at.bucket}/o`
    const answer = await this.#client.rest<{ readonly md5Hash?: string }>('storage', call, path, options, {
      params: { uploadType: 'media', name },
      bytes,
      headers: { 'content-type': 'application/octet-stream', 'x-goog-hash': `md5=${md5Hash}` },
    })
    if (answer.md5Hash !== undefined && answer.md5Hash !== md5Hash) throw problems.notUnderstood(LABEL, 'an upload with another sum')
  }

  /** All of them, in their order, as one. Between them and it there are others, which go with the bucket. */
  async compose(names: readonly string[], into: string, options: CallOptions): Promise<void> {
    let level = names
    for (let round = 0; level.length > COMPOSED_AT_ONCE; round++) {
      const next: string[] = []
      for (let from = 0; from < level.length; from += COMPOSED_AT_ONCE) {
        const name = `joined-${round}-${next.length}`
        await this.#join(level.slice(from, from + COMPOSED_AT_ONCE), name, options)
        next.push(name)
      }
      level = next
    }
    await this.#join(level, into, options)
  }

  async remove(options: CallOptions): Promise<void> {
    const { bucket } = this.#at
    if ((await this.labels(options)) === null) return
    for (;;) {
      const { items = [] } = await this.#client.rest<{ readonly items?: ReadonlyArray<{ readonly name: string }> }>(
        'storage',
        this.#read('storage.objects.list'),
        `storage/v1/b/${bucket}/o`,
        options,
        { params: { fields: 'items(name)', maxResults: 500 } },
      )
      if (items.length === 0) break
      for (let from = 0; from < items.length; from += DELETED_AT_ONCE) {
        const some = items.slice(from, from + DELETED_AT_ONCE)
        await Promise.all(some.map(({ name }) => orNull(this.#delete('storage.objects.delete', this.#object(name), options))))
      }
    }
    await orNull(this.#delete('storage.buckets.delete', `storage/v1/b/${bucket}`, options))
  }

  #join(names: readonly string[], into: string, options: CallOptions): Promise<unknown> {
    return this.#client.rest(
      'storage',
      this.#call('storage.objects.compose', 'storage.objects.create'),
      `${this.#object(into)}/compose`,
      options,
      { body: { sourceObjects: names.map((name) => ({ name })), destination: { contentType: 'application/gzip' } } },
    )
  }

  #delete(method: string, path: string, options: CallOptions): Promise<unknown> {
    return this.#client.rest('storage', this.#call(method, method), path, options, { method: 'DELETE' })
  }

  #object(name: string): string {
    return `storage/v1/b/${this.#at.bucket}/o/${encodeURIComponent(name)}`
  }

  #call(method: string, permission: string) {
    return { method, permission, project: this.#at.project, changes: true } as const
  }

  #read(method: string) {
    return { method, project: this.#at.project } as const
  }
}

/** Null for what is not there. */
async function orNull<T>(asking: Promise<T>): Promise<T | null> {
  try {
    return await asking
  } catch (thrown) {
    if (isAppError(thrown) && thrown.kind === 'not-found') return null
    throw thrown
  }
}
