/** Colours by the role of the design, read from the style sheet: a canvas does not follow it by itself. */
export type Palette = Readonly<
  Record<'surface' | 'sunken' | 'rowLine' | 'line' | 'control' | 'text' | 'text2' | 'text3' | 'accent' | 'selected' | 'ok' | 'warn', string>
>

const TOKENS: Readonly<Record<keyof Palette, string>> = {
  surface: '--nc-surface',
  sunken: '--nc-sunken',
  rowLine: '--nc-row-line',
  line: '--nc-line',
  control: '--nc-line-control',
  text: '--nc-text',
  text2: '--nc-text-2',
  text3: '--nc-text-3',
  accent: '--nc-accent',
  selected: '--nc-selected',
  ok: '--nc-ok',
  warn: '--nc-warn',
}

export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement)
  return Object.fromEntries(Object.entries(TOKENS).map(([role, token]) => [role, style.getPropertyValue(token).trim()])) as Palette
}
