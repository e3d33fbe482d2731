import { expect, test } from 'vitest'
import { tagChange, tagLines, tagProblem, tagsOfLines } from './tag-lines.ts'

test('tags go to lines and back as they were, emoji and = in values included', () => {
  const tags = ['env=prod', 'team=🦊 ops', 'formula=a=b', 'bare']
  expect(tagLines(tags).map(({ key, value }) => [key, value])).toEqual([
    ['env', 'prod'],
    ['team', '🦊 ops'],
    ['formula', 'a=b'],
    ['bare', ''],
  ])
  expect(tagsOfLines(tagLines(tags))).toEqual(tags)
})

test('an empty line is no tag, and a line that cannot be one says why', () => {
  const line = (key: string, value: string, id = 0) => ({ id, key, value })
  expect(tagsOfLines([line(' ', '')])).toEqual([])
  expect(tagProblem(line('', ''), [])).toBeNull()
  expect(tagProblem(line('', 'x'), [])).toBe('cloud.tag.no-key')
  expect(tagProblem(line('a=b', 'x'), [])).toBe('cloud.tag.equals')
  expect(tagProblem(line('aws:cloudformation:stack-name', 'x'), [])).toBe('cloud.tag.of-cloud')
  expect(tagProblem(line('k'.repeat(129), ''), [])).toBe('cloud.tag.key-long')
  expect(tagProblem(line('k', '🦊'.repeat(256)), [])).toBeNull()
  expect(tagProblem(line('k', 'v'.repeat(257)), [])).toBe('cloud.tag.value-long')
  const [first, second] = [line('env', 'prod', 0), line('env ', 'dev', 1)]
  expect(tagProblem(first, [first, second])).toBeNull()
  expect(tagProblem(second, [first, second])).toBe('cloud.tag.twice')
})

test('only what was changed is sent', () => {
  expect(tagChange(['env=prod', 'a=1'], ['env=dev', 'a=1', 'b=2'])).toEqual({ addTags: ['env=dev', 'b=2'], removeTags: ['env=prod'] })
  expect(tagChange(['a=1'], ['a=1'])).toBeNull()
})
