import { expect, test } from 'vitest'
import { takesOf } from './takes.ts'
import { aCase, aDisk, aPool, type CaseChange, GIB } from './testing/a-case.ts'

const KIB_A_GIB = 1_048_576

function taken(change: CaseChange): string[] {
  const inGiB = (bytes: number | null) => (bytes === null ? '?' : bytes / GIB)
  return takesOf(aCase(change)).map(
    ({ what, name, now, most, free }) => `${what} ${name ?? ''} ${inGiB(now)}–${inGiB(most)} of ${inGiB(free)}`,
  )
}

test.each<[string, CaseChange, string[]]>([
  ['what it holds of memory, and may use', {}, ['memory  2–4 of 32', 'pool images 2–10 of 100']],
  ['off, it takes no memory at once', { out: { isRunning: false, disks: [] }, wish: { mode: 'cold' } }, ['memory  0–4 of 32']],
  ['not known what is free', { out: { disks: [] }, into: { memoryFreeKiB: null } }, ['memory  2–4 of ?']],
  [
    'several disks of one pool, what one stands on included',
    {
      out: { disks: [aDisk('vda'), aDisk('vdb', { backing: ['/b'] }), aDisk('vdc', { pool: 'nvme' })] },
      into: { pools: [aPool('images'), aPool('nvme', { availableBytes: null })] },
    },
    ['memory  2–4 of 32', 'pool images 12–20 of 100', 'pool nvme 2–10 of ?'],
  ],
  [
    'a disk that both see takes nothing',
    { into: { paths: new Map([['/images/vda.qcow2', { exists: true, isShared: true, sizeBytes: null }]]) } },
    ['memory  2–4 of 32'],
  ],
  [
    'huge pages',
    { out: { disks: [], hugePagesKiB: [KIB_A_GIB], memoryKiB: 3.5 * KIB_A_GIB }, into: { hugePagesFree: new Map([[KIB_A_GIB, 6]]) } },
    ['huge-pages 1 GiB 4–4 of 6'],
  ],
])('%s', (_, change, takes) => {
  expect(taken(change)).toEqual(takes)
})
