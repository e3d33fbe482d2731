import { describe, expect, test } from 'vitest'
import { type OsEntry, osEntrySchema } from '../../../shared/model/index.ts'
import { osById, osCatalogue } from './os-catalogue.ts'

const { systems } = osCatalogue()

test('ids, names and libosinfo ids are each one system’s', () => {
  for (const key of ['id', 'name', 'libosinfo'] as const) {
    const values = systems.map((system) => system[key]).filter((value) => value !== null)
    expect(new Set(values).size).toBe(values.length)
  }
  expect(osById('debian12')?.name).toBe('Debian 12 (bookworm)')
  expect(osById('debian-12')).toBeUndefined()
})

test('what is asked for is there', () => {
  const families = ['debian', 'ubuntu', 'fedora', 'rhel', 'rocky', 'almalinux', 'centos', 'opensuse', 'sles', 'archlinux', 'alpinelinux']
  const others = ['freebsd', 'openbsd', 'netbsd', 'windows', 'windows-server']
  const known = new Set(systems.map(({ family }) => family))
  expect([...families, ...others].filter((family) => !known.has(family))).toEqual([])
  // the two that fit whatever is not in it
  expect(osById('linux')).toMatchObject({ kind: 'linux' })
  expect(osById('other')).toMatchObject({ kind: 'other' })
})

test('the versions of a family stand together, the newest first', () => {
  const order = systems.map(({ family }) => family).filter((family, index, all) => family !== all[index - 1])
  expect(new Set(order).size).toBe(order.length)
  for (const family of order) {
    const dates = systems.flatMap((system) => (system.family === family && system.released !== null ? [Date.parse(system.released)] : []))
    expect(dates).toEqual(dates.toSorted((a, b) => b - a))
  }
})

describe.each(systems.map((system) => [system.id, system] as const))('%s', (_id, system: OsEntry) => {
  test('ends after it began', () => {
    expect((system.released ?? '0000') < (system.endOfLife ?? '9999')).toBe(true)
  })

  test('is recommended no less than it needs', () => {
    for (const key of ['vcpus', 'memoryMiB', 'diskGiB'] as const) {
      expect(system.recommended[key]).toBeGreaterThanOrEqual(system.minimum[key])
    }
  })

  test('has images for Linux only, one for each architecture, with a list of checksums beside it', () => {
    expect(system.cloudImages.length === 0 || system.kind === 'linux').toBe(true)
    expect(new Set(system.cloudImages.map(({ arch }) => arch)).size).toBe(system.cloudImages.length)
    for (const { url, checksumUrl } of system.cloudImages) {
      expect(url).toMatch(/\.(qcow2|img)$/)
      expect(checksumUrl).toSatisfy((list: string | null) => list?.startsWith(`${url.slice(0, url.lastIndexOf('/'))}/`) === true)
    }
  })
})

test('an image or a page that is not fetched by https is refused', () => {
  const [first] = systems
  const parse = (change: object) => osEntrySchema.safeParse({ ...first, ...change }).success
  expect(parse({})).toBe(true)
  expect(parse({ isoPage: 'http://www.debian.org/distrib/' })).toBe(false)
  expect(parse({ cloudImages: [{ ...first?.cloudImages[0], url: 'ftp://cloud.debian.org/a.qcow2' }] })).toBe(false)
})

test('Windows is given what its setup has drivers for', () => {
  const windows = systems.filter(({ kind }) => kind === 'windows')
  expect(windows.map(({ diskBus, nicModel, localTime }) => [diskBus, nicModel, localTime])).toEqual(
    windows.map(() => ['sata', 'e1000e', true]),
  )
  expect(osById('win11')).toMatchObject({ firmware: 'uefi-secure', tpm: true, minimum: { vcpus: 2, memoryMiB: 4096, diskGiB: 64 } })
})
