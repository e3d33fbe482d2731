import { expect, test } from 'vitest'
import { machineSpecSchema } from '../../../shared/model/index.ts'
import { changed, findingLine } from './import.ts'

const spec = machineSpecSchema.parse({
  os: 'debian12',
  cpu: { vcpus: 4, mode: 'host-model', topology: { sockets: 2, cores: 2, threads: 1 } },
  memoryMiB: 2_048,
  disks: [],
  nics: [{ source: { kind: 'bridge', bridge: 'br0' } }, { source: { kind: 'network', network: 'default' }, model: 'e1000' }],
})
const NOTHING = { network: undefined, cpus: undefined, memoryMiB: undefined, os: undefined }

test('what is not wished otherwise stays', () => {
  expect(changed(spec, NOTHING)).toEqual(spec)
})

test('another number of CPUs drops a topology that would not add up', () => {
  expect(changed(spec, { ...NOTHING, cpus: 3 }).cpu).toEqual({ ...spec.cpu, vcpus: 3, topology: null })
})

test('a network is for all cards, which stay what they are', () => {
  expect(changed(spec, { ...NOTHING, network: 'lab' }).nics).toMatchObject([
    { source: { kind: 'network', network: 'lab' }, model: 'virtio' },
    { source: { kind: 'network', network: 'lab' }, model: 'e1000' },
  ])
})

test('what a package says cannot steer the terminal', () => {
  const finding = { code: 'ova.settings', severity: 'warns' as const, field: null, text: 'asks for \u001b[2J', params: {}, mend: null }
  expect(findingLine(finding)).toBe('Note: asks for \ufffd[2J [ova.settings]')
})
