/** What the desktop's menus, tray and deep links ask of the page. */
export type ShellEvent = { readonly type: 'navigate'; readonly path: string } | { readonly type: 'command'; readonly id: string }

/** Reads what came over the bridge; null when it is none of ours. A path stays in the page: `//host` names another origin. */
export function readShellEvent(message: unknown): ShellEvent | null {
  if (typeof message !== 'object' || message === null || !('type' in message)) return null
  if (message.type === 'navigate' && 'path' in message && typeof message.path === 'string') {
    return /^\/(?![/\\])/.test(message.path) ? { type: 'navigate', path: message.path } : null
  }
  if (message.type === 'command' && 'id' in message && typeof message.id === 'string') return { type: 'command', id: message.id }
  return null
}
