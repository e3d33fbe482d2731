import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { fingerprint } from './bodies.ts'
import { projectOf } from './lists.ts'
import { invalidValue, notFound, Problem } from './problem.ts'
import { type Answer, type Call, type Route, route, textOr } from './route.ts'
import type { Bucket, RawDisk } from './world.ts'

/**
 * Cloud Storage as far as an import of images needs it, by https://cloud.google.com/storage/docs/json_api/v1, and Compute Engine's own reading of an
 * archive, which the system's tar does here: what it does not take, Compute Engine would not either.
 */

const BUCKET = '/storage/v1/b/{bucket}'
const OBJECT = `${BUCKET}/o/{object}`
const COMPOSED_AT_ONCE = 32
/** Of a raw disk so much is kept to be looked at. */
const KEPT_BYTES = 64 * 1_048_576
const GIB = 1_073_741_824
const ZEROS = Buffer.alloc(1_048_576)

function bucketOf({ world, params }: Call): Bucket {
  const bucket = world.buckets.get(params['bucket'] ?? '')
  if (bucket === undefined) throw new Problem(404, 'notFound', 'The specified bucket does not exist.')
  return bucket
}

function objectOf(call: Call): Buffer {
  const found = bucketOf(call).objects.get(decodeURIComponent(call.params['object'] ?? ''))
  if (found === undefined) throw new Problem(404, 'notFound', `No such object: ${call.params['bucket']}/${call.params['object']}`)
  return found
}

const md5Of = (bytes: Buffer): string => createHash('md5').update(bytes).digest('base64')

function objectBody({ params }: Call, name: string, bytes: Buffer): object {
  return {
    kind: 'storage#object',
    id: `${params['bucket']}/${name}/1`,
    name,
    bucket: params['bucket'],
    size: String(bytes.length),
    md5Hash: md5Of(bytes),
  }
}

function makeBucket({ world, body, query }: Call): Answer {
  const name = textOr(body['name'], '')
  if (!/^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/.test(name)) throw new Problem(400, 'invalid', `Invalid bucket name: '${name}'`)
  if (world.buckets.has(name))
    throw new Problem(409, 'conflict', 'Your previous request to create the named bucket succeeded and you already own it.')
  const location = textOr(body['location'], 'US').toUpperCase()
  const labels = (body['labels'] ?? {}) as Readonly<Record<string, string>>
  if (Object.values(labels).some((value) => !/^[a-z0-9_-]{0,63}$/.test(value))) throw new Problem(400, 'invalid', 'Invalid argument.')
  world.buckets.set(name, { project: query.get('project') ?? '', location, labels, objects: new Map() })
  return { kind: 'storage#bucket', id: name, name, location }
}

function upload(call: Call): Answer {
  const { bytes, query, headers } = call
  const name = query.get('name') ?? ''
  if (query.get('uploadType') !== 'media' || name === '') throw new Problem(400, 'required', 'Required parameter: name')
  const said = /(?:^|,)\s*md5=([^,]+)/.exec(String(headers['x-goog-hash'] ?? ''))?.[1]
  const md5 = md5Of(bytes)
  if (said !== undefined && said !== md5) {
    throw new Problem(400, 'invalid', `Provided MD5 hash "${said}" doesn't match calculated MD5 hash "${md5}".`)
  }
  bucketOf(call).objects.set(name, bytes)
  return objectBody(call, name, bytes)
}

function compose(call: Call): Answer {
  const { objects } = bucketOf(call)
  const sources = (call.body['sourceObjects'] ?? []) as ReadonlyArray<{ readonly name: string }>
  if (sources.length === 0 || sources.length > COMPOSED_AT_ONCE) {
    throw new Problem(400, 'invalid', `The number of source components provided (${sources.length}) exceeds the maximum (32)`)
  }
  const parts = sources.map(({ name }) => {
    const part = objects.get(name)
    if (part === undefined) throw new Problem(404, 'notFound', `Object ${name} was not found.`)
    return part
  })
  const name = decodeURIComponent(call.params['object'] ?? '')
  const whole = Buffer.concat(parts)
  objects.set(name, whole)
  // one that is put together has no MD5
  return { kind: 'storage#object', name, size: String(whole.length), componentCount: parts.length }
}

/** `images.insert` with a raw disk. */
export function importImage(call: Call): Answer {
  const { world, body, user, query } = call
  const project = projectOf(call)
  const name = textOr(body['name'], '')
  const { source = '', containerType } = (body['rawDisk'] ?? {}) as { readonly source?: string; readonly containerType?: string }
  const [, bucket = '', object = ''] = /^https:\/\/storage\.googleapis\.com\/([^/]+)\/(.+)$/.exec(source) ?? []
  const archive = world.buckets.get(bucket)?.objects.get(object)
  if (archive === undefined || containerType !== 'TAR')
    throw invalidValue('resource.rawDisk.source', source, 'The referenced object does not exist.')
  if (world.images.get(project)?.has(name)) {
    throw new Problem(409, 'alreadyExists', `The resource 'projects/${project}/global/images/${name}' already exists`)
  }
  let disk: RawDisk | null = null
  const work = rawDiskIn(archive).then((read) => {
    disk = read
  })
  const id = world.newId()
  const show = (status: string) =>
    world.images.get(project)?.set(name, {
      kind: 'compute#image',
      id,
      creationTimestamp: new Date().toISOString(),
      name,
      status,
      ...(disk && { diskSizeGb: String(disk.sizeBytes / GIB) }),
      archiveSizeBytes: String(archive.length),
      guestOsFeatures: body['guestOsFeatures'],
      ...(body['labels'] === undefined ? {} : { labels: body['labels'] }),
      labelFingerprint: fingerprint(body['labels']),
      selfLink: `${world.root}projects/${project}/global/images/${name}`,
    })
  // it is there at once, and no good before it is READY
  show('PENDING')
  return world.operations.begin({
    root: world.root,
    project,
    scope: 'global',
    type: 'insert',
    target: `projects/${project}/global/images/${name}`,
    targetId: id,
    user,
    durationMs: world.transitionMs,
    requestId: query.get('requestId'),
    work,
    undo: () => show('FAILED'),
    finish: () => {
      if (disk === null) {
        show('FAILED')
        return { code: 'INVALID_IMAGE', message: 'The tar archive is not a valid image: a single disk.raw of whole GiB.' }
      }
      world.rawDisks.set(`${project}/${name}`, disk)
      show('READY')
      return null
    },
  }).body
}

/** A GiB takes seconds to unpack: the same archive is read once. */
const READ = new Map<string, Promise<RawDisk | null>>()

function rawDiskIn(archive: Buffer): Promise<RawDisk | null> {
  const key = md5Of(archive)
  const read = READ.get(key) ?? unpacked(archive)
  READ.set(key, read)
  return read
}

/** As the system's tar reads it; null: it does not, or it is no disk. */
async function unpacked(archive: Buffer): Promise<RawDisk | null> {
  const tar = spawn('tar', ['--extract', '--gzip', '--to-stdout', 'disk.raw'], { stdio: ['pipe', 'pipe', 'ignore'] })
  const ended = new Promise<number | null>((resolve) => {
    tar.on('close', resolve)
    tar.on('error', () => resolve(null))
  })
  tar.stdin.on('error', () => undefined)
  tar.stdin.end(archive)
  const head = Buffer.alloc(KEPT_BYTES)
  let sizeBytes = 0
  let isEmptyBehind = true
  for await (const part of tar.stdout as AsyncIterable<Buffer>) {
    part.copy(head, sizeBytes)
    const behind = part.subarray(Math.max(0, KEPT_BYTES - sizeBytes))
    isEmptyBehind &&= behind.length <= ZEROS.length ? behind.equals(ZEROS.subarray(0, behind.length)) : behind.every((byte) => byte === 0)
    sizeBytes += part.length
  }
  if ((await ended) !== 0 || sizeBytes === 0 || sizeBytes % GIB !== 0) return null
  return { sizeBytes, head, isEmptyBehind }
}

function deleteImage(call: Call): Answer {
  const { world, params, user, query } = call
  const project = projectOf(call)
  const name = params['image'] ?? ''
  const path = `projects/${project}/global/images/${name}`
  const image = world.images.get(project)?.get(name)
  if (image === undefined) throw notFound(path)
  if (image['status'] === 'PENDING') throw new Problem(400, 'resourceNotReady', `The resource '${path}' is not ready`)
  return world.operations.begin({
    root: world.root,
    project,
    scope: 'global',
    type: 'delete',
    target: path,
    targetId: image.id,
    user,
    durationMs: world.transitionMs,
    requestId: query.get('requestId'),
    finish: () => {
      world.images.get(project)?.delete(name)
      return null
    },
  }).body
}

export const IMPORT_ROUTES: readonly Route[] = [
  route('storage.buckets.insert', 'POST', '/storage/v1/b', 'storage.buckets.create', makeBucket),
  route('storage.buckets.get', 'GET', BUCKET, 'storage.buckets.get', (call) => ({
    kind: 'storage#bucket',
    name: call.params['bucket'],
    location: bucketOf(call).location,
    labels: bucketOf(call).labels,
  })),
  route('storage.buckets.delete', 'DELETE', BUCKET, 'storage.buckets.delete', (call) => {
    if (bucketOf(call).objects.size > 0) throw new Problem(409, 'conflict', 'The bucket you tried to delete is not empty.')
    call.world.buckets.delete(call.params['bucket'] ?? '')
    return { text: '' }
  }),
  route('storage.objects.list', 'GET', `${BUCKET}/o`, 'storage.objects.list', (call) => {
    const items = [...bucketOf(call).objects].slice(0, Number(call.query.get('maxResults') ?? 1_000))
    return { kind: 'storage#objects', ...(items.length > 0 && { items: items.map(([name, bytes]) => objectBody(call, name, bytes)) }) }
  }),
  route('storage.objects.insert', 'POST', `/upload${BUCKET}/o`, 'storage.objects.create', upload),
  route('storage.objects.get', 'GET', OBJECT, 'storage.objects.get', (call) => {
    const bytes = objectOf(call)
    return call.query.get('alt') === 'media' ? { text: bytes.toString() } : objectBody(call, call.params['object'] ?? '', bytes)
  }),
  route('storage.objects.compose', 'POST', `${OBJECT}/compose`, 'storage.objects.create', compose),
  route('storage.objects.delete', 'DELETE', OBJECT, 'storage.objects.delete', (call) => {
    objectOf(call)
    bucketOf(call).objects.delete(decodeURIComponent(call.params['object'] ?? ''))
    return { text: '' }
  }),
  route('compute.images.delete', 'DELETE', '/compute/v1/projects/{project}/global/images/{image}', 'compute.images.delete', deleteImage),
]
