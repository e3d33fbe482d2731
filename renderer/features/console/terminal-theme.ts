import type { ITheme } from '@xterm/xterm'

/** The sixteen colours of a terminal on the page's surfaces: each has 4.5:1 there, but for the one that is the background itself. */
const LIGHT: ITheme = {
  black: '#16181b',
  red: '#b1380b',
  green: '#3d7317',
  yellow: '#855200',
  blue: '#0066cc',
  magenta: '#8a3ab9',
  cyan: '#0a6f78',
  white: '#656b74',
  brightBlack: '#474c54',
  brightRed: '#c9400c',
  brightGreen: '#47821d',
  brightYellow: '#8f5c00',
  brightBlue: '#0a6fd6',
  brightMagenta: '#9a4bc9',
  brightCyan: '#0b7882',
  brightWhite: '#16181b',
}

const DARK: ITheme = {
  black: '#31363c',
  red: '#f58f68',
  green: '#8bc163',
  yellow: '#e5b84b',
  blue: '#86bff7',
  magenta: '#c79bf0',
  cyan: '#5fd0d8',
  white: '#b7bdc6',
  brightBlack: '#929aa5',
  brightRed: '#ffab8a',
  brightGreen: '#a6d883',
  brightYellow: '#f5d27a',
  brightBlue: '#a9d3fb',
  brightMagenta: '#d9b8f7',
  brightCyan: '#86e2e8',
  brightWhite: '#ffffff',
}

function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

/** The terminal's colours in the page's present theme. */
export function terminalTheme(): ITheme {
  const dark = document.documentElement.classList.contains('pf-v6-theme-dark')
  const [background, foreground] = [token('--nc-surface') || '#ffffff', token('--nc-text') || '#16181b']
  return {
    ...(dark ? DARK : LIGHT),
    background,
    foreground,
    cursor: foreground,
    cursorAccent: background,
    selectionBackground: dark ? '#35557a' : '#bcd5ee',
  }
}

/** The page's own font for commands. */
export function terminalFont(): string {
  return token('--pf-t--global--font--family--mono') || 'monospace'
}
