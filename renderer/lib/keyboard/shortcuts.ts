import type { MessageKey } from '../i18n/index.ts'

/** The keys that work everywhere in the fleet, with what they do: shown by the help and in the settings. */
export const SHORTCUTS: readonly (readonly [keys: readonly string[], meaning: MessageKey])[] = [
  [['Ctrl', 'K'], 'help.palette'],
  [['/'], 'help.query'],
  [['J', 'K'], 'help.move'],
  [['X'], 'help.select'],
  [['Shift', 'J'], 'help.extend'],
  [['Ctrl', 'A'], 'help.select-all'],
  [['Enter'], 'help.open'],
  [['Esc'], 'help.back'],
]
