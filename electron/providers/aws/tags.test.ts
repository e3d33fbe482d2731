import { expect, test } from 'vitest'
import { tagChange } from './tags.ts'

const BEFORE = ['env=prod', 'aws:autoscaling:groupName=web', 'solo']

test('only what differs is set, and only what is gone is taken away', () => {
  const change = tagChange(BEFORE, { action: 'setMetadata', addTags: ['env=test', 'team=Jürgen 🚚'], removeTags: ['solo'] })
  expect(change).toEqual({
    set: [
      { Key: 'env', Value: 'test' },
      { Key: 'team', Value: 'Jürgen 🚚' },
    ],
    remove: ['solo'],
  })
  expect(tagChange(BEFORE, { action: 'setMetadata', addTags: ['solo'] })).toEqual({ set: [], remove: [] })
})

const many = Array.from({ length: 50 }, (_, index) => `k${index}=wert 🚚`)

test.each([
  ['the name', ['Name=web'], 'Name=web'],
  ['a key of AWS', ['AWS:x=1'], 'AWS:x=1'],
  ['a key that is too long', [`${'k'.repeat(129)}=1`], `${'k'.repeat(129)}=1`],
  ['a value that is too long', [`k=${'v'.repeat(257)}`], `k=${'v'.repeat(257)}`],
  ['the fiftieth beside the name', many, 'k49=wert 🚚'],
])('%s is refused before anything is sent', (_, addTags, tag) => {
  expect(() => tagChange([], { action: 'setMetadata', addTags })).toThrow(
    expect.objectContaining({ kind: 'invalid-input', code: 'cloud.tag-refused', details: { tag } }),
  )
})

test('tags of AWS itself cannot be replaced away', () => {
  expect(() => tagChange(BEFORE, { action: 'setMetadata', tags: ['env=prod'] })).toThrow(
    expect.objectContaining({ code: 'cloud.tag-refused' }),
  )
  expect(tagChange(BEFORE, { action: 'setMetadata', tags: ['aws:autoscaling:groupName=web'] })).toEqual({
    set: [],
    remove: ['env', 'solo'],
  })
})
