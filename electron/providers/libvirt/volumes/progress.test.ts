import { expect, test } from 'vitest'
import { progressOf } from './volume-convert.ts'
import { contentLength } from './volume-fetch.ts'

test('the length is that of the last answer, and of one that has the file', () => {
  const moved = 'HTTP/1.1 302 Found\r\nContent-Length: 5\r\nLocation: /b\r\n\r\n'
  expect(contentLength(moved)).toBeUndefined()
  expect(contentLength(`${moved}HTTP/2 200 \r\ncontent-length: 1234\r\n\r\n`)).toBe(1_234)
  expect(contentLength(`${moved}HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n`)).toBeUndefined()
  expect(contentLength('HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\n')).toBeUndefined()
  expect(contentLength('')).toBeUndefined()
})

test('of a line that is written over again and again the last word counts', () => {
  expect(progressOf('    (0.00/100%)\r    (12.50/100%)\r')).toBe(0.125)
  expect(progressOf('    (100.00/100%)\n')).toBe(1)
  expect(progressOf('nothing')).toBeNull()
})
