import { describe, expect, test } from 'vitest'
import { aCase, aDisk, anEnd, carried } from '../testing/a-case.ts'
import { type Example, mendsOf, saidBy } from '../testing/example.ts'
import { firmware, tpm } from './firmware.ts'
import type { Check } from './judge.ts'
import { hostDevices, hugePages, memory } from './memory.ts'
import { options } from './options.ts'
import { busy, identity, maintenance, name, sameHost } from './place.ts'
import { processor } from './processor.ts'
import { machineType, versions } from './software.ts'

const LOADER = { loader: '/ovmf.fd', nvram: '/nvram/web.fd', isSecure: false }
const COLD = { isRunning: false }
const CARRIED = { carried: carried() }
const EMULATED = { model: 'tpm-crb', backend: 'emulator' }

const EXAMPLES: ReadonlyArray<readonly [check: Check, examples: readonly Example[]]> = [
  [
    sameHost,
    [
      ['another', {}, ['passed other-host']],
      ['the same', { more: { isSameHost: true } }, ['blocks same-host']],
    ],
  ],
  [
    maintenance,
    [
      ['none', {}, ['passed no-maintenance']],
      ['in maintenance', { more: { isTargetInMaintenance: true } }, ['blocks maintenance']],
    ],
  ],
  [
    busy,
    [
      ['nothing', {}, ['passed not-busy']],
      ['a task', { more: { busyWith: 'snapshot.create' }, out: { job: 'snapshot' } }, ['blocks busy-task']],
      ['a job of the host', { out: { job: 'backup' } }, ['blocks busy-job']],
    ],
  ],
  [
    identity,
    [
      ['free', {}, ['passed uuid-free']],
      ['left from before', { into: { uuidTaken: { name: 'web', isRunning: false } } }, ['blocks uuid-taken']],
      ['running there', { into: { uuidTaken: { name: 'web', isRunning: true } } }, ['blocks uuid-runs']],
      ['transient', { out: { isPersistent: false } }, ['warns transient', 'passed uuid-free']],
    ],
  ],
  [
    name,
    [
      ['free', {}, ['passed name-free']],
      ['taken', { into: { nameTaken: true } }, ['blocks name-taken'], ['{"rename":"web-2"}']],
      ['the new one is taken too', { wish: { rename: 'web-2' }, into: { nameTaken: true } }, ['blocks name-taken'], ['{"rename":"web-3"}']],
    ],
  ],
  [
    versions,
    [
      ['the same', {}, ['passed versions-fit:libvirt', 'passed versions-fit:QEMU']],
      [
        'newer there',
        { into: { host: anEnd('b', '10.0.0.2', { libvirt: '10.0.0', hypervisor: '10.1.0' }) } },
        ['passed versions-fit:libvirt', 'passed qemu-newer'],
      ],
      [
        'older there',
        { into: { host: anEnd('b', '10.0.0.2', { libvirt: '8.10.0', hypervisor: '7.1.9' }) } },
        ['warns libvirt-older', 'warns qemu-older'],
      ],
      [
        'not told',
        { out: { host: anEnd('a', '10.0.0.1', { libvirt: null, hypervisor: null }) } },
        ['unknown versions-unknown:libvirt', 'unknown versions-unknown:QEMU'],
      ],
    ],
  ],
  [
    machineType,
    [
      ['there', {}, ['passed machine-type-there', 'passed emulator-there']],
      ['missing', { into: { hasMachineType: false } }, ['blocks machine-type-missing']],
      ['not told', { into: { hasMachineType: null } }, ['unknown machine-type-unknown']],
      ['none named', { out: { machineType: null } }, ['unknown machine-type-unknown']],
      ['another emulator', { into: { hasEmulator: false } }, ['passed machine-type-there', 'warns emulator-missing']],
      ['of the emulator nothing is told', { into: { hasEmulator: null } }, ['passed machine-type-there']],
    ],
  ],
  [
    processor,
    [
      ['fits', {}, ['passed cpu-there']],
      [
        'features are missing',
        { into: { cpuMissing: ['avx512f', 'pku'], cpuNote: 'missing features: avx512f,pku' } },
        ['blocks cpu-missing'],
      ],
      ['another, and nobody says in what', { into: { cpuNote: 'CPU does not match' } }, ['blocks cpu-differs']],
      ['not compared', { into: { cpuMissing: null, cpuNote: 'unsupported' } }, ['unknown cpu-unknown']],
      ['as it is', { out: { cpuMode: 'host-passthrough' } }, ['warns cpu-passthrough']],
      ['as it is, off', { out: { cpuMode: 'host-passthrough', ...COLD } }, ['passed cpu-there']],
    ],
  ],
  [
    firmware,
    [
      ['BIOS', {}, ['passed firmware-none']],
      ['there', { out: { firmware: LOADER }, into: { hasLoader: true } }, ['passed firmware-there']],
      ['missing', { out: { firmware: LOADER }, into: { hasLoader: false } }, ['blocks firmware-missing']],
      ['not told', { out: { firmware: LOADER } }, ['unknown firmware-unknown']],
      [
        'settings stay behind',
        { out: { firmware: LOADER, ...COLD }, into: { hasLoader: true } },
        ['passed firmware-there', 'warns nvram-stays'],
      ],
      [
        'settings go along',
        { out: { firmware: { ...LOADER, hasNvram: true }, ...COLD }, into: { hasLoader: true }, more: CARRIED },
        ['passed firmware-there', 'passed nvram-goes'],
      ],
      [
        'settings that the target sees',
        {
          out: { firmware: LOADER, ...COLD },
          into: { hasLoader: true, paths: new Map([[LOADER.nvram, { exists: true, isShared: true, sizeBytes: 1 }]]) },
        },
        ['passed firmware-there', 'passed nvram-shared'],
      ],
      [
        'settings of another machine lie there',
        {
          out: { firmware: LOADER, ...COLD },
          into: { hasLoader: true, paths: new Map([[LOADER.nvram, { exists: true, isShared: false, sizeBytes: 1 }]]) },
        },
        ['passed firmware-there', 'warns nvram-stays'],
      ],
      [
        'never started',
        { out: { firmware: { ...LOADER, hasNvram: false }, ...COLD }, into: { hasLoader: true } },
        ['passed firmware-there', 'passed nvram-none'],
      ],
    ],
  ],
  [
    tpm,
    [
      ['none', {}, ['passed tpm-none']],
      ['there', { out: { tpm: EMULATED }, into: { hasTpm: true } }, ['passed tpm-there']],
      ['missing', { out: { tpm: EMULATED }, into: { hasTpm: false } }, ['blocks tpm-missing']],
      ['not told', { out: { tpm: EMULATED } }, ['unknown tpm-unknown']],
      [
        'the host’s own chip',
        { out: { tpm: { ...EMULATED, backend: 'passthrough' } }, into: { hasTpm: true } },
        ['blocks tpm-passthrough'],
      ],
      ['off', { out: { tpm: EMULATED, ...COLD }, into: { hasTpm: true } }, ['blocks tpm-stays'], ['{"leave":["tpm"]}']],
      ['off, and given up', { wish: { leave: ['tpm'] }, out: { tpm: EMULATED, ...COLD }, into: { hasTpm: true } }, ['warns tpm-left']],
      [
        'given up, and missing there',
        { wish: { leave: ['tpm'] }, out: { tpm: EMULATED, ...COLD }, into: { hasTpm: false } },
        ['blocks tpm-missing'],
      ],
    ],
  ],
  [
    memory,
    [
      ['fits', {}, ['passed memory-fits']],
      ['what it holds does not fit', { into: { memoryFreeKiB: 1_048_576 } }, ['blocks memory-short']],
      ['what it may use does not fit', { into: { memoryFreeKiB: 3 * 1_048_576 } }, ['warns memory-tight']],
      ['off, it holds nothing', { out: COLD, into: { memoryFreeKiB: 1_048_576 } }, ['warns memory-tight']],
      ['not told', { into: { memoryFreeKiB: null } }, ['unknown memory-unknown']],
      ['huge pages are set apart', { out: { hugePagesKiB: [2_048] }, into: { memoryFreeKiB: 1_024 } }, ['passed memory-fits']],
    ],
  ],
  [
    hugePages,
    [
      ['none', {}, ['passed huge-pages-none']],
      ['fit', { out: { hugePagesKiB: [2_048] }, into: { hugePagesFree: new Map([[2_048, 2_048]]) } }, ['passed huge-pages-fit:2 MiB']],
      [
        'too few',
        { out: { hugePagesKiB: [2_048] }, into: { hugePagesFree: new Map([[2_048, 2_047]]) } },
        ['blocks huge-pages-short:2 MiB'],
      ],
      [
        'too few now',
        { out: { hugePagesKiB: [1_048_576], ...COLD }, into: { hugePagesFree: new Map([[1_048_576, 0]]) } },
        ['warns huge-pages-short:1 GiB'],
      ],
      ['not told', { out: { hugePagesKiB: [2_048] } }, ['unknown huge-pages-unknown:2 MiB']],
      [
        'of two sizes',
        {
          out: { hugePagesKiB: [2_048, 1_048_576] },
          into: {
            hugePagesFree: new Map([
              [2_048, 1],
              [1_048_576, 0],
            ]),
          },
        },
        ['passed huge-pages-fit:2 MiB', 'blocks huge-pages-short:1 GiB'],
      ],
    ],
  ],
  [
    hostDevices,
    [
      ['none', {}, ['passed host-devices-none']],
      ['live', { out: { hostDevices: ['PCI 0000:03:00.0'] } }, ['blocks host-devices']],
      ['off', { out: { hostDevices: ['folder /srv'], ...COLD } }, ['warns host-devices-cold']],
    ],
  ],
  [
    options,
    [
      ['fits', {}, ['passed options-fit']],
      ['post-copy', { wish: { postCopy: true } }, ['warns post-copy-risk'], ['{"postCopy":false}']],
      ['cold while it runs', { wish: { mode: 'cold' } }, ['blocks cold-running'], ['{"mode":"live"}']],
      ['cold with copies', { out: COLD, more: CARRIED }, ['passed options-fit']],
      [
        'cold with copies, and a limit that nobody keeps to',
        { out: COLD, more: CARRIED, wish: { bandwidthBytesPerS: 1_048_576 } },
        ['blocks cold-limit'],
        ['{"bandwidthBytesPerS":null}'],
      ],
      ['cold through a tunnel', { out: { ...COLD, disks: [] }, wish: { tunnelled: true, control: 'peer' } }, ['blocks cold-tunnelled']],
      ['paused, with post-copy', { wish: { mode: 'paused', postCopy: true } }, ['blocks paused-post-copy', 'warns post-copy-risk']],
      [
        'a tunnel led by the console',
        { out: { disks: [] }, wish: { tunnelled: true } },
        ['blocks tunnelled-client'],
        ['{"tunnelled":false}', '{"control":"peer"}'],
      ],
      ['copies through a tunnel', { wish: { tunnelled: true, control: 'peer' } }, ['blocks tunnelled-copies']],
      [
        'post-copy through a tunnel',
        { out: { disks: [] }, wish: { tunnelled: true, control: 'peer', postCopy: true } },
        ['blocks tunnelled-post-copy', 'warns post-copy-risk'],
      ],
      [
        'parallel through a tunnel',
        { out: { disks: [] }, wish: { tunnelled: true, control: 'peer', parallel: 4 } },
        ['blocks tunnelled-parallel'],
      ],
      ['parallel and compressed', { wish: { parallel: 2, compress: true } }, ['blocks parallel-compress']],
      ['parallel and post-copy', { wish: { parallel: 2, postCopy: true } }, ['blocks parallel-post-copy', 'warns post-copy-risk']],
      [
        'parallel and post-copy where QEMU can',
        {
          wish: { parallel: 2, postCopy: true },
          out: { host: anEnd('a', '10.0.0.1', { hypervisor: '10.1.0' }) },
          into: { host: anEnd('b', '10.0.0.2', { hypervisor: '10.2.0' }) },
        },
        ['warns post-copy-risk'],
      ],
      [
        'a disk and a card that it does not have',
        { wish: { disks: [{ target: 'vdz', how: 'copy' }], nics: [{ mac: '52:54:00:00:00:99', on: { kind: 'bridge', name: 'br0' } }] } },
        ['blocks wish-unknown:vdz', 'blocks wish-unknown:52:54:00:00:00:99'],
      ],
      ['one connection is none in parallel', { wish: { parallel: 1, compress: true } }, ['passed options-fit']],
    ],
  ],
]

describe.each(EXAMPLES.map(([check, examples]) => ({ check, examples, of: check.name })))('$of', ({ check, examples }) => {
  test.each(examples.map(([title, change, says, mends]) => ({ title, change, says, mends })))('$title', ({ change, says, mends }) => {
    expect(saidBy(check, change)).toEqual(says)
    expect(mends && mendsOf(check, aCase(change))).toEqual(mends)
  })
})

test('what is missing is named, with the host’s own words behind it', () => {
  const [found] = processor(aCase({ into: { cpuMissing: ['avx512f', 'pku'], cpuNote: 'missing features: avx512f,pku' } }))
  expect(found).toMatchObject({
    reason: { code: 'migration.finding.cpu-missing', params: { target: 'kvm-2', features: 'avx512f, pku' } },
    facts: 'missing features: avx512f,pku',
  })
  expect(found?.reason.text).toContain('lacks what the guest uses: avx512f, pku.')
})

test('a machine without disks of its own may go cold', () => {
  expect(saidBy(options, { out: { isRunning: false, disks: [aDisk('sda', { device: 'cdrom', path: null })] } })).toEqual([
    'passed options-fit',
  ])
})
