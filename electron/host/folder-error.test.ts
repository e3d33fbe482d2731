import { expect, test } from 'vitest'
import { AppError } from '../../shared/errors/index.ts'
import { folderError } from './folder-error.ts'

const failure = (code: string) => Object.assign(new Error(`${code}: it failed`), { code })

test.each([
  ['ENOSPC', 'exhausted', 'folder.disk-full', 'Free some space'],
  ['EDQUOT', 'exhausted', 'folder.disk-full', 'Free some space'],
  ['EROFS', 'precondition', 'folder.read-only', 'Mount it writable'],
  ['EACCES', 'forbidden', 'folder.forbidden', 'permissions'],
  ['EPERM', 'forbidden', 'folder.forbidden', 'permissions'],
  ['ENOTDIR', 'precondition', 'folder.unusable', 'ENOTDIR: it failed'],
])('%s: the folder, the cause and the way out are named', (errno, kind, code, remedy) => {
  const error = folderError(failure(errno), '/srv/data')
  expect(error).toMatchObject({ kind, code, details: { folder: '/srv/data' }, remote: { code: errno } })
  expect(error?.message).toContain('/srv/data')
  expect(error?.message).toContain(remedy)
  expect(error?.message).toContain('--data')
})

test.each([
  new Error('no system call'),
  failure('ERR_SERVER_ALREADY_LISTEN'),
  new AppError({ kind: 'bug', code: 'bug.x', message: '' }),
  7,
])('anything else is not explained: %s', (cause) => {
  expect(folderError(cause, '/srv/data')).toBeNull()
})
