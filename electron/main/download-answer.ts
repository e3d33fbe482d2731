import { PAGE_HEADERS } from '../api/page-policy.ts'
import type { Console } from '../host/compose.ts'
import { downloadResponse } from '../host/download-response.ts'
import { PAGE_ORIGIN } from './page-files.ts'

type Sources = Pick<Console, 'takeConsole' | 'findDownload'>

/** Answers a request for `app://novacron/download/…` with what is to be saved; null: it is for the page's own files. */
export async function downloadAnswer(
  request: Pick<Request, 'url' | 'method' | 'headers' | 'signal'>,
  sources: Sources | undefined,
): Promise<Response | null> {
  if (!request.url.startsWith(`${PAGE_ORIGIN}/`) || request.method !== 'GET') return null
  const asked = { isHead: false, header: (name: string) => request.headers.get(name) ?? undefined, signal: request.signal }
  const answer = await downloadResponse(new URL(request.url), asked, sources)
  return answer && new Response(answer.body, { status: answer.status, headers: { ...PAGE_HEADERS, ...answer.headers } })
}
