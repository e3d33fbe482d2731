import { expect, test } from 'vitest'
import { memoryText } from '../../../shared/model/index.ts'
import { memory, numa, pinning, runningVcpus } from './judge-machine.ts'
import { hardware } from './testing/hardware.ts'

const SIGHT = { name: 'web', hostKiB: 64 * 1_048_576, hasBalloon: true, hasCells: false }

test('memory: what the host does not have, what waits, and what a machine without a balloon cannot do', () => {
  const ask = (memoryKiB: number, which: 'running' | 'kept', more = {}) =>
    memory({ edit: 'setMemory', memoryKiB }, which, hardware(), { ...SIGHT, ...more })
  expect(ask(65 * 1_048_576, 'kept')).toMatchObject({ code: 'hardware.memory-over-host', params: { host: '64 GiB' } })
  expect(ask(5 * 1_048_576, 'kept')).toMatchObject({ code: 'hardware.memory-over-maximum', params: { max: '4096 MiB' } })
  expect(ask(65 * 1_048_576, 'kept', { hostKiB: null })).toMatchObject({ code: 'hardware.memory-over-maximum' })
  expect(ask(1_048_576, 'running')).toBeNull()
  expect(ask(1_048_576, 'running', { hasBalloon: false })).toMatchObject({ code: 'hardware.no-balloon' })
  const raise = { edit: 'setMemory', memoryKiB: 1_048_576, maxMemoryKiB: 8 * 1_048_576 } as const
  expect(memory(raise, 'running', hardware(), SIGHT)).toMatchObject({ code: 'hardware.next-start-only' })
  expect(memory(raise, 'kept', hardware(), { ...SIGHT, hasCells: true })).toMatchObject({ code: 'hardware.numa-memory' })
})

test('fewer vCPUs are given back only where the hypervisor says so', () => {
  const asked: number[] = []
  const ask = (vcpus: number) =>
    runningVcpus({ edit: 'setVcpus', vcpus }, hardware(), {
      name: 'web',
      mayGiveBack: () => {
        asked.push(vcpus)
        return null
      },
    })
  expect([ask(1), ask(2), ask(3)]).toEqual([null, null, null])
  expect(asked).toEqual([1])
  expect(ask(5)).toMatchObject({ code: 'hardware.vcpus-over-maximum' })
})

test('pins and nodes that the host does not have are named', () => {
  const cpus = new Set([0, 1])
  const pin = { edit: 'setPinning' as const, vcpus: [{ vcpu: 0, cpus: '0-3' }], emulator: '2' }
  expect(pinning(pin, 'kept', hardware(), cpus)).toMatchObject({ params: { cpus: '2, 3' } })
  expect(pinning({ ...pin, vcpus: [{ vcpu: 3, cpus: '0' }], emulator: null }, 'running', hardware(), cpus)).toMatchObject({
    code: 'hardware.vcpu-unknown',
  })
  const there = { name: 'web', there: new Set([0]) }
  expect(numa({ edit: 'setNuma', mode: 'strict', nodes: '0,1' }, 'kept', hardware(), there)).toMatchObject({ params: { nodes: '1' } })
  const bound = hardware({ numa: { mode: 'strict', nodes: '0' } })
  expect(numa({ edit: 'setNuma', mode: 'preferred', nodes: '0' }, 'running', bound, there)).toMatchObject({
    code: 'hardware.numa-mode-running',
  })
})

test('a size is read in the unit that fits it', () => {
  expect([memoryText(2_097_152), memoryText(1_072_928_768)]).toEqual(['2048 MiB', '1023 GiB'])
})
