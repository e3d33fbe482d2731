import type { KeyStroke } from './vnc-screen.ts'

type Key = readonly [keysym: number, code: string]

export interface KeyCombination {
  /** As it stands on keyboards. */
  readonly label: string
  readonly keys: readonly Key[]
}

const CTRL: Key = [0xffe3, 'ControlLeft']
const ALT: Key = [0xffe9, 'AltLeft']
const SUPER: Key = [0xffeb, 'MetaLeft']

function functionKey(number: number): KeyCombination {
  return { label: `Ctrl+Alt+F${number}`, keys: [CTRL, ALT, [0xffbd + number, `F${number}`]] }
}

/** What the browser or the desktop keeps for itself when it is pressed here. In groups, as the menu shows them. */
export const KEY_GROUPS: readonly (readonly KeyCombination[])[] = [
  [
    { label: 'Ctrl+Alt+Del', keys: [CTRL, ALT, [0xffff, 'Delete']] },
    { label: 'Ctrl+Alt+Backspace', keys: [CTRL, ALT, [0xff08, 'Backspace']] },
  ],
  [1, 2, 3, 4, 5, 6, 7].map(functionKey),
  [
    { label: 'Alt+Tab', keys: [ALT, [0xff09, 'Tab']] },
    { label: 'Alt+F4', keys: [ALT, [0xffc1, 'F4']] },
    { label: 'Ctrl+Esc', keys: [CTRL, [0xff1b, 'Escape']] },
    { label: 'Super', keys: [SUPER] },
    { label: 'Super+L', keys: [SUPER, [0x6c, 'KeyL']] },
    { label: 'Print', keys: [[0xff61, 'PrintScreen']] },
    { label: 'F11', keys: [[0xffc8, 'F11']] },
  ],
]

/** Pressed in their order, let go the other way round. */
export function strokesOf({ keys }: KeyCombination): readonly KeyStroke[] {
  const down = keys.map(([keysym, code]) => ({ keysym, code, down: true }))
  return [...down, ...down.toReversed().map((stroke) => ({ ...stroke, down: false }))]
}
