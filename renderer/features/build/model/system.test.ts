import { expect, test } from 'vitest'
import { machineSpecSchema } from '../../../../shared/model/machine-spec.ts'
import { options, system, windows } from '../testing/options.ts'
import { withValue } from './at-path.ts'
import { firstForm, toInput } from './draft.ts'
import { onHost, withSource } from './source.ts'
import { firstSystem, withSystem } from './system.ts'

const HOST = options()
const DEBIAN = system('debian13')

test('a system brings its sizes, its bus and its cards', () => {
  const { spec } = withSystem(firstForm(HOST), windows(), null, HOST).draft
  expect(spec).toMatchObject({
    os: 'win11',
    memoryMiB: 8_192,
    cpu: { vcpus: 4 },
    tpm: true,
    video: 'vga',
    disks: [{ bus: 'sata', source: { sizeBytes: 64 * 1_073_741_824 } }],
    nics: [{ model: 'e1000e' }],
  })
})

test('what the host cannot give is left as the host has it', () => {
  const { spec } = withSystem(firstForm(HOST), windows(), null, HOST).draft
  // this host has no firmware for Secure Boot
  expect(spec.firmware).toBe('bios')
  const noTpm = options({ tpm: { code: 'build.no-tpm', text: 'There is no swtpm.' } })
  expect(withSystem(firstForm(noTpm), windows(), null, noTpm).draft.spec.tpm).toBe(false)
})

test('another system replaces what the one before brought, and nothing that a person chose', () => {
  const first = withSystem(firstForm(HOST), DEBIAN, null, HOST)
  const changed = withValue(first, 'draft.spec.memoryMiB', 6_144)
  const { spec } = withSystem(changed, windows(), DEBIAN, HOST).draft
  expect(spec.memoryMiB).toBe(6_144)
  expect(spec.cpu.vcpus).toBe(4)
  expect(spec.disks[0]?.bus).toBe('sata')
})

test('the first system is the newest stable one with an image for the processor', () => {
  const systems = [
    system('fedora', { family: 'fedora', released: '2026-01-01' }),
    system('debian12', { released: '2023-06-10' }),
    DEBIAN,
    system('debian14', { released: '2027-06-01', cloudImages: [] }),
  ]
  expect(firstSystem(systems, HOST)?.id).toBe('debian13')
  expect(firstSystem([windows()], HOST)?.id).toBe('win11')
  expect(firstSystem([], HOST)).toBeNull()
})

test('each source sets the first disk, the drive and what it starts from, and keeps pool and size', () => {
  const start = withValue(
    withSource(withSystem(firstForm(HOST), DEBIAN, null, HOST), 'image', HOST, DEBIAN),
    'draft.spec.disks.0.source.pool',
    'fast',
  )
  const iso = withSource(start, 'iso', HOST, DEBIAN)
  expect(iso.draft.spec).toMatchObject({
    disks: [{ source: { kind: 'new', pool: 'fast', sizeBytes: 20 * 1_073_741_824 } }],
    media: [{ pool: 'fast', volume: '' }],
    boot: ['disk', 'cdrom'],
  })
  expect(iso.firstStart).toBe('none')
  const net = withSource(iso, 'network', HOST, DEBIAN)
  expect(net.draft.spec).toMatchObject({ media: [], boot: ['disk', 'network'] })
  const disk = withSource(net, 'existing', HOST, DEBIAN)
  expect(disk.draft.spec.disks[0]?.source).toEqual({ kind: 'existing', pool: 'fast', volume: '' })
  const back = withSource(disk, 'image', HOST, DEBIAN)
  expect(back.firstStart).toBe('choices')
  expect(back.draft.spec.disks[0]?.source).toMatchObject({ kind: 'image', mode: 'copy' })
})

test('on another host, what is not there is what that host would choose', () => {
  const changes = [
    ['name', 'web'],
    ['spec.machineType', 'pc-q35-10.0'],
    ['spec.firmware', 'uefi'],
  ] as const
  const form = changes.reduce(
    (state, [path, value]) => withValue(state, `draft.${path}`, value),
    withSource(firstForm(HOST), 'image', HOST, DEBIAN),
  )
  const other = options({
    hostId: 'c2.h.1' as typeof HOST.hostId,
    pools: HOST.pools.slice(0, 1).map((pool) => ({ ...pool, name: 'vmstore' })),
    networks: [{ name: 'lan', active: true, forward: null, cidrs: [] }],
    machineTypes: ['virt-9.0'],
    firmwares: [{ id: 'bios', reason: null }],
    defaults: machineSpecSchema.parse({
      ...HOST.defaults,
      disks: [{ source: { kind: 'new', pool: 'vmstore', sizeBytes: 10_000_000_000, format: 'qcow2' } }],
      nics: [{ source: { kind: 'network', network: 'lan' } }],
    }),
  })
  const moved = onHost(form, other)
  expect(moved.draft).toMatchObject({ hostId: 'c2.h.1', name: 'web' })
  expect(moved.draft.spec).toMatchObject({ firmware: 'bios', machineType: null })
  expect(moved.draft.spec.disks[0]?.source).toMatchObject({ pool: 'vmstore', base: { pool: 'vmstore', volume: '' } })
  expect(moved.draft.spec.nics[0]?.source).toEqual({ kind: 'network', network: 'lan' })
  expect(toInput(moved).issues.every((issue) => issue.path.join('.') === 'spec.disks.0.source.base.volume')).toBe(true)
})
