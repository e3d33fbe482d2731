import { createHash } from 'node:crypto'
import type { ByteChannel } from '../../providers/provider.ts'
import { type Digest, formatManifest } from './manifest.ts'
import { problem } from './ova-errors.ts'
import { padded, TAR_BLOCK, tarHeader } from './tar.ts'

/** A disk image that goes into the archive. */
export interface StreamedFile {
  readonly name: string
  readonly sizeBytes: number
  readonly open: () => Promise<ByteChannel>
}

export interface OvaParts {
  /** Of the descriptor and the manifest, without an extension. */
  readonly name: string
  readonly descriptor: string
  readonly files: readonly StreamedFile[]
  readonly modifiedAtMs: number
}

const ALGORITHM = 'sha256'
const HEX_DIGITS = 64

/** How large the archive is: known before anything of it is read. */
export function ovaSizeBytes(parts: OvaParts): number {
  const manifest = formatManifest(new Map(namesOf(parts).map((name) => [name, { algorithm: ALGORITHM, hex: '0'.repeat(HEX_DIGITS) }])))
  const sizes = [Buffer.byteLength(parts.descriptor), ...parts.files.map(({ sizeBytes }) => sizeBytes), Buffer.byteLength(manifest)]
  return sizes.reduce((sum, sizeBytes) => sum + TAR_BLOCK + padded(sizeBytes), 2 * TAR_BLOCK)
}

/**
 * The archive from front to back: the descriptor, the disks in its order, and at the end the manifest, which is only known then (DSP0243,
 * "Distribution", allows either place). Nothing of a disk is kept. Throws what the files’ channels
 * throw, and AppError conflict ova.file-changed for one that is not as long as was said.
 */
export async function* ovaBytes(parts: OvaParts): AsyncGenerator<Uint8Array, void> {
  const digests = new Map<string, Digest>()
  const descriptor = new TextEncoder().encode(parts.descriptor)
  const [descriptorName = ''] = namesOf(parts)
  yield* small(descriptorName, descriptor, parts.modifiedAtMs)
  digests.set(descriptorName, { algorithm: ALGORITHM, hex: createHash(ALGORITHM).update(descriptor).digest('hex') })
  for (const file of parts.files) {
    yield tarHeader(file.name, file.sizeBytes, parts.modifiedAtMs)
    const hash = createHash(ALGORITHM)
    yield* wholeFile(file, (bytes) => hash.update(bytes))
    yield new Uint8Array(padded(file.sizeBytes) - file.sizeBytes)
    digests.set(file.name, { algorithm: ALGORITHM, hex: hash.digest('hex') })
  }
  yield* small(`${parts.name}.mf`, new TextEncoder().encode(formatManifest(digests)), parts.modifiedAtMs)
  yield new Uint8Array(2 * TAR_BLOCK)
}

/** Gives the bytes as a channel; closing it gives up what is open. */
export function channelOf(bytes: AsyncGenerator<Uint8Array, void>, onEnd: (isWhole: boolean) => void): ByteChannel {
  let isOver = false
  const end = (isWhole: boolean): void => {
    if (isOver) return
    isOver = true
    onEnd(isWhole)
  }
  return {
    async read() {
      if (isOver) return null
      try {
        for (;;) {
          const { value, done } = await bytes.next()
          if (done) {
            end(true)
            return null
          }
          if (value.length > 0) return value
        }
      } catch (thrown) {
        end(false)
        throw thrown
      }
    },
    write: () => Promise.resolve(),
    close() {
      end(false)
      void bytes.return()
    },
  }
}

function namesOf({ name, files }: OvaParts): string[] {
  return [`${name}.ovf`, ...files.map((file) => file.name)]
}

async function* small(name: string, bytes: Uint8Array, modifiedAtMs: number): AsyncGenerator<Uint8Array, void> {
  yield tarHeader(name, bytes.length, modifiedAtMs)
  yield bytes
  yield new Uint8Array(padded(bytes.length) - bytes.length)
}

async function* wholeFile({ name, sizeBytes, open }: StreamedFile, see: (bytes: Uint8Array) => void): AsyncGenerator<Uint8Array, void> {
  const channel = await open()
  try {
    let have = 0
    for (let bytes = await channel.read(); bytes !== null; bytes = await channel.read()) {
      have += bytes.length
      if (have > sizeBytes) break
      see(bytes)
      yield bytes
    }
    if (have !== sizeBytes) {
      throw problem('conflict', 'ova.file-changed', `“${name}” changed while the package was written. Export the machine again.`, { name })
    }
  } finally {
    channel.close()
  }
}
