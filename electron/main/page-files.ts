import { readFile } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'
import { PAGE_HEADERS } from '../api/page-policy.ts'

/** The page's own origin in the desktop. A real scheme rather than file://, so that it has an origin of its own. */
export const PAGE_SCHEME = 'app'
export const PAGE_ORIGIN = `${PAGE_SCHEME}://novacron`

const HTML = 'text/html; charset=utf-8'
const TYPES: Readonly<Record<string, string>> = {
  '.html': HTML,
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

/** Where the build puts what the page loads. Everything else below the origin is a view, whatever its ids look like. */
const ASSETS = '/assets/'

/**
 * Answers a request for `app://novacron/…` from the folder of the built page. Only `/assets/…` and the files beside
 * index.html are files: `/machines/c1.m.42` is a view, although it ends like a file.
 */
export async function answerPageRequest(
  root: string,
  requestUrl: string,
  method: string,
  read: (file: string) => Promise<Uint8Array> = readFile,
): Promise<PageAnswer> {
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
  if (path.includes('\0') || path.includes('\\')) return refuse(400)
  const type = TYPES[extname(path)]
  const isAsset = path.startsWith(ASSETS)
  if (isAsset && !type) return refuse(404)
  const isFile = isAsset || (type !== undefined && path.lastIndexOf('/') === 0)
  const file = normalize(join(root, isFile ? path : 'index.html'))
  if (!file.startsWith(normalize(root) + sep)) return refuse(403)
  try {
    const body = await read(file)
    return { status: 200, headers: { ...PAGE_HEADERS, 'content-type': (isFile && type) || HTML }, body }
  } catch {
    return refuse(404)
  }
}
