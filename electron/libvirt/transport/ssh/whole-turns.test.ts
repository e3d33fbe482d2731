import { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import { writeWholeTurns } from './whole-turns.ts'

function recorded() {
  const calls: string[][] = []
  const link = new Duplex({
    read: () => {},
    write: (chunk: Buffer, _encoding, done) => {
      calls.push([chunk.toString()])
      done()
    },
    writev: (chunks, done) => {
      calls.push(chunks.map(({ chunk }) => String(chunk)))
      done()
    },
  })
  return { link: writeWholeTurns(link), calls }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('what is written in one turn leaves together, in order, and the next turn on its own', async () => {
  const { link, calls } = recorded()
  for (const piece of ['length', 'data', 'tag']) link.write(piece)
  expect(calls).toEqual([])
  await turn()
  expect(calls).toEqual([['length', 'data', 'tag']])
  link.write('alone')
  await turn()
  expect(calls[1]).toEqual(['alone'])
})

test('an end in the same turn takes along what was written', async () => {
  const { link, calls } = recorded()
  link.write('last')
  link.end()
  await turn()
  expect(calls.flat()).toEqual(['last'])
  expect(link.writableFinished).toBe(true)
})
