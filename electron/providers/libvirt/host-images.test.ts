import { expect, test } from 'vitest'
import { fileOf, HostImages } from './host-images.ts'
import type { HostShell } from './host-shell.ts'

const { signal } = new AbortController()
const NOW_S = 1_000_000

interface HostFile {
  readonly changedS: number
  /** What qemu-img says; null: it cannot be read. */
  readonly info: object | null
}

/** As the two programs would answer. */
function shellWith(files: Readonly<Record<string, HostFile>>) {
  const read: string[] = []
  const shell: HostShell = {
    run: async ([, , script = '', , ...paths], { onOutput }) => {
      if (script.includes('date +%s')) {
        const lines = paths.map((path, index) => {
          const file = files[path]
          return file ? `8:${index} 512 ${file.changedS} ${file.changedS} ${path}` : `- ${path}`
        })
        onOutput?.([NOW_S, ...lines, ''].join('\n'))
      } else {
        read.push(...paths)
        const infos = paths.map((path) => (files[path]?.info ? JSON.stringify({ filename: path, ...files[path]?.info }) : '!'))
        onOutput?.(infos.map((info) => `${info}\u001e`).join(''))
      }
      return { code: 0, stdout: '', stderr: '' }
    },
  }
  return { shell, read }
}

test('what an image stands on is read once, until it changes; one that was just written is read again', async () => {
  const info = { format: 'qcow2', 'backing-filename': 'base', 'full-backing-filename': '/i/base' }
  const files: Record<string, HostFile> = { '/i/old': { changedS: NOW_S - 60, info }, '/i/new': { changedS: NOW_S, info } }
  const { shell, read } = shellWith(files)
  const images = new HostImages(shell)
  expect([...(await images.read(['/i/old', '/i/new', '/i/gone'], [], signal)).headers]).toEqual([
    ['/i/old', { format: 'qcow2', bases: ['/i/base'] }],
    ['/i/new', { format: 'qcow2', bases: ['/i/base'] }],
  ])
  await images.read(['/i/old', '/i/new'], [], signal)
  expect(read).toEqual(['/i/old', '/i/new', '/i/new'])
  files['/i/old'] = { changedS: NOW_S - 50, info: { ...info, 'full-backing-filename': '/i/other' } }
  expect((await images.read(['/i/old'], [], signal)).headers.get('/i/old')?.bases).toEqual(['/i/other'])
})

test('what is not there, and what cannot be read, are told apart', async () => {
  const { shell } = shellWith({ '/i/shut': { changedS: 0, info: null } })
  expect(await new HostImages(shell).read(['/i/shut', '/i/gone'], [], signal)).toMatchObject({ missing: ['/i/gone'], unread: ['/i/shut'] })
  expect(await new HostImages(null).read(['/i/a'], ['/p'], signal)).toMatchObject({ unread: ['/i/a', '/p/'] })
  expect(await new HostImages(null).read([], [], signal)).toMatchObject({ unread: [] })
})

test('a separate file of data is stood on as well', async () => {
  const data = { 'data-file': '/i/data' }
  const { shell } = shellWith({ '/i/a': { changedS: 0, info: { format: 'qcow2', 'format-specific': { type: 'qcow2', data } } } })
  expect((await new HostImages(shell).read(['/i/a'], [], signal)).headers.get('/i/a')?.bases).toEqual(['/i/data'])
})

test.each([
  ['/i/base', '/i/base'],
  ['base', '/v/base'],
  ['../i/base', '/i/base'],
  ['file:/i/base', '/i/base'],
  ['json:{"driver":"qcow2","file":{"driver":"file","filename":"/i/base"}}', '/i/base'],
  ['json:{"file.driver":"file","file.filename":"/i/base"}', '/i/base'],
  ['nbd://nas/disk', null],
  ['rbd:pool/disk', null],
  ['json:{"driver":"nbd","server.host":"nas"}', null],
])('%s is the file %s', (named, file) => {
  expect(fileOf(named, '/v/overlay')).toBe(file)
})
