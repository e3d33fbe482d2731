import { describe, expect, test } from 'vitest'
import { aCase, aDisk, anEnd, aPool, carried, GIB } from '../testing/a-case.ts'
import { type Example, mendsOf, saidBy } from '../testing/example.ts'
import { disks } from './disks.ts'
import type { Check } from './judge.ts'
import { cache, media } from './media.ts'
import { pools, space } from './pools.ts'
import { snapshots } from './snapshots.ts'

const seen = (isShared: boolean | null, more: ReadonlyArray<readonly [string, boolean]> = []) => ({
  paths: new Map([
    ['/images/vda.qcow2', { exists: true, isShared, sizeBytes: null }],
    ...more.map(([path, exists]) => [path, { exists, isShared, sizeBytes: null }] as const),
  ]),
})
const SHARED = { disks: [{ target: 'vda', how: 'shared' as const }] }
const ISO = aDisk('sda', { device: 'cdrom', path: '/iso/dvd.iso', isReadOnly: true })
const iso = (exists: boolean) => ({ paths: new Map([['/iso/dvd.iso', { exists, isShared: null, sizeBytes: null }]]) })
const OFF = { isRunning: false }
/** Its disks go through the console. */
const COLD = (more: Parameters<typeof carried>[0] = {}) => ({ carried: carried(more) })
const SNAPSHOTS = { snapshots: { internal: 1, external: 2 } }
const INSIDE = { snapshots: { internal: 2, external: 0 } }
const NOT_THERE = { exists: false, isShared: null, sizeBytes: null }
const ON_BASE = { disks: [aDisk('vda', { backing: ['/images/base.qcow2'] })] }
const OLD = { host: anEnd('b', '10.0.0.2', { hypervisor: '3.1.0' }) }
/** The wish that `change` of the disk vda makes. */
const vda = (change: Readonly<Record<string, unknown>>) => JSON.stringify({ disks: [{ target: 'vda', ...change }] })

const EXAMPLES: ReadonlyArray<readonly [check: Check, examples: readonly Example[]]> = [
  [
    disks,
    [
      ['none', { out: { disks: [] } }, ['passed disks-none']],
      ['copied', {}, ['passed disk-copied:vda']],
      ['shared', { into: seen(true) }, ['passed disk-shared:vda']],
      ['a file of that name is copied unless it is known to be the same', { into: seen(null) }, ['passed disk-copied:vda']],
      [
        'said to be the same, which nobody can tell',
        { wish: SHARED, into: seen(null) },
        ['warns disk-same-unknown:vda'],
        [vda({ how: 'copy', pool: 'images', volume: 'vda.qcow2' })],
      ],
      [
        'a device by its name alone',
        { wish: SHARED, out: { disks: [aDisk('vda', { type: 'block' })] }, into: seen(false) },
        ['warns disk-same-unknown:vda'],
      ],
      ['said to be the same, and another file', { wish: SHARED, into: seen(false) }, ['blocks disk-other-file:vda']],
      ['said to be the same, and not there', { wish: SHARED }, ['blocks disk-not-seen:vda']],
      [
        'what it stands on is not there',
        { out: { disks: [aDisk('vda', { backing: ['/images/base.qcow2'] })] }, into: seen(true, [['/images/base.qcow2', false]]) },
        ['blocks disk-backing-missing:vda'],
      ],
      ['on the network', { out: { disks: [aDisk('vda', { type: 'network', path: 'ceph/web' })] } }, ['passed disk-network:vda']],
      ['carried', { out: OFF, more: COLD() }, ['passed disk-carried:vda']],
      ['carried, with what it stands on', { out: { ...OFF, ...ON_BASE }, more: COLD() }, ['warns disk-carried-whole:vda']],
      [
        'carried, and nobody can make it whole',
        { out: { ...OFF, ...ON_BASE }, more: COLD({ noConversion: 'No programs.' }) },
        ['blocks disk-not-whole:vda'],
      ],
      ['to be carried out of no pool', { out: OFF, more: COLD({ versions: new Map() }) }, ['blocks disk-in-no-pool:vda']],
      ['copied whole', { out: { disks: [aDisk('vda', { backing: ['/images/base.qcow2'] })] } }, ['passed disk-flattened:vda']],
      [
        'of several machines',
        { wish: { disks: [{ target: 'vda', how: 'copy' }] }, out: { disks: [aDisk('vda', { isShareable: true })] }, into: seen(true) },
        ['blocks disk-shareable:vda'],
        [vda({ how: 'shared', pool: null, volume: null })],
      ],
      [
        'of several machines, and not there',
        { wish: { disks: [{ target: 'vda', how: 'copy' }] }, out: { disks: [aDisk('vda', { isShareable: true })] } },
        ['blocks disk-shareable:vda'],
        [],
      ],
      [
        'left behind',
        { wish: { disks: [{ target: 'vda', how: 'leave' }] } },
        ['blocks disk-left:vda'],
        [vda({ how: 'copy', pool: 'images', volume: 'vda.qcow2' })],
      ],
      [
        'in no pool',
        { out: { disks: [aDisk('vda', { pool: null, volume: null })] } },
        ['blocks disk-no-place:vda'],
        [vda({ how: 'copy', pool: 'images', volume: 'web-vda.qcow2' })],
      ],
      ['of unknown size', { out: { disks: [aDisk('vda', { capacityBytes: null })] } }, ['blocks disk-size-unknown:vda']],
      ['a drive is none', { out: { disks: [ISO] } }, ['passed disks-none']],
    ],
  ],
  [
    pools,
    [
      ['there', {}, ['passed pool-there:images']],
      ['none needed', { out: { disks: [] } }, ['passed pools-none']],
      [
        'missing',
        { into: { pools: [aPool('other')] } },
        ['blocks pool-missing:images'],
        ['create-pool', vda({ how: 'copy', pool: 'other', volume: 'vda.qcow2' })],
      ],
      ['missing, and not to be made alike', { into: { pools: [] }, more: { sourcePools: new Map() } }, ['blocks pool-missing:images'], []],
      ['off', { into: { pools: [aPool('images', { isActive: false })] } }, ['blocks pool-off:images'], ['start-pool']],
      [
        'no folder, for what goes through the console',
        { out: OFF, more: COLD(), into: { pools: [aPool('images', { type: 'logical' }), aPool('vg', { type: 'logical' }), aPool('dir')] } },
        ['blocks pool-no-folder:images'],
        [vda({ how: 'copy', pool: 'dir', volume: 'vda.qcow2' })],
      ],
      ['without a path', { into: { pools: [aPool('images', { path: null, type: 'rbd' })] } }, ['blocks pool-no-files:images']],
      [
        'the roomiest others come first, those without room not at all',
        {
          into: {
            pools: [
              aPool('small', { availableBytes: GIB }),
              aPool('b', { availableBytes: 5 * GIB }),
              aPool('c', { availableBytes: 9 * GIB }),
            ],
          },
          more: { sourcePools: new Map() },
        },
        ['blocks pool-missing:images'],
        [vda({ how: 'copy', pool: 'c', volume: 'vda.qcow2' }), vda({ how: 'copy', pool: 'b', volume: 'vda.qcow2' })],
      ],
      [
        'the name is taken',
        { into: { pools: [aPool('images', { taken: ['vda.qcow2'] })] } },
        ['passed pool-there:images', 'blocks volume-taken:images/vda.qcow2'],
        [vda({ how: 'copy', pool: 'images', volume: 'vda-2.qcow2' })],
      ],
      [
        'two to one name',
        {
          wish: {
            disks: [
              { target: 'vda', how: 'copy', volume: 'x' },
              { target: 'vdb', how: 'copy', volume: 'x' },
            ],
          },
          out: { disks: [aDisk('vda'), aDisk('vdb')] },
        },
        ['passed pool-there:images', 'blocks volume-twice:vda', 'blocks volume-twice:vdb'],
      ],
      [
        'taken by what may be the same file',
        { into: { ...seen(null), pools: [aPool('images', { taken: ['vda.qcow2'] })] } },
        ['passed pool-there:images', 'blocks volume-taken:images/vda.qcow2'],
        [vda({ how: 'copy', pool: 'images', volume: 'vda-2.qcow2' }), vda({ how: 'shared', pool: null, volume: null })],
      ],
    ],
  ],
  [
    space,
    [
      ['enough', {}, ['passed space-fits:images']],
      ['a pool that is off', { into: { pools: [aPool('images', { isActive: false })] } }, ['unknown space-later:images']],
      ['no copy', { out: { disks: [] } }, ['passed space-none']],
      ['too little', { into: { pools: [aPool('images', { availableBytes: GIB })] } }, ['blocks space-short:images']],
      [
        'each fits, both do not',
        { out: { disks: [aDisk('vda'), aDisk('vdb')] }, into: { pools: [aPool('images', { availableBytes: 3 * GIB })] } },
        ['blocks space-short:images'],
      ],
      ['enough for now', { into: { pools: [aPool('images', { availableBytes: 5 * GIB })] } }, ['warns space-tight:images']],
      [
        'what it stands on takes room as well',
        { out: { disks: [aDisk('vda', { backing: ['/b'] })] }, into: { pools: [aPool('images', { availableBytes: 5 * GIB })] } },
        ['blocks space-short:images'],
      ],
      ['not told', { into: { pools: [aPool('images', { availableBytes: null })] } }, ['unknown space-unknown:images']],
      ['of no size that the source tells', { out: { disks: [aDisk('vda', { allocationBytes: null })] } }, ['unknown space-no-size:images']],
      [
        'one of several has none',
        { out: { disks: [aDisk('vda'), aDisk('vdb', { capacityBytes: null, backing: ['/images/base.qcow2'] })] } },
        ['unknown space-no-size:images'],
      ],
      [
        'one of several has none, and the others alone are too large',
        {
          out: { disks: [aDisk('vda'), aDisk('vdb', { capacityBytes: null })] },
          into: { pools: [aPool('images', { availableBytes: GIB })] },
        },
        ['blocks space-short:images'],
      ],
    ],
  ],
  [
    cache,
    [
      ['copied', { out: { disks: [aDisk('vda', { cache: 'unsafe' })] } }, ['passed cache-safe']],
      ['shared, of a QEMU that lets go of it', { into: seen(true) }, ['passed cache-safe']],
      ['shared, of an old one', { into: { ...seen(true), ...OLD } }, ['warns cache-unsafe:vda'], ['safe-cache']],
      [
        'shared, of an old one, past the cache',
        { out: { disks: [aDisk('vda', { cache: 'none' })] }, into: { ...seen(true), ...OLD } },
        ['passed cache-safe'],
      ],
      [
        'shared, never written when told to',
        { out: { disks: [aDisk('vda', { cache: 'unsafe' })] }, into: seen(true) },
        ['warns cache-unsafe:vda'],
      ],
      ['read only', { out: { disks: [aDisk('vda', { cache: 'unsafe', isReadOnly: true })] }, into: seen(true) }, ['passed cache-safe']],
    ],
  ],
  [
    snapshots,
    [
      ['none', {}, ['passed snapshots-none']],
      ['some, on hosts that cannot be told of them', { out: SNAPSHOTS, more: { recallsSnapshots: false } }, ['blocks snapshots']],
      ['copied by hosts that say nothing of them', { out: { disks: [aDisk('vda')], ...INSIDE, ...OFF } }, ['blocks snapshots']],
      ['all shared, running', { out: { disks: [aDisk('vda')], ...SNAPSHOTS }, into: seen(true) }, ['passed snapshots-go']],
      ['all shared, off', { out: { disks: [aDisk('vda')], ...SNAPSHOTS, ...OFF }, into: seen(true) }, ['passed snapshots-go']],
      ['copied while it runs', { out: { disks: [aDisk('vda')], ...INSIDE } }, ['blocks snapshots-live-copy']],
      ['within a disk that is copied', { out: { disks: [aDisk('vda')], ...INSIDE, ...OFF }, more: COLD() }, ['passed snapshots-go']],
      [
        'within a disk that is made whole',
        { out: { disks: [aDisk('vda', { backing: ['/base.qcow2'] })], ...INSIDE, ...OFF }, more: COLD() },
        ['blocks snapshots-whole:vda'],
      ],
      ['beneath a disk that is copied', { out: { disks: [aDisk('vda')], ...SNAPSHOTS, ...OFF }, more: COLD() }, ['blocks snapshots-chain']],
      [
        'with files that stay, or may stay, or come along',
        {
          out: { disks: [aDisk('vda')], snapshots: { internal: 0, external: 1, files: ['/a', '/b', '/c', '/images/vda.qcow2'] } },
          into: {
            paths: new Map<string, { exists: boolean; isShared: boolean | null; sizeBytes: null }>([
              ...seen(true).paths,
              ['/a', NOT_THERE],
              ['/b', { ...NOT_THERE, exists: true }],
              ['/c', { ...NOT_THERE, exists: true, isShared: true }],
            ]),
          },
        },
        ['passed snapshots-go', 'warns snapshots-file:/a', 'unknown snapshots-file-unknown:/b'],
      ],
      ['checkpoints', { out: { checkpoints: 2 } }, ['warns checkpoints']],
      ['saved', { out: { hasManagedSave: true, ...OFF } }, ['blocks saved']],
    ],
  ],
  [
    media,
    [
      ['none', {}, ['passed media-none']],
      ['an empty drive', { out: { disks: [aDisk('sda', { device: 'cdrom', path: null })] } }, ['passed media-none']],
      ['there', { out: { disks: [ISO] }, into: iso(true) }, ['passed media-there:sda']],
      ['missing', { out: { disks: [ISO] }, into: iso(false) }, ['blocks media-missing:sda'], ['eject-media']],
      ['missing at the next start', { out: { disks: [ISO], ...OFF }, into: iso(false) }, ['warns media-missing:sda']],
      ['missing, and optional', { out: { disks: [{ ...ISO, startupPolicy: 'optional' }] }, into: iso(false) }, ['warns media-dropped:sda']],
      [
        'missing at the next start, and optional',
        { out: { disks: [{ ...ISO, startupPolicy: 'optional' }], ...OFF }, into: iso(false) },
        ['warns media-dropped:sda'],
        ['eject-media'],
      ],
      [
        'missing, and requisite',
        { out: { disks: [{ ...ISO, startupPolicy: 'requisite' }] }, into: iso(false) },
        ['warns media-dropped:sda'],
      ],
      [
        'missing at the next start, and requisite',
        { out: { disks: [{ ...ISO, startupPolicy: 'requisite' }], ...OFF }, into: iso(false) },
        ['warns media-missing:sda'],
      ],
      [
        'missing, and mandatory',
        { out: { disks: [{ ...ISO, startupPolicy: 'mandatory' }] }, into: iso(false) },
        ['blocks media-missing:sda'],
        ['eject-media'],
      ],
      ['not looked at', { out: { disks: [ISO] } }, ['unknown media-unknown:sda'], ['eject-media']],
      [
        'to be copied',
        { wish: { disks: [{ target: 'sda', how: 'copy' }] }, out: { disks: [ISO] }, into: iso(true) },
        ['blocks media-not-copied:sda'],
        ['eject-media'],
      ],
      [
        'on the network',
        { out: { disks: [aDisk('sda', { device: 'cdrom', type: 'network', path: 'ceph/dvd' })] } },
        ['passed media-there:sda'],
      ],
    ],
  ],
]

describe.each(EXAMPLES.map(([check, examples]) => ({ check, examples, of: check.name })))('$of', ({ check, examples }) => {
  test.each(examples.map(([title, change, says, mends]) => ({ title, change, says, mends })))('$title', ({ change, says, mends }) => {
    expect(saidBy(check, change)).toEqual(says)
    expect(mends && mendsOf(check, aCase(change))).toEqual(mends)
  })
})

test('of a missing pool it is said what it is at the source', () => {
  const [found] = pools(aCase({ into: { pools: [] } }))
  expect(found).toMatchObject({ facts: 'dir pool, /images', mends: [{ mend: { mend: 'create-pool', pool: 'images' } }] })
  expect(found?.reason.text).toBe('kvm-2 has no pool images, so the disk vda would have nowhere to go. Create it there, or choose another.')
})

test('two disks of one pool go to another one together', () => {
  const change = { out: { disks: [aDisk('vda'), aDisk('vdb')] }, into: { pools: [aPool('other')] }, more: { sourcePools: new Map() } }
  const [wish] = mendsOf(pools, aCase(change))
  expect(JSON.parse(wish ?? '')).toMatchObject({
    disks: [
      { target: 'vda', pool: 'other' },
      { target: 'vdb', pool: 'other' },
    ],
  })
})
