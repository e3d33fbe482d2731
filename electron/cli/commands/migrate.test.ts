import { describe, expect, test } from 'vitest'
import { type MachineId, type MigrationFinding, type MigrationPrediction, migrationSpecSchema } from '../../../shared/model/index.ts'
import { type MigrateFlags, wishOf, withDisks } from './migrate.ts'
import { findingsTable, liveLine, predictionLine, seconds } from './migrate-show.ts'

const FLAGS: MigrateFlags = {
  to: 'b',
  mode: 'live',
  disk: [],
  nic: [],
  deleteSourceDisks: false,
  peer: false,
  tunnelled: false,
  postCopy: false,
  autoConverge: false,
  compress: false,
  measure: false,
  check: false,
  watch: false,
  yes: false,
  wait: true,
}

const base = migrationSpecSchema.parse({
  machineId: 'c1.m.1',
  targetHostId: 'c2.h.1',
  mode: 'live',
  disks: [
    { target: 'vda', how: 'copy', pool: 'default', volume: 'web.qcow2' },
    { target: 'vdb', how: 'shared' },
    { target: 'sda', how: 'leave' },
  ],
})

function wish(more: Partial<MigrateFlags>) {
  return wishOf('c1.m.1' as MachineId, base.targetHostId, { ...FLAGS, ...more })
}

describe('flags', () => {
  test('become the wish', () => {
    expect(
      wish({
        mode: 'paused',
        peer: true,
        tunnelled: true,
        bandwidth: '200',
        maxDowntime: 500,
        deleteSourceDisks: true,
        leave: 'tpm',
        nic: ['52:54:00:AA:bb:cc=lab', '52:54:00:aa:bb:cd=bridge:br0', '52:54:00:aa:bb:ce=lab/guests'],
      }),
    ).toMatchObject({
      mode: 'paused',
      control: 'peer',
      tunnelled: true,
      bandwidthBytesPerS: 200e6,
      maxDowntimeMs: 500,
      sourceDisks: 'delete',
      leave: ['tpm'],
      nics: [
        { mac: '52:54:00:aa:bb:cc', on: { kind: 'network', name: 'lab' } },
        { mac: '52:54:00:aa:bb:cd', on: { kind: 'bridge', name: 'br0' } },
        { mac: '52:54:00:aa:bb:ce', on: { kind: 'network', name: 'lab', portGroup: 'guests' } },
      ],
    })
  })

  test.each<readonly [string, Partial<MigrateFlags>]>([
    ['tunnelled without a daemon that leads', { tunnelled: true }],
    ['a card without an address', { nic: ['default'] }],
    ['a bandwidth that is none', { bandwidth: 'fast' }],
    ['a bandwidth of nothing', { bandwidth: '0' }],
  ])('%s is refused', (_name, flags) => {
    expect(() => wish(flags)).toThrow(expect.objectContaining({ kind: 'invalid-input' }))
  })
})

describe('disks', () => {
  const hows = (flags: Partial<MigrateFlags>) =>
    withDisks(base, { ...FLAGS, ...flags }).disks.map(({ target, how, pool }) => [target, how, pool].filter(Boolean).join(' '))

  test('stay as the engine filled them in unless flags say otherwise', () => {
    expect(withDisks(base, FLAGS)).toBe(base)
  })

  test('all of one kind; an empty drive stays one', () => {
    expect(hows({ storage: 'shared' })).toEqual(['vda shared', 'vdb shared', 'sda leave'])
    expect(hows({ storage: 'copy', pool: 'ssd' })).toEqual(['vda copy ssd', 'vdb copy ssd', 'sda leave'])
  })

  test('one by one, in another pool', () => {
    expect(hows({ disk: ['vdb=copy:vmstore', 'vda=shared'] })).toEqual(['vda shared', 'vdb copy vmstore', 'sda leave'])
    expect(hows({ pool: 'ssd' })).toEqual(['vda copy ssd', 'vdb shared', 'sda leave'])
  })

  test.each(['vdz=copy', 'vda', 'vda=shared:ssd', 'vda=moved'])('%s is refused', (text) => {
    expect(() => hows({ disk: [text] })).toThrow(expect.objectContaining({ code: 'cli.bad-order' }))
  })
})

test('findings: what stops it first, and under each what mends it', () => {
  const finding = (severity: MigrationFinding['severity'], check: MigrationFinding['check'], text: string, mends: string[] = []) => ({
    id: check,
    check,
    severity,
    reason: { code: 'x', text },
    facts: null,
    mends: mends.map((label) => ({ label: { code: 'x', text: label }, mend: { mend: 'start-pool' as const, pool: 'p' } })),
  })
  const shown = findingsTable([
    finding('passed', 'cpu', 'The CPU fits.'),
    finding('warns', 'clock', 'Two minutes apart.'),
    finding('blocks', 'pools', 'vmstore is off.', ['Start vmstore']),
  ])
  expect(shown.split('\n')).toEqual([
    '        CHECK  FINDING',
    'BLOCKS  pools  vmstore is off.',
    '               → Start vmstore',
    'warns   clock  Two minutes apart.',
    'ok      cpu    The CPU fits.',
  ])
})

test('a prediction in one line, with what it rests on', () => {
  const range = (likely: number) => ({ low: likely / 2, likely, high: likely * 2 })
  const prediction: MigrationPrediction = {
    madeAtMs: 0,
    totalMs: range(4_200),
    downtimeMs: range(200),
    dataBytes: range(180 * 1_048_576),
    memoryBytes: 0,
    diskBytes: 0,
    passes: 2,
    converges: false,
    waysOut: [{ label: { code: 'x', text: 'Slow the guest down.' }, set: {} }],
    dirtyBytesPerS: null,
    bandwidthBytesPerS: 101e6,
    bandwidthFrom: 'measured',
    learnedFrom: { pair: 0, all: 0 },
  }
  expect(predictionLine({ prediction, spec: base })).toBe(
    [
      'Takes 4.2 s (2.1 s to 8.4 s), stands still 0.2 s (0.1 s to 0.4 s), sends 180 MiB (90 MiB to 360 MiB).',
      'Bandwidth 101 MB/s (measured); it writes: not measured.',
      'It writes faster than is copied, so it may never end by itself.',
      '→ Slow the guest down.',
    ].join('\n'),
  )
  expect(predictionLine({ prediction: null, spec: base })).toBeNull()
  const none = { low: 0, likely: 0, high: 0 }
  const cold: MigrationPrediction = { ...prediction, downtimeMs: none, converges: true, waysOut: [], bandwidthFrom: 'assumed' }
  expect(predictionLine({ prediction: cold, spec: { ...base, mode: 'cold' } })).toBe(
    [
      'Takes 4.2 s (2.1 s to 8.4 s), is off meanwhile, sends 180 MiB (90 MiB to 360 MiB).',
      'Its disks are sent and read back at 101 MB/s (assumed).',
    ].join('\n'),
  )
})

test('how it goes, and how long something takes', () => {
  const live = {
    phase: 'copying-memory' as const,
    memory: { total: 100 * 1_048_576, done: 62 * 1_048_576, remaining: 38 * 1_048_576 },
    disk: null,
    bandwidthBytesPerS: 12e6,
    dirtyBytesPerS: 0,
    expectedEndAtMs: 5_000,
  }
  expect(liveLine(live as never, 2_000)).toBe('copying memory  62 %  62 MiB of 100 MiB  12 MB/s  3.0 s left')
  expect(liveLine({ ...live, phase: 'verifying' } as never, 2_000)).toBe('verifying')
  const broken = { sinceMs: 0, tries: 1, said: { code: 'migration.cannot-resume', text: 'No route to host.' }, nextTryAtMs: 7_000 }
  expect(liveLine({ ...live, phase: 'post-copy', broken } as never, 2_000)).toBe(
    'broke in post-copy: stop it at neither host  next try in 5.0 s  No route to host.',
  )
  const steering = { ...broken, said: { code: 'x', text: 'No route.\u001b[2J\n' } }
  expect(liveLine({ ...live, phase: 'post-copy', broken: steering } as never, 2_000)).toContain('No route.\u{fffd}[2J\u{fffd}')
  expect([seconds(900), seconds(59_400), seconds(600_000)]).toEqual(['0.9 s', '59 s', '10 min'])
})
