import { expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import type { TaskId } from '../../../shared/model/index.ts'
import type { Client } from '../../api/client.ts'
import { resumeMove } from './resume-move.ts'

const TASK = 't1' as TaskId

function bench(state: 'succeeded' | 'failed') {
  const asked: unknown[] = []
  const said: string[] = []
  const error = state === 'failed' ? { kind: 'remote-failure', code: 'migration.failed', message: 'It did not go.\u001b[2J' } : null
  const client = {
    migrations: {
      resume: async (input: unknown) => void asked.push(input),
      watch: async function* () {},
    },
    tasks: { get: async () => ({ id: TASK, state, error, children: null, progress: { note: null } }), cancel: async () => {} },
  } as unknown as Client
  const io = { print: () => {}, complain: (line: string) => void said.push(line), interactive: false }
  return { client, io, asked, said }
}

test('makes the next try now, and waits for the end', async () => {
  const { client, io, asked } = bench('succeeded')
  expect(await resumeMove(client, TASK, false, io)).toBe(0)
  expect(asked).toEqual([{ taskId: 't1' }])
})

test('tells why it came to nothing', async () => {
  const { client, io, said } = bench('failed')
  expect(await resumeMove(client, TASK, true, io)).toBe(1)
  expect(said).toContain('It did not go.\u{fffd}[2J')
})

test('what has not broken is refused before anything is waited for', async () => {
  const { client, io } = bench('succeeded')
  client.migrations.resume = () =>
    Promise.reject(new AppError({ kind: 'precondition', code: 'migration.nothing-to-resume', message: 'It goes on.' }))
  await expect(resumeMove(client, TASK, false, io)).rejects.toMatchObject({ code: 'migration.nothing-to-resume' })
})
