import { expect, test } from 'vitest'
import { afterSeen, SeenTail } from './seen-tail.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (found: Uint8Array | null) => found && new TextDecoder().decode(found)

test('what follows the part that was shown already', () => {
  const tail = new SeenTail()
  tail.add(bytes('Debian GNU/Linux\r\nlogin: '))
  tail.add(bytes('root\r\n'))
  expect(text(afterSeen(tail.bytes, bytes('boot…\r\nDebian GNU/Linux\r\nlogin: root\r\n# ')))).toBe('# ')
})

test('the last place counts where the same was written twice', () => {
  expect(text(afterSeen(bytes('prompt # '), bytes('prompt # prompt # ls')))).toBe('ls')
})

test('another text, or too little to tell, is no sign', () => {
  expect(afterSeen(bytes('login: root\r\n'), bytes('a fresh console'))).toBeNull()
  expect(afterSeen(bytes('# '), bytes('# # '))).toBeNull()
})

test('only the end is kept', () => {
  const tail = new SeenTail()
  tail.add(bytes('x'.repeat(5_000)))
  tail.add(bytes('end'))
  expect(tail.bytes).toHaveLength(1_024)
  expect(text(tail.bytes.slice(-3))).toBe('end')
})
