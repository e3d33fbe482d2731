import * as fc from 'fast-check'
import type { FieldTest, QueryNode, QueryValue, TextPattern } from '../ast.ts'
import { defineFields } from '../fields.ts'

/** A small object with a field of each kind. */
export interface Sample {
  readonly name: string
  readonly state?: string
  readonly tags?: readonly string[]
  readonly notes?: string | null
  readonly cpu?: number | null
  readonly memory?: number
  readonly vcpu?: number
  readonly since?: number
  readonly auto?: boolean | null
  readonly version?: string
  readonly ip?: readonly string[]
}

export const SAMPLE_FIELDS = defineFields<Sample>({
  name: { kind: 'text', get: (item) => item.name, search: true },
  state: {
    kind: 'enum',
    aliases: ['status'],
    values: [{ value: 'running', label: 'sample.running' }, { value: 'stopped', aliases: ['shut off'] }, { value: 'paused' }],
    get: (item) => item.state,
  },
  tag: { kind: 'tags', get: (item) => item.tags, search: true },
  notes: { kind: 'text', match: 'part', get: (item) => item.notes, search: true },
  cpu: { kind: 'percent', get: (item) => item.cpu },
  memory: { kind: 'bytes', get: (item) => item.memory },
  vcpu: { kind: 'number', get: (item) => item.vcpu },
  seen: { kind: 'duration', get: (item, context) => (item.since === undefined ? undefined : context.nowMs - item.since) },
  autostart: { kind: 'boolean', get: (item) => item.auto },
  libvirt: { kind: 'version', get: (item) => item.version },
  ip: { kind: 'id', get: (item) => item.ip, search: true },
})

/** Queries without errors, one for each construct and then some. */
export const VALID_QUERIES = [
  '',
  '   ',
  'web',
  'web-01',
  'web*',
  'w?b',
  '"my web"',
  '"my web "*',
  'web\\*',
  '"quote \\" and \\\\ in it"',
  '"🦊 über"',
  'name:web',
  'NAME:Web',
  'name=web',
  'name!=web',
  'name~web',
  'name~"a b"',
  'name~/web-\\d+/',
  'name~/a b|[/)]c\\/d/i',
  'state:running',
  'state:running,paused',
  'status:"shut off"',
  'tag:prod,"my tag",web-*',
  'tag:*',
  'has:tag',
  'has:tag,notes',
  'tag:""',
  'tag:"",prod',
  'cpu>80',
  'cpu > 80',
  'cpu:>80',
  'cpu>=80%',
  'cpu:20..80',
  'cpu=0',
  'memory>=8GiB',
  'memory:512MiB..4GiB',
  'memory<1.5TB',
  'memory>0',
  'vcpu:2,4,8..16',
  'seen<5m',
  'seen>3d',
  'autostart:yes',
  'autostart:nein',
  'libvirt>=9.0.1',
  'libvirt:9.*',
  'ip:10.0.0.*',
  'ip:fe80::1',
  '-web',
  '-state:running',
  '--web',
  '-(a b)',
  'a b c',
  'a | b | c',
  'a b | c d',
  '(a | b) c',
  '((a))',
  '(a b) (c (d | e))',
  '-(a | -b) -"c"',
  'state:running cpu>80 tag:prod name:kvm-0* -notes:windows name~/web-\\d+/ (a | b)',
] as const

const text = fc.oneof(
  fc.string({ minLength: 1, maxLength: 12, unit: 'binary' }),
  fc.string({ minLength: 1, maxLength: 8, unit: fc.constantFrom(...Array.from('ab-0 "\\*?()|,:=<>~!/._ üß🦊\t\n')) }),
)
const literal = text.map((value): TextPattern => ({ kind: 'literal', text: value }))
const escaped = text.map((value) => value.replace(/[\\*?]/g, '\\$&'))
const glob = fc
  .tuple(fc.option(escaped, { nil: '' }), fc.constantFrom('*', '?', '?*', '*?'), escaped, fc.constantFrom('', '*', '?'))
  .map((parts): TextPattern => ({ kind: 'glob', text: parts.join('') }))
const number = fc.tuple(fc.nat(99_999), fc.constantFrom('', '%', 'GiB', 'm', 'd', 'ms', 'KB')).map(([value, unit]) => `${value}${unit}`)
const range = fc.tuple(number, number).map(([from, to]): QueryValue => ({ kind: 'range', from, to }))
const name = fc.constantFrom('name', 'state', 'cpu', 'x', 'a-b', 'a.b_9')
const blank = fc.constant<QueryValue>({ kind: 'literal', text: '' })

const test: fc.Arbitrary<FieldTest> = fc.oneof(
  fc.record({
    kind: fc.constant('match' as const),
    op: fc.constantFrom(':' as const, '=' as const),
    values: fc.array(fc.oneof(literal, literal, glob, range, blank), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant('compare' as const),
    op: fc.constantFrom('>' as const, '>=' as const, '<' as const, '<=' as const),
    value: number,
  }),
  fc.record({ kind: fc.constant('contains' as const), text }),
  fc.record({
    kind: fc.constant('regex' as const),
    source: fc.constantFrom('a', 'web-\\d+', '[/a]b', 'a\\/b', '^x y$', '(a|b)c', '"'),
    flags: fc.constantFrom('' as const, 'i' as const),
  }),
  fc.constant<FieldTest>({ kind: 'present' }),
)

/** Terms in canonical form. */
const term: fc.Arbitrary<QueryNode> = fc.oneof(
  fc.oneof(literal, glob).map((value): QueryNode => ({ kind: 'text', value })),
  fc.record({ kind: fc.constant('field' as const), field: name, test }),
)

/** Joins as the parser does: no list directly within one of its own kind. */
function list(kind: 'and' | 'or', nodes: readonly QueryNode[]): QueryNode {
  return { kind, items: nodes.flatMap((node) => (node.kind === kind ? node.items : [node])) }
}

/** Any query tree in the form that the parser yields. */
export const queryNode: fc.Arbitrary<QueryNode> = fc.letrec<{ node: QueryNode }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    term,
    tie('node').map((item): QueryNode => ({ kind: 'not', item })),
    fc
      .tuple(fc.constantFrom('and' as const, 'or' as const), fc.array(tie('node'), { minLength: 2, maxLength: 3 }))
      .map(([kind, nodes]) => list(kind, nodes)),
  ),
})).node

/** Text rich in the characters that mean something here. */
export const queryText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: fc.constantFrom(...Array.from('ab1 "\\*?()|,:=<>~!/.-_[]{}+$^iü%')), maxLength: 60 }),
  fc
    .array(
      fc.constantFrom(
        'state:',
        'cpu',
        '>',
        '80',
        ' ',
        '(',
        ')',
        '|',
        '-',
        '"',
        'name~/',
        'a',
        '/',
        ',',
        'tag',
        ':',
        '*',
        '..',
        '\\',
        'has:',
      ),
      {
        maxLength: 25,
      },
    )
    .map((parts) => parts.join('')),
)
