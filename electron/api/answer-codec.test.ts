import { StandardRPCJsonSerializer } from '@orpc/client/standard'
import { anything, assert as check, property } from 'fast-check'
import { expect, test } from 'vitest'
import { PlainJsonSerializer, SharedAnswers } from './answer-codec.ts'

const filled = (shared: SharedAnswers, message: string): string => shared.fill(message).map(String).join('')

const value = anything({ withBigInt: true, withDate: true, withSet: true, withMap: true, withSparseArray: false })

test('writes every value as the protocol does', () => {
  const reference = new StandardRPCJsonSerializer()
  const ours = new PlainJsonSerializer()
  check(
    property(value, (data) => {
      const [json, meta] = ours.serialize(data)
      const [expected, expectedMeta] = reference.serialize(data)
      expect(JSON.stringify(json)).toBe(JSON.stringify(expected))
      expect(meta).toEqual(expectedMeta)
    }),
  )
})

test('plain answers are not copied, others are', () => {
  const ours = new PlainJsonSerializer()
  const plain = { machines: [{ name: 'web', cpu: null, tags: ['prod'] }] }
  expect(ours.serialize(plain)[0]).toBe(plain)
  expect(ours.serialize({ at: new Date(0) })).toEqual([{ at: '1970-01-01T00:00:00.000Z' }, [[expect.any(Number), 'at']], [], []])
})

test('a frozen answer is written once and filled in for all who asked', () => {
  let written = 0
  const item = {
    get name() {
      written += 1
      return 'a "quoted" name $& \\'
    },
  }
  const shared = new SharedAnswers(() => 0)
  const answer = Object.freeze({ items: [item] })
  const messages = [1, 2].map((id) => JSON.stringify({ i: id, p: { b: { json: shared.markFor(answer) } } }))
  const readings = written
  for (const [index, message] of messages.entries()) {
    expect(JSON.parse(filled(shared, message))).toEqual({
      i: index + 1,
      p: { b: { json: { items: [{ name: 'a "quoted" name $& \\' }] } } },
    })
  }
  expect(readings).toBeGreaterThan(0)
  expect(written).toBe(readings)
})

test('what may change, or is not plain, has no mark', () => {
  const shared = new SharedAnswers(() => 0)
  expect(shared.markFor({ items: [] })).toBeNull()
  expect(shared.markFor(Object.freeze({ at: new Date() }))).toBeNull()
  expect(shared.markFor(Object.freeze([Number.NaN]))).toBeNull()
  expect(shared.markFor('text')).toBeNull()
})

test('marks that nobody sent are forgotten, and made anew when asked for again', () => {
  let nowMs = 0
  const shared = new SharedAnswers(() => nowMs)
  const answer = Object.freeze({ a: 1 })
  const old = JSON.stringify({ json: shared.markFor(answer) })
  nowMs = 60_000
  shared.markFor(Object.freeze({ b: 2 }))
  expect(filled(shared, old)).toBe(old)
  expect(JSON.parse(filled(shared, JSON.stringify({ json: shared.markFor(answer) })))).toEqual({ json: { a: 1 } })
})

test('messages without a mark go out as they are', () => {
  const shared = new SharedAnswers(() => 0)
  shared.markFor(Object.freeze({ a: 1 }))
  expect(shared.fill('{"i":"1"}')).toEqual(['{"i":"1"}'])
})

test('a large answer goes out as the same bytes for all who asked', () => {
  const shared = new SharedAnswers(() => 0)
  const answer = Object.freeze({ text: 'ü'.repeat(10_000) })
  const pieces = [1, 2].map((id) => shared.fill(JSON.stringify({ i: id, b: { json: shared.markFor(answer) } })))
  expect(pieces.map((each) => each.length)).toEqual([3, 3])
  expect(pieces[0]?.[1]).toBe(pieces[1]?.[1])
  expect(pieces.map((each) => JSON.parse(each.map(String).join('')))).toEqual([1, 2].map((i) => ({ i, b: { json: answer } })))
})
