/**
 * What runs in Chromium: a bridge between the page's world and the isolated world of the preload script, and in the latter the
 * few modules a sandboxed preload may require. Text, because it belongs to neither of our environments.
 */

/** Name of the binding through which the isolated world reaches the main process. */
export const BINDING = 'standInToMain'
/** Name of the isolated world. */
export const WORLD = 'preload'

/** Both worlds: calls into the other one are synchronous events on the document they share, as they are in Electron. */
const BRIDGE = `
const bridge = (mine, other) => {
  const kept = new Map()
  let last = 0
  let answer = null
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0))
  const text = (array) => { let s = ''; for (const b of array) s += String.fromCharCode(b); return btoa(s) }
  const encode = (value, functions) => {
    if (value === undefined) return { u: 1 }
    if (typeof value === 'function') {
      if (!functions) throw new Error('An object could not be cloned.')
      kept.set(++last, value)
      return { f: last }
    }
    if (value instanceof Promise) throw new Error('stand-in: promises are not bridged')
    if (value instanceof ArrayBuffer) return { b: text(new Uint8Array(value)) }
    if (ArrayBuffer.isView(value)) return { b: text(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)) }
    if (Array.isArray(value)) return { a: value.map((one) => encode(one, functions)) }
    if (typeof value === 'object' && value !== null)
      return { o: Object.fromEntries(Object.entries(value).map(([k, one]) => [k, encode(one, functions)])) }
    return { v: value }
  }
  const decode = (e) => {
    if ('v' in e) return e.v
    if ('f' in e) return (...args) => call(e.f, args)
    if ('b' in e) return bytes(e.b)
    if ('a' in e) return e.a.map(decode)
    if ('o' in e) return Object.fromEntries(Object.entries(e.o).map(([k, one]) => [k, decode(one)]))
    return undefined
  }
  const say = (name, value) => document.dispatchEvent(new CustomEvent(name, { detail: JSON.stringify(value) }))
  const call = (fn, args) => {
    say('stand-in:' + other, { fn, args: encode(args, true) })
    const mineNow = answer
    answer = null
    if (!mineNow) throw new Error('stand-in: the other world is not there')
    if ('error' in mineNow) throw new Error(mineNow.error)
    return decode(mineNow.ok)
  }
  document.addEventListener('stand-in:' + mine, (event) => {
    const { fn, args } = JSON.parse(event.detail)
    let said
    try { said = { ok: encode(kept.get(fn)(...decode(args)), true) } } catch (error) { said = { error: String(error && error.message || error) } }
    say('stand-in:' + other + ':answer', said)
  })
  document.addEventListener('stand-in:' + mine + ':answer', (event) => { answer = JSON.parse(event.detail) })
  return { kept, call, encode, decode }
}
`

/** The page's own world. Registered first, so that it is there when the preload script exposes something. */
export const MAIN_WORLD = `(() => {
if (window.top !== window) return
${BRIDGE}
const freeze = (value) => {
  if (typeof value === 'object' && value !== null) for (const one of Object.values(value)) freeze(one)
  return Object.freeze(value)
}
const { kept, call } = bridge('page', 'preload')
kept.set('expose', (name, api) => {
  Object.defineProperty(window, name, { value: freeze(api), writable: false, configurable: false, enumerable: true })
})
// Electron asks the program before it opens anything; Chromium would have opened it by then
window.open = (url) => {
  call('open', [new URL(url || 'about:blank', document.baseURI).href])
  return null
}
window.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a[target=_blank]') : null
  if (!link || event.defaultPrevented) return
  event.preventDefault()
  window.open(link.href)
})
})()`

/** The isolated world: the preload script as a CommonJS module, with what the sandbox gives it and nothing more. */
export function isolatedWorld(preload: string, platform: string): string {
  return `(() => {
if (window.top !== window) return
${BRIDGE}
const { kept, call, encode, decode } = bridge('preload', 'page')
kept.set('open', (url) => globalThis.${BINDING}(JSON.stringify({ open: url })))
const channels = new Map()
globalThis.standInReceive = (channel, json) => {
  const args = decode(JSON.parse(json))
  for (const listener of [...(channels.get(channel) ?? [])]) listener({}, ...args)
}
const ipcRenderer = {
  send: (channel, ...args) => globalThis.${BINDING}(JSON.stringify({ channel, args: encode(args, false) })),
  on: (channel, listener) => { channels.set(channel, [...(channels.get(channel) ?? []), listener]); return ipcRenderer },
  off: (channel, listener) => { channels.set(channel, (channels.get(channel) ?? []).filter((one) => one !== listener)); return ipcRenderer },
}
const contextBridge = { exposeInMainWorld: (name, api) => void call('expose', [name, api]) }
const require = (name) => {
  if (name === 'electron') return { ipcRenderer, contextBridge }
  throw new Error('module not found: ' + name)
}
const process = Object.freeze({ platform: ${JSON.stringify(platform)}, contextIsolated: true, sandboxed: true, type: 'renderer' })
const module = { exports: {} }
;((require, process, module, exports) => {
${preload}
})(require, process, module, module.exports)
})()`
}
