import { expect, test } from 'vitest'
import type { ByteChannel } from '../providers/provider.ts'
import { downloadAnswer } from './download-answer.ts'

const TOKEN = 'b'.repeat(32)
const GET = { method: 'GET', url: `app://novacron/download/${TOKEN}/a.iso?size=2` }

function taking() {
  const taken: string[] = []
  const pieces: Array<Uint8Array | null> = [Uint8Array.of(7, 8), null]
  const channel: ByteChannel = { read: async () => pieces.shift() ?? null, write: async () => {}, close: () => {} }
  const take = (token: string) => {
    taken.push(token)
    if (taken.length > 1) throw new Error('unknown')
    return channel
  }
  return { take, taken }
}

test('the bytes of a token come as a file, once', async () => {
  const { take, taken } = taking()
  const answer = downloadAnswer(GET, take)
  expect(answer?.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''a.iso")
  expect([...new Uint8Array((await answer?.arrayBuffer()) ?? new ArrayBuffer(0))]).toEqual([7, 8])
  expect(downloadAnswer(GET, take)?.status).toBe(404)
  expect(taken).toEqual([TOKEN, TOKEN])
})

test('views, other methods, other origins and an engine that is not there yet', () => {
  const { take, taken } = taking()
  expect(downloadAnswer({ method: 'GET', url: 'app://novacron/downloads' }, take)).toBeNull()
  expect(downloadAnswer({ ...GET, method: 'POST' }, take)).toBeNull()
  expect(downloadAnswer({ ...GET, url: GET.url.replace('novacron', 'other') }, take)).toBeNull()
  expect(taken).toEqual([])
  expect(downloadAnswer(GET, undefined)?.status).toBe(404)
})
