import { describe, expect, test } from 'vitest'
import { type SnapshotOperationInput, snapshotOperationSchema } from '../../../shared/model/index.ts'
import { judge, type Sight, treeOf } from './index.ts'
import { aChain, aFile, aSight, aSnapshot, filesOf } from './testing/sights.ts'

const MIB = 1_048_576

const judged = (sight: Sight, operation: SnapshotOperationInput) => judge(sight, snapshotOperationSchema.parse(operation))
const reasonOf = (sight: Sight, operation: SnapshotOperationInput) => judged(sight, operation).plan.reason?.code ?? null
const codes = (reasons: ReadonlyArray<{ readonly code: string }>) => reasons.map(({ code }) => code)

const INSIDE = { operation: 'create', name: 'new', kind: 'internal' } as const
const BESIDE = { operation: 'create', name: 'new', kind: 'external' } as const
const DISK = { target: 'vda', path: '/p/base', format: 'qcow2', isReadOnly: false, isShared: false }

describe('taking one', () => {
  const both: ReadonlyArray<readonly [string, Partial<Sight>]> = [
    ['snapshot.transient', { isPersistent: false }],
    ['snapshot.saved-state', { hasManagedSave: true }],
    ['snapshot.job-runs', { jobs: [{ target: 'vda', kind: 'commit', doneBytes: 0, totalBytes: 1 }] }],
    ['snapshot.checkpoints', { checkpoints: 1 }],
    ['snapshot.no-disk', { disks: [] }],
    ['snapshot.no-disk', { disks: [{ ...DISK, isReadOnly: true }] }],
    ['snapshot.disk-not-file', { disks: [{ ...DISK, path: null }] }],
    ['snapshot.disk-shared', { disks: [{ ...DISK, isShared: true }] }],
    ['snapshot.file-missing', { files: new Map() }],
    ['snapshot.name-taken', { snapshots: [aSnapshot('new', 'external', '/p/base')] }],
  ]
  test.each(both)('%s refuses both kinds', (code, more) => {
    for (const operation of [INSIDE, BESIDE]) expect(reasonOf(aSight(more), operation)).toBe(code)
  })

  test.each([
    ['snapshot.nvram', { hasNvram: true }],
    ['snapshot.raw-inside', { files: filesOf(aFile('/p/base', null, { format: 'raw' })) }],
    ['snapshot.stands-on', { files: filesOf(aFile('/p/base', null, { usedBy: ['other'] })) }],
    ['snapshot.memory-held', { isActive: true, holdsMemory: ['host device (pci)'] }],
  ] as ReadonlyArray<readonly [string, Partial<Sight>]>)('%s refuses one inside, and one beside is offered', (code, more) => {
    const { plan } = judged(aSight(more), INSIDE)
    expect(plan.reason?.code).toBe(code)
    expect(plan.instead).toMatchObject([{ operation: 'create', kind: 'external' }])
    expect(reasonOf(aSight(more), BESIDE)).toBeNull()
  })

  test('a file in no pool can hold one inside and none beside', () => {
    const sight = aSight({ files: filesOf(aFile('/p/base', null, { pool: null, inFolder: false })) })
    expect(judged(sight, BESIDE).plan).toMatchObject({ reason: { code: 'snapshot.not-in-folder' }, instead: [{ kind: 'internal' }] })
    expect(reasonOf(sight, INSIDE)).toBeNull()
  })

  test('memory and freezing are for machines that run', () => {
    expect(reasonOf(aSight(), { ...BESIDE, memory: true })).toBe('snapshot.memory-needs-running')
    expect(reasonOf(aSight(), { ...BESIDE, freeze: true })).toBe('snapshot.freeze-needs-running')
    const running = aSight({ isActive: true })
    expect(reasonOf(running, { ...BESIDE, memory: true })).toBeNull()
    expect(reasonOf(running, { ...BESIDE, freeze: true })).toBe('snapshot.no-agent')
    expect(reasonOf(aSight({ isActive: true, agent: 'silent' }), { ...BESIDE, freeze: true })).toBe('snapshot.agent-silent')
    const answers = aSight({ isActive: true, agent: 'answers' })
    expect(reasonOf(answers, { ...BESIDE, freeze: true })).toBeNull()
    expect(judged(answers, { ...BESIDE, freeze: true, memory: true }).plan).toMatchObject({
      reason: { code: 'snapshot.freeze-with-memory' },
      instead: [{ freeze: false }],
    })
  })

  test('new files get a name of the machine, the disk and the snapshot, and none that is taken', () => {
    const sight = aSight({ name: 'my web', taken: new Set(['/p/my-web-vda.a-b.qcow2']) })
    expect(judged(sight, { ...BESIDE, name: 'a/b'.replace('/', ' ') }).deed).toEqual({
      do: 'create-external',
      memoryFile: null,
      overlays: [{ target: 'vda', base: '/p/base', path: '/p/my-web-vda.a-b-2.qcow2', pool: 'pool', volume: 'my-web-vda.a-b-2.qcow2' }],
    })
  })

  test('memory needs its room, and is told of before', () => {
    const running = aSight({ isActive: true, pools: new Map([['pool', { availableBytes: 128 * MIB }]]) })
    expect(reasonOf(running, BESIDE)).toBeNull()
    expect(reasonOf(running, { ...BESIDE, memory: true })).toBe('snapshot.pool-full')
    expect(reasonOf(running, INSIDE)).toBe('snapshot.pool-full')
  })

  test('what it leaves out, and what it hides, is said', () => {
    const sight = aSight({ isActive: true, hasNvram: true, hasTpm: true, snapshots: [aSnapshot('old', 'internal', '/p/base')] })
    expect(codes(judged(sight, BESIDE).plan.warnings)).toEqual([
      'snapshot.warn-crash-consistent',
      'snapshot.warn-behind',
      'snapshot.warn-nvram',
      'snapshot.warn-tpm',
    ])
  })
})

describe('going back', () => {
  test('to one beside: fresh overlays, and what is written now is named as lost unless it is kept', () => {
    const { plan, deed } = judged(aChain(), { operation: 'revert', name: 'first' })
    expect(codes(plan.losses)).toEqual(['snapshot.loss-left-behind'])
    expect(plan).toMatchObject({ deletes: [], interrupts: 'no' })
    expect(deed).toMatchObject({ do: 'revert-external', keep: null, overlays: [{ base: '/p/base' }] })
    const kept = judged(aChain(), { operation: 'revert', name: 'first', keepAs: 'now' })
    expect(kept.plan.losses).toEqual([])
    expect(kept.deed).toMatchObject({ keep: { name: 'now', kind: 'external', overlays: [{ base: '/p/two' }] } })
    expect(reasonOf(aChain(), { operation: 'revert', name: 'first', keepAs: 'second' })).toBe('snapshot.name-taken')
  })

  test('of a machine that runs: it is switched off, and its memory kept with the rest', () => {
    const { plan, deed } = judged(aChain({ isActive: true }), { operation: 'revert', name: 'first' })
    expect(codes(plan.losses)).toEqual(['snapshot.loss-left-behind', 'snapshot.loss-memory'])
    expect(plan.interrupts).toBe('off')
    expect(deed).toMatchObject({ do: 'revert-external' })
    expect(judged(aChain({ isActive: true }), { operation: 'revert', name: 'first', keepAs: 'now' })).toMatchObject({
      plan: { losses: [] },
      deed: { keep: { memory: true, memoryFile: '/p/web.now.memory' } },
    })
  })

  test('to one inside a file that others stand on is refused, and cloning it is offered', () => {
    const sight = aChain({ snapshots: [aSnapshot('inside', 'internal', '/p/base'), aSnapshot('second', 'external', '/p/one')] })
    const { plan } = judged(sight, { operation: 'revert', name: 'inside' })
    expect(plan).toMatchObject({ reason: { code: 'snapshot.mixed-chain' }, instead: [{ operation: 'clone', name: 'inside' }] })
    expect(treeOf(sight, 'r', 0).snapshots[0]).toMatchObject({ name: 'inside', noRevert: { code: 'snapshot.mixed-chain' } })
  })

  test('to one inside the file that is written, unless somebody stands on that', () => {
    const sight = aSight({ snapshots: [aSnapshot('inside', 'internal', '/p/base')] })
    expect(judged(sight, { operation: 'revert', name: 'inside' })).toMatchObject({
      plan: { reason: null, losses: [{ code: 'snapshot.loss-since' }] },
      deed: { do: 'revert-internal' },
    })
    const shared = { ...sight, files: filesOf(aFile('/p/base', null, { overlays: ['/q/clone'], usedBy: ['clone'] })) }
    expect(reasonOf(shared, { operation: 'revert', name: 'inside' })).toBe('snapshot.stands-on')
    expect(reasonOf({ ...sight, blind: 'a pool is silent' }, { operation: 'revert', name: 'inside' })).toBe('snapshot.cannot-tell')
  })

  test('by a definition that would write into a frozen file is refused', () => {
    const sight = aSight({
      disks: [DISK, { ...DISK, target: 'vdb', path: '/p/b2' }],
      files: filesOf(aFile('/p/base'), aFile('/p/b2', '/p/b1'), aFile('/p/b1')),
      snapshots: [
        aSnapshot('inside', 'internal', '/p/base', {
          definition: [
            { target: 'vda', path: '/p/base' },
            { target: 'vdb', path: '/p/b1' },
          ],
        }),
      ],
    })
    expect(reasonOf(sight, { operation: 'revert', name: 'inside' })).toBe('snapshot.definition-elsewhere')
  })

  test('to data that are gone, or were written into, is refused with the file', () => {
    const gone = aChain({ files: filesOf(aFile('/p/two', '/p/one'), aFile('/p/one', '/p/base')) })
    expect(judged(gone, { operation: 'revert', name: 'first' }).plan.reason).toMatchObject({
      code: 'snapshot.file-missing',
      params: { path: '/p/base' },
    })
    const written = aChain({ disks: [{ ...DISK, path: '/p/one' }] })
    expect(reasonOf(written, { operation: 'revert', name: 'second' })).toBe('snapshot.written-into')
    expect(treeOf(written, 'r', 0).snapshots).toMatchObject([{ noRevert: null }, { noRevert: { code: 'snapshot.written-into' } }])
  })

  test('a disk that is no more, a memory file that is no more, kinds that are mixed', () => {
    const without = aChain({ disks: [{ ...DISK, target: 'vdb', path: '/p/two' }] })
    expect(reasonOf(without, { operation: 'revert', name: 'first' })).toBe('snapshot.disk-gone')
    const lost = aFile('/p/mem', null, { problem: { code: 'snapshot.file-missing', text: 'gone' } })
    const memory = aSnapshot('m', 'external', '/p/base', { hasMemory: true, memoryFile: '/p/mem' })
    const sight = aChain({ snapshots: [memory] })
    expect(reasonOf({ ...sight, files: new Map([...sight.files, ['/p/mem', lost]]) }, { operation: 'revert', name: 'm' })).toBe(
      'snapshot.memory-missing',
    )
    const mixed = aSnapshot('x', 'external', '/p/base', {
      disks: [
        { target: 'vda', kind: 'external', file: '/p/base', overlay: null },
        { target: 'vdb', kind: 'internal', file: '/p/one', overlay: null },
      ],
    })
    expect(reasonOf(aChain({ snapshots: [mixed] }), { operation: 'revert', name: 'x' })).toBe('snapshot.mixed-kinds')
    expect(reasonOf(aChain({ snapshots: [mixed] }), { operation: 'delete', name: 'x' })).toBe('snapshot.mixed-kinds')
  })
})

describe('deleting', () => {
  test('one in the middle writes its overlay down, and the next is put on the base', () => {
    const { plan, deed } = judged(aChain(), { operation: 'delete', name: 'first' })
    expect(deed).toEqual({
      do: 'delete-external',
      merges: [{ target: 'vda', top: '/p/one', base: '/p/base', deletes: ['/p/one'] }],
      deletes: [],
    })
    expect(codes(plan.steps)).toEqual([
      'snapshot.step-forget',
      'snapshot.step-start-paused',
      'snapshot.step-merge',
      'snapshot.step-delete-file',
    ])
    expect(plan).toMatchObject({ losses: [], freesBytes: MIB, needs: [{ pool: 'pool', bytes: MIB }] })
  })

  test('files that anything else stands on stay, and who that is is said', () => {
    const branch = aChain({
      files: filesOf(aFile('/p/two', '/p/one'), aFile('/p/one', '/p/base'), aFile('/p/base'), aFile('/p/left', '/p/base')),
    })
    const { plan, deed } = judged(branch, { operation: 'delete', name: 'first' })
    expect(deed).toEqual({ do: 'delete-external', merges: [], deletes: [] })
    expect(plan.warnings).toMatchObject([{ code: 'snapshot.warn-files-stay', params: { files: '/p/base' } }])
    expect(plan.warnings[0]?.params?.by).toContain('/p/left')
  })

  test('a linked clone keeps what it stands on', () => {
    const files = filesOf(
      aFile('/p/two', '/p/one'),
      aFile('/p/one', '/p/base', { usedBy: ['clone'], overlays: ['/q/c'] }),
      aFile('/p/base', null, { usedBy: ['clone'] }),
    )
    for (const name of ['first', 'second']) {
      expect(judged(aChain({ files }), { operation: 'delete', name }).deed).toEqual({ do: 'delete-external', merges: [], deletes: [] })
    }
    expect(reasonOf(aChain({ files, snapshots: [] }), { operation: 'merge', target: 'vda', top: '/p/two', base: '/p/one' })).toBe(
      'snapshot.stands-on',
    )
  })

  test('one at the end of a branch that nothing stands on takes its file away', () => {
    const sight = aChain({
      files: filesOf(aFile('/p/two', '/p/one'), aFile('/p/one', '/p/base'), aFile('/p/base'), aFile('/p/tip', '/p/base')),
      snapshots: [aSnapshot('first', 'external', '/p/base'), aSnapshot('tip', 'external', '/p/tip', { memoryFile: '/p/none' })],
    })
    expect(judged(sight, { operation: 'delete', name: 'tip' })).toMatchObject({
      plan: { deletes: ['/p/tip'], losses: [] },
      deed: { merges: [], deletes: ['/p/tip'] },
    })
  })

  test('without room, with a saved state, or where nobody can tell, the files stay and the snapshot goes', () => {
    const full = aChain({ pools: new Map([['pool', { availableBytes: 1 }]]) })
    expect(judged(full, { operation: 'delete', name: 'first' })).toMatchObject({
      plan: { reason: null, warnings: [{ code: 'snapshot.warn-no-room' }], needs: [] },
      deed: { merges: [] },
    })
    expect(judged(aChain({ hasManagedSave: true }), { operation: 'delete', name: 'first' }).plan.warnings).toMatchObject([
      { code: 'snapshot.warn-saved-state' },
    ])
    expect(judged(aChain({ blind: 'a pool is silent' }), { operation: 'delete', name: 'first' }).deed).toMatchObject({
      merges: [],
      deletes: [],
    })
  })

  test('what stays names what stands on it, and not the machine’s own file beside', () => {
    const hidden = aFile('/off/hidden', '/p/base', { pool: null })
    const sight = aChain({ files: filesOf(aFile('/p/two', '/p/one'), aFile('/p/one', '/p/base'), aFile('/p/base'), hidden) })
    expect(judged(sight, { operation: 'delete', name: 'first' }).plan).toMatchObject({
      warnings: [{ code: 'snapshot.warn-files-stay', params: { files: '/p/base', by: 'second, /off/hidden' } }],
      deletes: [],
    })
  })

  test('what is not there to be looked into is said where data would be lost, and only there', () => {
    const unseen = [{ code: 'snapshot.warn-pools-unseen', text: 'off' }]
    const says = (sight: Sight, operation: SnapshotOperationInput) =>
      codes(judged(sight, operation).plan.warnings).includes('snapshot.warn-pools-unseen')
    expect(says(aChain({ unseen }), { operation: 'delete', name: 'first' })).toBe(true)
    expect(says(aChain({ unseen, snapshots: [] }), { operation: 'merge', target: 'vda', top: '/p/two', base: '/p/one' })).toBe(true)
    const inside = aSight({ unseen, snapshots: [aSnapshot('inside', 'internal', '/p/base')] })
    expect(says(inside, { operation: 'revert', name: 'inside' })).toBe(true)
    expect(says(inside, { operation: 'delete', name: 'inside' })).toBe(true)
    expect(says(aChain({ unseen, hasManagedSave: true }), { operation: 'delete', name: 'first' })).toBe(false)
    expect(says(aChain({ unseen }), { operation: 'revert', name: 'first' })).toBe(false)
    expect(says(aChain({ unseen }), BESIDE)).toBe(false)
  })

  test('one inside a file on which the running machine stands waits until it is off', () => {
    const snapshots = [aSnapshot('inside', 'internal', '/p/base')]
    expect(reasonOf(aChain({ snapshots, isActive: true }), { operation: 'delete', name: 'inside' })).toBe('snapshot.delete-needs-off')
    expect(judged(aChain({ snapshots }), { operation: 'delete', name: 'inside' }).deed).toEqual({ do: 'delete-internal' })
  })
})

describe('merging and flattening', () => {
  const merge = (top: string, base: string) => ({ operation: 'merge', target: 'vda', top, base }) as const

  test('what a snapshot is frozen in is not written to, and deleting that one is offered', () => {
    expect(judged(aChain(), merge('/p/two', '/p/one')).plan).toMatchObject({
      reason: { code: 'snapshot.needed', params: { file: '/p/one', snapshots: 'second' } },
      instead: [{ operation: 'delete', name: 'second' }],
    })
    expect(judged(aChain(), merge('/p/two', '/p/base')).plan.instead).toHaveLength(1)
    expect(reasonOf(aChain(), merge('/p/one', '/p/base'))).toBe('snapshot.needed')
  })

  test('one frozen at the top goes along to the base', () => {
    const sight = aChain({ snapshots: [aSnapshot('second', 'external', '/p/one')] })
    expect(judged(sight, merge('/p/one', '/p/base'))).toMatchObject({ plan: { reason: null, deletes: ['/p/one'] } })
  })

  test('one inside the base stays, one inside what goes does not', () => {
    expect(reasonOf(aChain({ snapshots: [aSnapshot('i', 'internal', '/p/base')] }), merge('/p/two', '/p/base'))).toBeNull()
    for (const file of ['/p/one', '/p/two']) {
      expect(reasonOf(aChain({ snapshots: [aSnapshot('i', 'internal', file)] }), merge('/p/two', '/p/base'))).toBe('snapshot.needed')
    }
    // above the top it reads what it read before
    expect(reasonOf(aChain({ snapshots: [aSnapshot('i', 'internal', '/p/two')] }), merge('/p/one', '/p/base'))).toBeNull()
  })

  test.each([
    ['/p/two', '/p/two', 'snapshot.nothing-to-merge'],
    ['/p/base', '/p/two', 'snapshot.not-in-chain'],
    ['/p/elsewhere', '/p/base', 'snapshot.not-in-chain'],
    ['/p/two', '/p/elsewhere', 'snapshot.not-in-chain'],
  ])('%s into %s is %s', (top, base, code) => {
    expect(reasonOf(aChain({ snapshots: [] }), merge(top, base))).toBe(code)
  })

  test('the room it may need is there before it begins', () => {
    const sight = aChain({ snapshots: [], pools: new Map([['pool', { availableBytes: MIB }]]) })
    expect(reasonOf(sight, merge('/p/two', '/p/base'))).toBe('snapshot.pool-full')
    expect(judged(sight, merge('/p/two', '/p/one')).plan).toMatchObject({ reason: null, needs: [{ bytes: MIB, availableBytes: MIB }] })
  })

  test('a file that keeps a snapshot inside is not cut off from what that reads', () => {
    const flatten = { operation: 'flatten', target: 'vda' } as const
    expect(reasonOf(aChain({ snapshots: [aSnapshot('i', 'internal', '/p/two')] }), flatten)).toBe('snapshot.needed')
    expect(judged(aChain(), flatten)).toMatchObject({
      plan: { reason: null, deletes: [], needs: [{ bytes: 2 * MIB }] },
      deed: { do: 'flatten' },
    })
    expect(reasonOf(aSight(), flatten)).toBe('snapshot.alone-already')
  })

  test('a chain with something missing, or that bites its tail, is left alone', () => {
    const missing = aChain({ snapshots: [], files: filesOf(aFile('/p/two', '/p/one')) })
    expect(reasonOf(missing, merge('/p/two', '/p/one'))).toBe('snapshot.file-missing')
    const problem = { code: 'snapshot.chain-cycle', text: 'round' }
    const round = aChain({ snapshots: [], files: filesOf(aFile('/p/two', '/p/one'), aFile('/p/one', '/p/two', { problem })) })
    expect(reasonOf(round, merge('/p/two', '/p/one'))).toBe('snapshot.chain-cycle')
    expect(reasonOf(round, BESIDE)).toBe('snapshot.chain-cycle')
  })
})

describe('a clone', () => {
  test('copies what is frozen, of a machine that runs too; what is inside the file that is written waits', () => {
    const clone = { operation: 'clone', name: 'first', as: 'copy' } as const
    expect(judged(aChain({ isActive: true }), clone)).toMatchObject({
      plan: { reason: null, needs: [{ bytes: MIB }] },
      deed: { do: 'clone' },
    })
    const inside = aSight({ isActive: true, snapshots: [aSnapshot('first', 'internal', '/p/base')] })
    expect(reasonOf(inside, clone)).toBe('snapshot.clone-needs-off')
    expect(reasonOf({ ...inside, isActive: false }, clone)).toBeNull()
  })

  test('does not share a disk that the snapshot left out', () => {
    const sight = aSight({
      disks: [DISK, { ...DISK, target: 'vdb', path: '/p/b' }],
      files: filesOf(aFile('/p/base'), aFile('/p/b')),
      snapshots: [aSnapshot('first', 'external', '/p/base')],
    })
    // frozen by hand, so that nothing is wrong but the other disk
    const moved = {
      ...sight,
      disks: [
        { ...DISK, path: '/p/new' },
        { ...DISK, target: 'vdb', path: '/p/b' },
      ],
    }
    expect(reasonOf(moved, { operation: 'clone', name: 'first', as: 'copy' })).toBe('snapshot.disk-not-covered')
  })
})

test('the tree shows who needs which file, and what was left behind', () => {
  const sight = aChain({
    files: filesOf(aFile('/p/two', '/p/one'), aFile('/p/one', '/p/base'), aFile('/p/base'), aFile('/p/left', '/p/base')),
  })
  expect(treeOf(sight, 'r1', 5)).toMatchObject({
    revision: 'r1',
    observedAtMs: 5,
    chains: [
      {
        target: 'vda',
        files: [
          { path: '/p/two', isActive: true, snapshots: [] },
          { path: '/p/one', isActive: false, snapshots: ['second'] },
          { path: '/p/base', snapshots: ['first', 'second'] },
        ],
        others: [{ path: '/p/left', base: '/p/base', snapshots: [] }],
      },
    ],
    offers: { internal: null, external: null, memory: { code: 'snapshot.memory-needs-running' } },
  })
})

test('what there is no more is refused by name', () => {
  for (const operation of [
    { operation: 'revert', name: 'x' },
    { operation: 'delete', name: 'x' },
    { operation: 'describe', name: 'x', description: null, tags: [] },
    { operation: 'clone', name: 'x', as: 'y' },
  ] satisfies SnapshotOperationInput[]) {
    expect(reasonOf(aSight(), operation)).toBe('snapshot.not-found')
  }
})
