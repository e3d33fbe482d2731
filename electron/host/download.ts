import type { ByteChannel } from '../providers/provider.ts'

/** Where a page takes a channel's bytes as a file: `/download/<token>/<file name>?size=<bytes>`, once. */
const DOWNLOAD = /^\/download\/([\w-]{20,60})\/([^/]{1,900})$/

export interface DownloadRequest {
  readonly token: string
  readonly headers: Readonly<Record<string, string>>
}

/** Reads such an address; null: it is none. */
export function downloadRequest(url: URL): DownloadRequest | null {
  const [, token, encoded] = DOWNLOAD.exec(url.pathname) ?? []
  if (token === undefined || encoded === undefined) return null
  const size = url.searchParams.get('size') ?? ''
  return {
    token,
    headers: {
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename*=UTF-8''${extValue(encoded)}`,
      'cache-control': 'no-store',
      // Without it a browser takes a broken way for the end of the file.
      ...(/^\d{1,16}$/.test(size) && { 'content-length': size }),
    },
  }
}

/** RFC 5987, section 3.2.1: what an address may hold as it is and a header's extended value may not is encoded as well. */
function extValue(encoded: string): string {
  return encodeURIComponent(decoded(encoded)).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return 'download'
  }
}

/** A channel's bytes as a stream, which fails where the channel does. */
export function streamOf(channel: ByteChannel): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      try {
        const bytes = await channel.read()
        if (bytes === null) {
          channel.close()
          controller.close()
        } else controller.enqueue(bytes)
      } catch (thrown) {
        channel.close()
        controller.error(thrown)
      }
    },
    cancel: () => channel.close(),
  })
}

/** Null: taken already, or too late. */
export function takeOrNull(take: (token: string) => ByteChannel, token: string): ByteChannel | null {
  try {
    return take(token)
  } catch {
    return null
  }
}
