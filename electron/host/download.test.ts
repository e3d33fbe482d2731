import { expect, test } from 'vitest'
import { AppError } from '../../shared/errors/index.ts'
import type { ByteChannel } from '../providers/provider.ts'
import { downloadRequest, streamOf } from './download.ts'

const TOKEN = 'a'.repeat(32)
const request = (path: string) => downloadRequest(new URL(path, 'http://127.0.0.1'))

test('an address names the token, the file and its size', () => {
  expect(request(`/download/${TOKEN}/debian%2012.iso?size=123`)).toEqual({
    token: TOKEN,
    headers: {
      'content-type': 'application/octet-stream',
      'content-disposition': "attachment; filename*=UTF-8''debian%2012.iso",
      'cache-control': 'no-store',
      'content-length': '123',
    },
  })
})

test.each([
  ["it's (a) *.iso", 'it%27s%20%28a%29%20%2A.iso'],
  ['größe.img', 'gr%C3%B6%C3%9Fe.img'],
  ['a"\r\nset-cookie: x', 'a%22%0D%0Aset-cookie%3A%20x'],
])('a name cannot leave its place in the header: %j', (name, written) => {
  const { headers } = request(`/download/${TOKEN}/${encodeURIComponent(name)}`) ?? {}
  expect(headers?.['content-disposition']).toBe(`attachment; filename*=UTF-8''${written}`)
})

test('what is no such address, or no size, is not taken for one', () => {
  for (const path of ['/download', `/download/${TOKEN}`, '/download/x/y', `/download/${TOKEN}/a/b`, `/downloads/${TOKEN}/a`])
    expect(request(path)).toBeNull()
  expect(request(`/download/${TOKEN}/%E0%A4?size=-1`)?.headers).toMatchObject({
    'content-disposition': "attachment; filename*=UTF-8''download",
  })
  expect(request(`/download/${TOKEN}/a?size=-1`)?.headers).not.toHaveProperty('content-length')
})

function channelOf(pieces: Array<Uint8Array | null | AppError>) {
  const state = { closed: 0 }
  const channel: ByteChannel = {
    read: async () => {
      const piece = pieces.shift() ?? null
      if (piece instanceof AppError) throw piece
      return piece
    },
    write: async () => {},
    close: () => (state.closed += 1),
  }
  return { channel, state }
}

test('the bytes come in order and the channel is closed at the end', async () => {
  const { channel, state } = channelOf([Uint8Array.of(1, 2), Uint8Array.of(3)])
  expect([...(await new Response(streamOf(channel)).bytes())]).toEqual([1, 2, 3])
  expect(state.closed).toBe(1)
})

test('a channel that fails fails the download, and one that is given up is closed', async () => {
  const failing = channelOf([Uint8Array.of(1), new AppError({ kind: 'unreachable', code: 'link.lost', message: 'lost' })])
  await expect(new Response(streamOf(failing.channel)).bytes()).rejects.toMatchObject({ code: 'link.lost' })
  expect(failing.state.closed).toBe(1)
  const given = channelOf([Uint8Array.of(1), Uint8Array.of(2)])
  await streamOf(given.channel).cancel()
  expect(given.state.closed).toBe(1)
})
