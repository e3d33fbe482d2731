import { mkdir, mkdtemp, readFile, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { requirePeer } from '../../e2e/lab/requires.ts'
import { createLog } from './log.ts'
import { LogFile } from './log-file.ts'
import { uncaughtDuring } from './testing/uncaught.ts'

const linux = requirePeer('linux') // has /dev/full

let dataDirectory = ''
let file = ''
beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'novacron-log-'))
  file = join(dataDirectory, 'logs', 'novacron.log')
})
afterEach(() => rm(dataDirectory, { recursive: true, force: true }))

/** Every write to it fails with ENOSPC. */
async function fillDisk(): Promise<void> {
  await mkdir(join(dataDirectory, 'logs'))
  await symlink('/dev/full', file)
}

test('lines are kept in order, for their owner alone, and added to those of the last run', async () => {
  for (const run of ['first', 'second']) {
    const opened = createLog(dataDirectory)
    for (let index = 0; index < 100; index++) opened.log.info(`${run} ${index}`)
    await opened.close()
  }
  const lines = (await readFile(file, 'utf8')).trim().split('\n')
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(
    ['first', 'second'].flatMap((run) => Array.from({ length: 100 }, (_, index) => `${run} ${index}`)),
  )
  expect((await stat(file)).mode & 0o777).toBe(0o600)
})

test.skipIf(!linux.ok)('a full disk costs the lines and nothing else, and it is said once there is room', async () => {
  await fillDisk()
  const lost: number[] = []
  const log = new LogFile(file, (lines) => lost.push(lines))
  for (let index = 0; index < 10; index++) log.write('nobody will read this\n')
  await log.settled()
  expect(lost).toEqual([])
  await rm(file)
  log.write('there is room\n')
  await log.close()
  expect(lost).toEqual([10])
  // what was torn is ended by a line feed of its own
  expect(await readFile(file, 'utf8')).toBe('\nthere is room\n')
})

test.skipIf(!linux.ok)('a log on a full disk ends nothing and can be closed', async () => {
  await fillDisk()
  const opened = createLog(dataDirectory)
  const uncaught = await uncaughtDuring(async () => {
    opened.log.info('nobody will read this')
    await opened.close()
  })
  expect(uncaught).toEqual([])
})
