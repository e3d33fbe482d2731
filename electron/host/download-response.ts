import type { DownloadLink } from '../engine/volumes/download-links.ts'
import type { ByteChannel } from '../providers/provider.ts'
import { downloadRequest, streamOf, takeOrNull } from './download.ts'
import { type FileAnswer, type FileRequest, fileAnswer } from './file-answer.ts'

export interface DownloadSources {
  readonly takeConsole: (token: string) => ByteChannel
  /** What was begun to be saved and may be asked for again; null: nothing under that token. */
  readonly findDownload: (token: string) => DownloadLink | null
}

/** Answers a request for what is saved: a volume in whole or in part, anything else whole and once. Null: it is for something else. */
export async function downloadResponse(url: URL, request: FileRequest, sources: DownloadSources | undefined): Promise<FileAnswer | null> {
  const asked = downloadRequest(url)
  if (!asked) return null
  const take = () => (sources ? takeOrNull(sources.takeConsole, asked.token) : null)
  const link = sources?.findDownload(asked.token)
  const { 'content-length': stated, ...named } = asked.headers
  if (link) return await fileAnswer(link, take, request, named)
  if (request.isHead) return { status: 405, headers: { allow: 'GET' }, body: null }
  const channel = take()
  if (!channel) return { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'There is no such file any more.' }
  const length = stated === undefined ? {} : { 'content-length': stated }
  return { status: 200, headers: { ...named, ...length, 'accept-ranges': 'none' }, body: streamOf(channel) }
}
