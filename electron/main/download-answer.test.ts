import { expect, test } from 'vitest'
import type { DownloadPart } from '../engine/volumes/download-file.ts'
import type { DownloadLink } from '../engine/volumes/download-links.ts'
import type { ByteChannel } from '../providers/provider.ts'
import { downloadAnswer } from './download-answer.ts'

const TOKEN = 'b'.repeat(32)
const GET = new Request(`app://novacron/download/${TOKEN}/a.iso?size=2`)

function taking() {
  const taken: string[] = []
  const pieces: Array<Uint8Array | null> = [Uint8Array.of(7, 8), null]
  const channel: ByteChannel = { read: async () => pieces.shift() ?? null, write: async () => {}, close: () => {} }
  const take = (token: string) => {
    taken.push(token)
    if (taken.length > 1) throw new Error('unknown')
    return channel
  }
  return { sources: { takeConsole: take, findDownload: () => null }, taken }
}

test('the bytes of a token come as a file, once', async () => {
  const { sources, taken } = taking()
  const answer = await downloadAnswer(GET, sources)
  expect(answer?.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''a.iso")
  expect(answer?.headers.get('accept-ranges')).toBe('none')
  expect([...new Uint8Array((await answer?.arrayBuffer()) ?? new ArrayBuffer(0))]).toEqual([7, 8])
  expect((await downloadAnswer(GET, sources))?.status).toBe(404)
  expect(taken).toEqual([TOKEN, TOKEN])
})

test('a volume goes on where it stopped, as over HTTP', async () => {
  const state = { sizeBytes: 4, version: 'v1', modifiedAtMs: 1_000 }
  const open = async ({ offset }: DownloadPart) => {
    const pieces: Array<Uint8Array | null> = [Uint8Array.of(1, 2, 3, 4).subarray(offset), null]
    return { ...state, channel: { read: async () => pieces.shift() ?? null, write: async () => {}, close: () => {} } }
  }
  const link = { file: { state: async () => state, open }, version: 'v1' } as unknown as DownloadLink
  const sources = { takeConsole: taking().sources.takeConsole, findDownload: () => link }
  const answer = await downloadAnswer(new Request(GET.url, { headers: { range: 'bytes=3-', 'if-range': '"v1"' } }), sources)
  expect(answer?.status).toBe(206)
  expect(answer?.headers.get('content-range')).toBe('bytes 3-3/4')
  expect([...((await answer?.bytes()) ?? [])]).toEqual([4])
})

test('views, other methods, other origins and an engine that is not there yet', async () => {
  const { sources, taken } = taking()
  expect(await downloadAnswer(new Request('app://novacron/downloads'), sources)).toBeNull()
  expect(await downloadAnswer(new Request(GET.url, { method: 'POST' }), sources)).toBeNull()
  expect(await downloadAnswer(new Request(GET.url.replace('novacron', 'other')), sources)).toBeNull()
  expect(taken).toEqual([])
  expect((await downloadAnswer(GET, undefined))?.status).toBe(404)
})
