import { readFile } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'
import { PAGE_HEADERS } from '../api/page-policy.ts'

/** The page's own origin in the desktop. A real scheme rather than file://, so that it has an origin of its own. */
export const PAGE_SCHEME = 'app'
export const PAGE_ORIGIN = `${PAGE_SCHEME}://novacron`

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
}

export interface PageAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | null
}

/** Answers a request for `app://novacron/…` from the folder of the built page. Paths without an extension are views: the page itself. */
export async function answerPageRequest(root: string, requestUrl: string, method: string): Promise<PageAnswer> {
  const refuse = (status: number): PageAnswer => ({ status, headers: { ...PAGE_HEADERS }, body: null })
  if (method !== 'GET') return refuse(405)
  const url = new URL(requestUrl)
  if (`${url.protocol}//${url.host}` !== PAGE_ORIGIN) return refuse(404)
  let path: string
  try {
    path = decodeURIComponent(url.pathname)
  } catch {
    return refuse(400)
  }
  const isView = extname(path) === ''
  const file = normalize(join(root, isView ? 'index.html' : path))
  if (path.includes('\0') || !file.startsWith(normalize(root) + sep)) return refuse(403)
  const type = TYPES[extname(file)]
  if (!type) return refuse(404)
  try {
    return { status: 200, headers: { ...PAGE_HEADERS, 'content-type': type }, body: await readFile(file) }
  } catch {
    return refuse(404)
  }
}
