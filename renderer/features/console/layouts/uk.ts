import type { Layout } from './layout.ts'
import { us } from './us.ts'

export const uk: Layout = {
  id: 'uk',
  keys: {
    ...us.keys,
    Backquote: '`¬',
    Digit2: '2"',
    Digit3: '3£',
    Digit4: '4$€',
    Quote: `'@`,
    Backslash: '#~',
    IntlBackslash: '\\|',
  },
}
