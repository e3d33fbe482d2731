import { expect, test } from 'vitest'
import { AppError } from '../../shared/errors/index.ts'
import type { DownloadPart } from '../engine/volumes/download-file.ts'
import type { DownloadLink } from '../engine/volumes/download-links.ts'
import type { ByteChannel } from '../providers/provider.ts'
import { fileAnswer } from './file-answer.ts'

const MODIFIED_AT_MS = Date.UTC(2026, 10, 26, 12, 0, 0, 700)
const NAMED = { 'content-type': 'application/octet-stream' }

function volume(version: string | null = 'v1') {
  const it = { bytes: Buffer.from('0123456789'), version, opened: [] as DownloadPart[], closed: 0, changesOnOpen: 0 }
  const state = () => ({ sizeBytes: it.bytes.length, version: it.version, modifiedAtMs: it.version === null ? null : MODIFIED_AT_MS })
  const channelOf = (bytes: Uint8Array): ByteChannel => {
    const pieces = [bytes]
    return { read: async () => pieces.shift() ?? null, write: async () => {}, close: () => (it.closed += 1) }
  }
  const file = {
    state: async () => state(),
    open: async (part: DownloadPart) => {
      it.opened.push(part)
      if (it.changesOnOpen > 0) {
        it.changesOnOpen -= 1
        it.version = `${it.version}+`
        throw new AppError({ kind: 'conflict', code: 'volume.changed', message: 'changed' })
      }
      return { ...state(), channel: channelOf(it.bytes.subarray(part.offset, part.offset + (part.length ?? it.bytes.length))) }
    },
  }
  const link = { file, version } as unknown as DownloadLink
  let first: ByteChannel | null = channelOf(it.bytes)
  const takeFirst = () => {
    const taken = first
    first = null
    return taken
  }
  const ask = async (headers: Readonly<Record<string, string>> = {}, isHead = false) => {
    const request = { isHead, header: (name: string) => headers[name], signal: new AbortController().signal }
    const { status, headers: said, body } = await fileAnswer(link, takeFirst, request, NAMED)
    const text = body === null ? null : await new Response(body).text()
    return { status, said, text }
  }
  return { it, ask }
}

test('the whole comes from what was opened at once, and names its state', async () => {
  const { it, ask } = volume()
  expect(await ask()).toEqual({
    status: 200,
    text: '0123456789',
    said: {
      ...NAMED,
      'accept-ranges': 'bytes',
      etag: '"v1"',
      'last-modified': 'Thu, 26 Nov 2026 12:00:00 GMT',
      'content-length': '10',
    },
  })
  expect(it.opened).toEqual([])
  expect((await ask()).text).toBe('0123456789')
  expect(it.opened).toHaveLength(1)
})

test('the rest is given of the state that it is to fit to', async () => {
  const { it, ask } = volume()
  const rest = await ask({ range: 'bytes=4-', 'if-range': '"v1"' })
  expect(rest).toMatchObject({ status: 206, text: '456789', said: { 'content-range': 'bytes 4-9/10', 'content-length': '6' } })
  expect(it.opened).toEqual([{ offset: 4, length: 6, version: 'v1' }])
  expect(await ask({ range: 'bytes=2-3' })).toMatchObject({ status: 206, text: '23' })
  expect(await ask({ range: 'bytes=-1' })).toMatchObject({ status: 206, text: '9' })
  expect(await ask({ range: 'bytes=10-' })).toMatchObject({ status: 416, said: { 'content-range': 'bytes */10' } })
  // what was opened for the whole is not left open
  expect(it.closed).toBeGreaterThan(0)
})

test('one that was changed is given whole, or refused, and never joined', async () => {
  const { it, ask } = volume()
  it.version = 'v2'
  it.bytes = Buffer.from('abcdefghij')
  expect(await ask({ range: 'bytes=4-', 'if-range': '"v1"' })).toMatchObject({ status: 200, text: 'abcdefghij', said: { etag: '"v2"' } })
  expect((await ask({ range: 'bytes=4-', 'if-match': '"v1"' })).status).toBe(412)
  expect((await ask({ range: 'bytes=4-', 'if-unmodified-since': 'Thu, 26 Nov 2026 11:59:59 GMT' })).status).toBe(412)
  // curl -C - names no state: the one of its link is meant
  expect((await ask({ range: 'bytes=4-' })).status).toBe(412)
  expect(await ask({ range: 'bytes=4-', 'if-range': '"v2"' })).toMatchObject({ status: 206, text: 'efghij' })
  expect(await ask({ range: 'bytes=4-', 'if-match': '"v0", "v2"' })).toMatchObject({ status: 206, text: 'efghij' })
  // a date is too coarse, and a weak tag says nothing of bytes
  expect((await ask({ range: 'bytes=4-', 'if-range': 'Thu, 26 Nov 2026 12:00:00 GMT' })).status).toBe(200)
  expect((await ask({ range: 'bytes=4-', 'if-range': 'W/"v2"' })).status).toBe(200)
})

test('one that is changed between the look at it and its opening is looked at anew', async () => {
  const { it, ask } = volume()
  it.changesOnOpen = 1
  expect(await ask({ range: 'bytes=4-', 'if-range': '"v1"' })).toMatchObject({ status: 200, said: { etag: '"v1+"' } })
  it.changesOnOpen = 9
  expect(await ask({ range: 'bytes=4-', 'if-match': '*' })).toMatchObject({ status: 409, text: 'changed' })
})

test('where nobody can tell whether it was changed there are no parts', async () => {
  const { ask } = volume(null)
  expect(await ask({ range: 'bytes=4-' })).toMatchObject({ status: 200, text: '0123456789', said: { 'accept-ranges': 'none' } })
})

test('a question about it reads nothing', async () => {
  const { it, ask } = volume()
  expect(await ask({}, true)).toMatchObject({ status: 200, text: null, said: { 'content-length': '10' } })
  expect(await ask({ range: 'bytes=4-' }, true)).toMatchObject({ status: 206, text: null, said: { 'content-length': '6' } })
  expect(it.opened).toEqual([])
})

test('what the host says against it is told', async () => {
  const failing = (kind: 'unreachable' | 'precondition' | 'not-found' | 'remote-failure') => {
    const state = () => Promise.reject(new AppError({ kind, code: 'some.code', message: 'So it is.' }))
    const link = { file: { state }, version: 'v1' } as unknown as DownloadLink
    const request = { isHead: false, header: () => undefined, signal: new AbortController().signal }
    return fileAnswer(link, () => null, request, NAMED)
  }
  expect(await failing('unreachable')).toMatchObject({ status: 503, body: 'So it is.' })
  expect(await failing('precondition')).toMatchObject({ status: 409 })
  expect(await failing('not-found')).toMatchObject({ status: 404 })
  expect(await failing('remote-failure')).toMatchObject({ status: 500 })
})
