import { expect, test } from 'vitest'
import { snapshotOperationSchema } from '../../../shared/model/index.ts'
import { judge, type SeenFile, type Sight } from './index.ts'
import { aFile, aSight, aSnapshot, filesOf } from './testing/sights.ts'

const MIB = 1_048_576
const DISK = { target: 'vda', format: 'qcow2', isReadOnly: false, isShared: false }

/** The machine went back to `first`: base ← again is written, and base ← one ← two stayed behind. */
function leftBehind(more: Partial<Sight> = {}, change: Readonly<Record<string, Partial<SeenFile>>> = {}): Sight {
  const made = (path: string, base: string | null = null) => aFile(path, base, { writtenAtMs: 5, ...change[path] })
  return aSight({
    disks: [{ ...DISK, path: '/p/web-vda.again' }],
    files: filesOf(
      made('/p/web-vda.again', '/p/base'),
      made('/p/web-vda.two', '/p/web-vda.one'),
      made('/p/web-vda.one', '/p/base'),
      made('/p/base'),
    ),
    snapshots: [aSnapshot('first', 'external', '/p/base', { isCurrent: true })],
    inside: new Map([
      ['/p/web-vda.two', []],
      ['/p/web-vda.one', []],
    ]),
    ...more,
  })
}

const discard = (sight: Sight, path = '/p/web-vda.two') =>
  judge(sight, snapshotOperationSchema.parse({ operation: 'discard', target: 'vda', path }))
const without = (sight: Sight, ...paths: readonly string[]): Sight => ({
  ...sight,
  files: filesOf(...[...sight.files.values()].filter(({ path }) => !paths.includes(path)).map((file) => ({ ...file, overlays: [] }))),
})

test('a branch goes from its end down to what is needed, as a loss with its files', () => {
  const { plan, deed } = discard(leftBehind())
  const goes = ['/p/web-vda.two', '/p/web-vda.one']
  expect(deed).toEqual({ do: 'discard', target: 'vda', deletes: goes })
  expect(plan).toMatchObject({ reason: null, deletes: goes, freesBytes: 2 * MIB, warnings: [], losses: [{ code: 'snapshot.loss-branch' }] })
  expect(plan.branch).toEqual([
    { path: '/p/web-vda.two', pool: 'pool', allocationBytes: MIB, writtenAtMs: 5, inside: [], since: [] },
    { path: '/p/web-vda.one', pool: 'pool', allocationBytes: MIB, writtenAtMs: 5, inside: [], since: ['first'] },
  ])
})

test('what a merge of the base was refused for is offered to be discarded, and then it is merged', () => {
  const unneeded = { snapshots: [] }
  const merge = snapshotOperationSchema.parse({ operation: 'merge', target: 'vda', top: '/p/web-vda.again', base: '/p/base' })
  const { plan } = judge(leftBehind(unneeded), merge)
  expect(plan).toMatchObject({
    reason: { code: 'snapshot.stands-on' },
    instead: [{ operation: 'discard', target: 'vda', path: '/p/web-vda.two' }],
  })
  expect(judge(without(leftBehind(unneeded), '/p/web-vda.two', '/p/web-vda.one'), merge).plan.reason).toBeNull()
})

test('what is in the middle of a branch goes with its end alone, and that is offered', () => {
  expect(discard(leftBehind(), '/p/web-vda.one').plan).toMatchObject({
    reason: { code: 'snapshot.stands-on', params: { by: '/p/web-vda.two' } },
    instead: [{ operation: 'discard', target: 'vda', path: '/p/web-vda.two' }],
  })
})

test('a file stays when another branch stands on it', () => {
  const forked = leftBehind()
  const files = filesOf(...forked.files.values(), aFile('/p/other', '/p/web-vda.one'))
  expect(discard({ ...forked, files }).plan.deletes).toEqual(['/p/web-vda.two'])
})

const refusals: ReadonlyArray<readonly [string, Sight]> = [
  ['snapshot.transient', leftBehind({ isPersistent: false })],
  ['snapshot.saved-state', leftBehind({ hasManagedSave: true })],
  ['snapshot.job-runs', leftBehind({ jobs: [{ target: 'vda', kind: 'commit', doneBytes: 0, totalBytes: 1 }] })],
  ['snapshot.cannot-tell', leftBehind({ blind: 'a pool is off' })],
  ['snapshot.next-start', leftBehind({ nextPaths: ['/p/web-vda.two'] })],
  ['snapshot.stands-on', leftBehind({}, { '/p/web-vda.two': { usedBy: ['other'] } })],
  ['snapshot.stands-on', leftBehind({}, { '/p/web-vda.two': { overlays: ['/p/unread'] } })],
  ['snapshot.file-unreadable', leftBehind({}, { '/p/web-vda.two': { problem: { code: 'snapshot.file-unreadable', text: 'No.' } } })],
  ['snapshot.held-open', leftBehind({ held: new Set(['/p/web-vda.two']) })],
  ['snapshot.not-in-pool', leftBehind({}, { '/p/web-vda.two': { pool: null } })],
  ['snapshot.needed', leftBehind({ snapshots: [aSnapshot('first', 'external', '/p/web-vda.two')] })],
  [
    'snapshot.needed',
    leftBehind({
      snapshots: [aSnapshot('first', 'external', '/p/base', { definition: [{ target: 'vdb', path: '/p/web-vda.two' }] })],
    }),
  ],
  ['snapshot.machine-stands', leftBehind({ disks: [{ ...DISK, path: '/p/web-vda.two' }] })],
  [
    'snapshot.machine-stands',
    leftBehind({
      disks: [
        { ...DISK, path: '/p/web-vda.again' },
        { ...DISK, target: 'sda', isReadOnly: true, path: '/p/web-vda.two' },
      ],
    }),
  ],
  ['snapshot.no-branch', without(leftBehind(), '/p/web-vda.two')],
]
test.each(refusals)('%s keeps it', (code, sight) => {
  const { plan, deed } = discard(sight)
  expect([plan.reason?.code, deed]).toEqual([code, null])
})

test('the machine’s own file and its base are no branches', () => {
  for (const path of ['/p/web-vda.again', '/p/base']) expect(discard(leftBehind(), path).plan.reason?.code).toBe('snapshot.machine-stands')
})

test('what lies inside without the tree naming it is a loss as well, and what nobody could look into is said', () => {
  const { plan } = discard(leftBehind({ inside: new Map([['/p/web-vda.two', ['old']]]) }))
  expect(plan.losses.map(({ code }) => code)).toEqual(['snapshot.loss-branch', 'snapshot.loss-inside'])
  expect(plan.warnings).toMatchObject([{ code: 'snapshot.warn-inside-unknown', params: { files: '/p/web-vda.one' } }])
  expect(plan.branch.map(({ inside }) => inside)).toEqual([['old'], null])
})

test('an image that nothing ties to the machine is said to be so', () => {
  const sight = leftBehind()
  const files = filesOf(...sight.files.values(), aFile('/p/by-hand', '/p/base'))
  expect(discard({ ...sight, files }, '/p/by-hand').plan.warnings).toMatchObject([
    { code: 'snapshot.warn-not-ours', params: { files: '/p/by-hand' } },
    { code: 'snapshot.warn-inside-unknown' },
  ])
})
