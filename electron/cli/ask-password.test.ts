import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { askPassword } from './ask-password.ts'

/** A person at a terminal who types the next answer when asked. */
function person(...answers: readonly string[]) {
  const input = new PassThrough()
  const rest = [...answers]
  const said: string[] = []
  const complain = (line: string): void => {
    said.push(line)
    // once readline listens
    setImmediate(() => input.write(`${rest.shift()}\r`))
  }
  return { io: { interactive: true, complain }, input, said }
}

test('a password is asked for twice', async () => {
  const { io, input, said } = person('Geheim 7', 'Geheim 7')
  expect(await askPassword('Password of ada', io, input)).toBe('Geheim 7')
  expect(said).toEqual(['Password of ada: ', 'Once more: '])
})

test.each([[['Geheim 7', 'Geheim 8']], [['']]])('%j is none', async (answers) => {
  const { io, input } = person(...answers)
  await expect(askPassword('Password of ada', io, input)).rejects.toMatchObject({ code: 'cli.passwords-differ' })
})

test('without a terminal nobody is asked', async () => {
  await expect(askPassword('x', { interactive: false, complain: () => {} })).rejects.toMatchObject({ code: 'cli.no-terminal' })
})
