import { expect, test } from 'vitest'
import type { Session } from '../connect.ts'
import { act, type Io } from './act.ts'

function setup() {
  const asked: unknown[] = []
  const said: string[] = []
  const machine = { id: 'c1.m.1', name: 'web' }
  const refused = { machineId: machine.id, name: 'we\u{1b}b', reason: { code: 'x', text: 'the guest\u{1b}[2J says no' } }
  const client = {
    inventory: { machines: async () => ({ total: 1, items: [{ machine, hostName: 'a' }], cursor: null }) },
    machines: {
      act: async (input: unknown) => {
        asked.push(input)
        return { taskId: 't1', accepted: 0, refused: [refused] }
      },
    },
  }
  const io: Io = { print: (line) => said.push(line), complain: (line) => said.push(line), interactive: false }
  const run = (query: string | undefined, names: readonly string[] = []) =>
    act(
      { client } as unknown as Session,
      { action: 'powerOff' },
      { names, query, yes: true, wait: false, json: false, reason: undefined },
      io,
    )
  return { asked, said, run }
}

test.each(['', '  '])('an empty query (%j), as an unset variable leaves it, is not all machines', async (query) => {
  const { asked, run } = setup()
  await expect(run(query)).rejects.toMatchObject({ kind: 'invalid-input', code: 'cli.empty-query' })
  expect(asked).toEqual([])
})

test('neither names nor a query: wrong usage, and nothing is asked', async () => {
  const { asked, run } = setup()
  await expect(run(undefined)).rejects.toMatchObject({ kind: 'invalid-input', code: 'cli.no-targets' })
  expect(asked).toEqual([])
})

test('what a host says cannot steer the terminal', async () => {
  const { said, run } = setup()
  expect(await run('state:running')).toBe(1)
  expect(said.join('')).toContain('says no')
  expect(said.join('')).not.toContain('\u{1b}')
})
