import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { readLine } from './console-login.ts'

function setUp(echo: boolean) {
  const [input, output] = [new PassThrough(), new PassThrough()]
  const raw: boolean[] = []
  const terminal = { input: Object.assign(input, { isTTY: true, setRawMode: (on: boolean) => void raw.push(on) }), output }
  const answer = readLine('Password: ', echo, terminal)
  const shown = () => String(output.read() ?? '')
  return { answer, input, raw, shown }
}

test('a password is read without a trace on the terminal, corrections included', async () => {
  const { answer, input, raw, shown } = setUp(false)
  input.write('sesamX\u007fe\r')
  expect(await answer).toBe('sesame')
  expect(shown()).toBe('Password: \n')
  expect(raw).toEqual([true, false])
})

test('what may be seen is seen', async () => {
  const { answer, input, shown } = setUp(true)
  input.write('12')
  input.write('x\b3\n')
  expect(await answer).toBe('123')
  expect(shown()).toBe('Password: 12x\b \b3\n')
})

test.each(['half\u0003', 'half\u0004'])('Ctrl and C, or D, refuses', async (typed) => {
  const { answer, input } = setUp(false)
  input.write(typed)
  expect(await answer).toBeNull()
})

test('an input that ends refuses', async () => {
  const { answer, input } = setUp(false)
  input.end()
  expect(await answer).toBeNull()
})
