import { PAGE_HEADERS } from '../api/page-policy.ts'
import type { Console } from '../host/compose.ts'
import { downloadRequest, streamOf, takeOrNull } from '../host/download.ts'
import { PAGE_ORIGIN } from './page-files.ts'

/** Answers a request for `app://novacron/download/…` with a channel's bytes, which are then saved; null: it is for the page's own files. */
export function downloadAnswer(request: Pick<Request, 'url' | 'method'>, take: Console['takeConsole'] | undefined): Response | null {
  const asked = request.url.startsWith(`${PAGE_ORIGIN}/`) && request.method === 'GET' ? downloadRequest(new URL(request.url)) : null
  if (!asked) return null
  const channel = take ? takeOrNull(take, asked.token) : null
  if (!channel) return new Response(null, { status: 404, headers: { ...PAGE_HEADERS } })
  return new Response(streamOf(channel), { status: 200, headers: { ...PAGE_HEADERS, ...asked.headers } })
}
