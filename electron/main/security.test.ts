import { EventEmitter } from 'node:events'
import type { App, Session } from 'electron'
import { expect, test, vi } from 'vitest'
import { isOpenable, isOwnPage, lockContents, lockSession, securePreferences } from './security.ts'

test('every default of a window is written out', () => {
  expect(securePreferences('/preload.cjs')).toEqual({
    preload: '/preload.cjs',
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    navigateOnDragDrop: false,
    spellcheck: false,
  })
})

test.each(['https://libvirt.org/formatdomain.html', 'https://github.com/x/y?z#1'])('%s may leave for the browser', (url) => {
  expect(isOpenable(url)).toBe(true)
})

test.each([
  'http://libvirt.org/',
  'https://libvirt.org.evil.example/',
  'https://evil.example/?libvirt.org',
  'https://user@libvirt.org/',
  'https://:secret@libvirt.org/',
  'https://libvirt.org:8443/',
  'file:///etc/passwd',
  'smb://libvirt.org/share',
  'javascript:alert(1)',
  'novacron://open/',
  'libvirt.org',
])('%s may not', (url) => {
  expect(isOpenable(url)).toBe(false)
})

test('own pages are those of our origin alone', () => {
  expect(['app://novacron', 'app://novacron/', 'app://novacron/fleet'].every(isOwnPage)).toBe(true)
  expect(['app://novacron.evil/', 'app://novacronx', 'about:blank', 'https://novacron/', ''].some(isOwnPage)).toBe(false)
})

type Handler = (...given: never[]) => unknown

function lockedSession() {
  const handlers: Record<string, Handler> = {}
  let filter: { urls: string[] } = { urls: [] }
  const session = Object.assign(new EventEmitter(), {
    setPermissionRequestHandler: (handler: Handler) => Object.assign(handlers, { request: handler }),
    setPermissionCheckHandler: (handler: Handler) => Object.assign(handlers, { check: handler }),
    setDevicePermissionHandler: (handler: Handler) => Object.assign(handlers, { device: handler }),
    webRequest: {
      onBeforeRequest: (given: { urls: string[] }, handler: Handler) => {
        filter = given
        handlers['before'] = handler
      },
    },
  })
  lockSession(session as unknown as Session)
  const request = (permission: string, url: string) => {
    const answer = vi.fn<(...given: unknown[]) => void>()
    handlers['request']?.({ getURL: () => url } as never, permission as never, answer as never)
    return answer.mock.calls
  }
  const check = (permission: string, origin: string) => handlers['check']?.(null as never, permission as never, origin as never)
  return { session, handlers, filter, request, check }
}

test('permissions: two for our page, none for anybody else', () => {
  const { request, check, handlers } = lockedSession()
  for (const permission of ['fullscreen', 'clipboard-sanitized-write']) {
    expect(request(permission, 'app://novacron/fleet')).toEqual([[true]])
    expect(check(permission, 'app://novacron/')).toBe(true)
    expect(request(permission, 'https://evil.example/')).toEqual([[false]])
    expect(check(permission, 'https://evil.example/')).toBe(false)
  }
  for (const permission of ['media', 'geolocation', 'notifications', 'clipboard-read', 'openExternal', 'usb', 'hid', 'serial', 'unknown']) {
    expect(request(permission, 'app://novacron/fleet')).toEqual([[false]])
    expect(check(permission, 'app://novacron/')).toBe(false)
  }
  expect(handlers['device']?.({ deviceType: 'usb', origin: 'app://novacron' } as never)).toBe(false)
})

test('the page reaches no network', () => {
  const { filter, handlers } = lockedSession()
  expect(filter.urls).toEqual(expect.arrayContaining(['http://*/*', 'https://*/*', 'ws://*/*', 'wss://*/*', 'file://*/*']))
  const answer = vi.fn<(...given: unknown[]) => void>()
  handlers['before']?.({ url: 'https://evil.example/' } as never, answer as never)
  expect(answer.mock.calls).toEqual([[{ cancel: true }]])
})

test('only what the page made itself is saved', () => {
  const { session } = lockedSession()
  const download = (url: string) => {
    const event = { preventDefault: vi.fn<(...given: unknown[]) => void>() }
    session.emit('will-download', event, { getURL: () => url })
    return event.preventDefault.mock.calls.length
  }
  expect(download('blob:app://novacron/1234')).toBe(0)
  expect(download('app://novacron/download/t/debian.iso')).toBe(0)
  expect(download('app://novacron/fleet')).toBe(1)
  expect(download('https://evil.example/x.exe')).toBe(1)
  expect(download('blob:https://evil.example/1')).toBe(1)
})

function lockedContents() {
  const app = new EventEmitter()
  const opened: string[] = []
  const windows: string[] = []
  lockContents(app as unknown as App, { openExternal: (url) => opened.push(url), openConsole: (path) => windows.push(path) })
  let shown = 'app://novacron/fleet'
  let openHandler: (details: { url: string }) => unknown = () => null
  const contents = Object.assign(new EventEmitter(), {
    getURL: () => shown,
    setWindowOpenHandler: (handler: typeof openHandler) => {
      openHandler = handler
    },
  })
  app.emit('web-contents-created', {}, contents)
  const denied = (event: string, details: Record<string, unknown>) => {
    const preventDefault = vi.fn<(...given: unknown[]) => void>()
    contents.emit(event, { ...details, preventDefault })
    return preventDefault.mock.calls.length > 0
  }
  const open = (url: string, from = shown) => {
    shown = from
    return openHandler({ url })
  }
  return { app, denied, open, opened, windows }
}

test('no page opens a window; listed documentation goes to the browser', () => {
  const { open, opened } = lockedContents()
  for (const url of ['https://evil.example/', 'app://novacron/fleet', 'about:blank', 'https://libvirt.org/']) {
    expect(open(url)).toEqual({ action: 'deny' })
  }
  expect(opened).toEqual(['https://libvirt.org/'])
})

test('a console of our page gets a window of ours, which the page has no hold of; nothing else does', () => {
  const { open, opened, windows } = lockedContents()
  expect(open('app://novacron/console/c1.m.1?kind=vnc&index=0')).toEqual({ action: 'deny' })
  open('app://novacron/settings')
  open('app://novacron/consoles')
  open('app://evil/console/c1.m.1')
  open('app://novacron/console/c1.m.2', 'https://evil.example/')
  expect(windows).toEqual(['/console/c1.m.1?kind=vnc&index=0'])
  expect(opened).toEqual([])
})

test.each(['will-navigate', 'will-redirect', 'will-frame-navigate'])('%s leads nowhere but to our page', (event) => {
  const { denied } = lockedContents()
  expect(denied(event, { url: 'app://novacron/fleet', isMainFrame: true })).toBe(false)
  for (const url of ['https://evil.example/', 'about:blank', 'file:///etc/passwd', 'data:text/html,x']) {
    expect(denied(event, { url, isMainFrame: true })).toBe(true)
  }
})

test('a frame inside the page goes nowhere at all', () => {
  expect(lockedContents().denied('will-frame-navigate', { url: 'app://novacron/fleet', isMainFrame: false })).toBe(true)
})

test('no webview, no exception for a certificate, no certificate or password of ours', () => {
  const { app, denied } = lockedContents()
  expect(denied('will-attach-webview', {})).toBe(true)
  const event = { preventDefault: vi.fn<(...given: unknown[]) => void>() }
  const answer = vi.fn<(...given: unknown[]) => void>()
  app.emit('certificate-error', event, {}, 'https://evil.example/', 'ERR', {}, answer)
  expect(answer.mock.calls).toEqual([[false]])
  app.emit('select-client-certificate', event)
  app.emit('login', event)
  expect(event.preventDefault).toHaveBeenCalledTimes(3)
})
