import { describe, expect, test } from 'vitest'
import type { QueryNode } from './ast.ts'
import { compileQuery } from './compile.ts'
import { parseQuery } from './parse.ts'
import { SAMPLE_FIELDS, type Sample } from './testing/samples.ts'

const NOW = 1_000_000_000
const MINUTE = 60_000
const GIB = 1024 ** 3

const ITEMS: readonly Sample[] = [
  {
    name: 'web-01',
    state: 'running',
    tags: ['prod', 'web tier'],
    notes: 'Front end, see ticket 12',
    cpu: 92.4,
    memory: 8 * GIB,
    vcpu: 4,
    since: NOW - 2 * MINUTE,
    auto: true,
    version: '9.0.0',
    ip: ['10.0.0.11', 'fe80::1'],
  },
  {
    name: 'web-02',
    state: 'paused',
    tags: ['prod'],
    cpu: 20,
    memory: 4 * GIB,
    vcpu: 2,
    since: NOW - 90 * MINUTE,
    auto: false,
    version: '10.1',
  },
  { name: 'Müller & Söhne', state: 'stopped', tags: [], notes: '', cpu: null, memory: GIB, vcpu: 1, auto: null, version: '8.10.0' },
  {
    name: 'db "main" 🦊',
    state: 'running',
    notes: 'C:\\data',
    cpu: 80,
    memory: 8_000_000_000,
    vcpu: 16,
    since: NOW - 5 * MINUTE,
    ip: ['10.0.1.5'],
  },
]
const [WEB1, WEB2, MUELLER, DB] = ITEMS.map((item) => item.name)

function select(query: string): readonly string[] {
  const parsed = parseQuery(query, SAMPLE_FIELDS)
  expect(parsed).toMatchObject({ ok: true })
  const matches = compileQuery(parsed.ok ? parsed.ast : { kind: 'all' }, SAMPLE_FIELDS)
  return ITEMS.filter((item) => matches(item, { nowMs: NOW })).map((item) => item.name)
}

describe('what a query selects', () => {
  test.each<[string, readonly (string | undefined)[]]>([
    ['', [WEB1, WEB2, MUELLER, DB]],
    ['web', [WEB1, WEB2]],
    ['WEB', [WEB1, WEB2]],
    ['tier', [WEB1]],
    ['ticket', [WEB1]],
    ['muller', [MUELLER]],
    ['MÜLLER', [MUELLER]],
    ['"mu\u0308ller & so"', [MUELLER]],
    ['"db \\"main\\""', [DB]],
    ['"🦊"', [DB]],
    ['"C:\\data"', [DB]],
    ['web*', [WEB1, WEB2]],
    ['*-02', [WEB2]],
    ['m?ller*', [MUELLER]],
    ['name:web', []],
    ['name:web-01', [WEB1]],
    ['name:Web-0?', [WEB1, WEB2]],
    ['name:*🦊', [DB]],
    ['name:*"main"*', [DB]],
    ['name:"web-01",*mu*', [WEB1, MUELLER]],
    ['name~eb-0', [WEB1, WEB2]],
    ['name~söh', [MUELLER]],
    ['name~/^web-\\d+$/', [WEB1, WEB2]],
    ['name~/^WEB/', []],
    ['name~/^WEB/i', [WEB1, WEB2]],
    ['notes:ticket', [WEB1]],
    ['notes=ticket', []],
    ['state:running', [WEB1, DB]],
    ['status:RUNNING', [WEB1, DB]],
    ['state:"shut off"', [MUELLER]],
    ['state:paused,stopped', [WEB2, MUELLER]],
    ['state:p*', [WEB2]],
    ['-state:running', [WEB2, MUELLER]],
    ['state!=running', [WEB2, MUELLER]],
    ['tag:prod', [WEB1, WEB2]],
    ['tag:"web tier"', [WEB1]],
    ['tag:web*', [WEB1]],
    ['has:tag', [WEB1, WEB2]],
    ['tag:""', [MUELLER, DB]],
    ['tag:"","web tier"', [WEB1, MUELLER, DB]],
    ['has:notes', [WEB1, DB]],
    ['has:notes,tag', [WEB1, WEB2, DB]],
    ['cpu>80', [WEB1]],
    ['cpu>=80%', [WEB1, DB]],
    ['cpu<80', [WEB2]],
    ['-cpu<80', [WEB1, MUELLER, DB]],
    ['cpu:92', [WEB1]],
    ['cpu:20..80', [WEB2, DB]],
    ['cpu:""', [MUELLER]],
    ['memory>=8GiB', [WEB1]],
    ['memory=8GB', [DB]],
    ['memory:1024MiB', [MUELLER]],
    ['memory:1G..5g', [WEB2, MUELLER]],
    ['vcpu:1,4..8', [WEB1, MUELLER]],
    ['seen<5m', [WEB1]],
    ['seen:5m', [DB]],
    ['seen>1h', [WEB2]],
    ['seen:1h', [WEB2]],
    ['autostart:yes', [WEB1]],
    ['autostart:nein', [WEB2]],
    ['autostart:""', [MUELLER, DB]],
    ['has:autostart', [WEB1]],
    ['libvirt>=9', [WEB1, WEB2]],
    ['libvirt<8.9', []],
    ['libvirt:8.*', [MUELLER]],
    ['ip:10.0.0.*', [WEB1]],
    ['ip:FE80::1', [WEB1]],
    ['web state:running', [WEB1]],
    ['web | muller', [WEB1, WEB2, MUELLER]],
    ['(web | muller) -tag:prod', [MUELLER]],
    ['-(web | muller)', [DB]],
    ['--web', [WEB1, WEB2]],
  ])('%s', (query, names) => {
    expect(select(query)).toEqual(names)
  })
})

describe('a query that the fields refuse selects nothing', () => {
  test.each(['sate:running', '-sate:running', 'web | sate:x', 'state:runing', '-cpu>5GiB', '-has:tga'])('%s', (query) => {
    const parsed = parseQuery(query)
    const matches = compileQuery(parsed.ok ? parsed.ast : { kind: 'all' }, SAMPLE_FIELDS)
    expect(ITEMS.filter((item) => matches(item, { nowMs: NOW }))).toEqual([])
  })

  test('also with a pattern that no parser let through', () => {
    const ast: QueryNode = { kind: 'not', item: { kind: 'field', field: 'name', test: { kind: 'regex', source: '(a+)+', flags: '' } } }
    expect(ITEMS.some((item) => compileQuery(ast, SAMPLE_FIELDS)(item, { nowMs: NOW }))).toBe(false)
  })
})
