import { EventEmitter } from 'node:events'
import { app } from './app.ts'

/** Chromium takes no new scheme from outside: pages of `app://novacron` are served under this origin, and translated on the way. */
const SYNTHETIC_HOST_END = '.stand-in.invalid'

interface SchemePrivileges {
  readonly scheme: string
  readonly privileges: Readonly<Record<string, boolean>>
}

const schemes = new Map<string, SchemePrivileges['privileges']>()
const handlers = new Map<string, (request: Request) => Response | Promise<Response>>()

/** `app://novacron/fleet` becomes `https://app--novacron.stand-in.invalid/fleet`. Other addresses stay. */
export function toChromium(url: string): string {
  const { scheme, host, rest } = /^(?<scheme>[a-z][a-z0-9+.-]*):\/\/(?<host>[^/?#]+)(?<rest>.*)$/i.exec(url)?.groups ?? {}
  return scheme && handlers.has(scheme) ? `https://${scheme}--${host}${SYNTHETIC_HOST_END}${rest ?? ''}` : url
}

export function toElectron(url: string): string {
  const { scheme, host, rest } = /^https:\/\/(?<scheme>[a-z]+)--(?<host>[^./]+)\.stand-in\.invalid(?<rest>.*)$/.exec(url)?.groups ?? {}
  return scheme && handlers.has(scheme) ? `${scheme}://${host}${rest ?? ''}` : url
}

/** The answer of the program's own handler; null: no scheme of ours. */
export async function answerRequest(url: string, method: string, headers: Readonly<Record<string, string>>): Promise<Response | null> {
  const handler = handlers.get(new URL(url).protocol.slice(0, -1))
  if (!handler) return null
  return handler(new Request(url, { method, headers }))
}

export const protocol = {
  registerSchemesAsPrivileged(custom: readonly SchemePrivileges[]): void {
    app.mustNotBeReady('protocol.registerSchemesAsPrivileged')
    for (const { scheme, privileges } of custom) schemes.set(scheme, privileges)
  },
  handle(scheme: string, handler: (request: Request) => Response | Promise<Response>): void {
    if (!app.isReady()) throw new Error('protocol.handle before the app is ready')
    if (!schemes.get(scheme)?.['standard']) throw new Error(`stand-in: ${scheme} has no origin, it was not registered as standard`)
    handlers.set(scheme, handler)
  },
}

type BeforeRequest = (details: { readonly url: string }, answer: (verdict: { readonly cancel?: boolean }) => void) => void

/** Permission handlers are kept for tests to call: Chromium asks nobody outside Electron. Requests do pass onBeforeRequest. */
class StandInSession extends EventEmitter {
  permissionRequestHandler: unknown = null
  permissionCheckHandler: unknown = null
  devicePermissionHandler: unknown = null
  #beforeRequest: { readonly urls: readonly string[]; readonly listener: BeforeRequest } | null = null

  setPermissionRequestHandler(handler: unknown): void {
    this.permissionRequestHandler = handler
  }

  setPermissionCheckHandler(handler: unknown): void {
    this.permissionCheckHandler = handler
  }

  setDevicePermissionHandler(handler: unknown): void {
    this.devicePermissionHandler = handler
  }

  readonly webRequest = {
    onBeforeRequest: (filter: { readonly urls: readonly string[] }, listener: BeforeRequest): void => {
      this.#beforeRequest = { urls: filter.urls, listener }
    },
  }

  /** Whether the program cancels this request. */
  async cancels(url: string): Promise<boolean> {
    const rule = this.#beforeRequest
    // a match pattern such as https://*/*: the scheme decides
    if (!rule?.urls.some((pattern) => url.startsWith(pattern.slice(0, pattern.indexOf('*'))))) return false
    return new Promise((resolve) => rule.listener({ url }, (verdict) => resolve(verdict.cancel === true)))
  }
}

export const session = { defaultSession: new StandInSession() }
