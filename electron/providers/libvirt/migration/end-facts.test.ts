import { expect, test } from 'vitest'
import { endFacts } from './end-facts.ts'
import type { MigrationContext } from './migration-context.ts'

const SAID = [
  'clock 1700000000500000000',
  'resolves 10.0.0.2',
  'address 192.168.122.1/24',
  'address 10.0.0.2/24',
  'address fd00::2/64',
  'time chronyd active',
]

/** A host whose shell says so; null: it runs no programs there. */
function hostThat(lines: readonly string[] | null): MigrationContext {
  const CALLS: Readonly<Record<string, unknown>> = {
    connectGetHostname: { hostname: 'kvm-2' },
    connectGetCapabilities: { capabilities: '<capabilities><host><uuid>u2</uuid></host></capabilities>' },
    connectGetVersion: { hvVer: 7_002_000n },
  }
  return {
    host: { facts: { version: { text: '9.0.0' } }, call: async (procedure: string) => CALLS[procedure] },
    shell: lines && { run: async () => ({ code: 0, stdout: lines.join('\n'), stderr: '' }) },
    clock: { nowMs: () => 1_700_000_000_000 },
    work: { signal: new AbortController().signal },
    log: { debug: () => {} },
  } as unknown as MigrationContext
}

test('the address that this console came by is the first', async () => {
  expect(await endFacts(hostThat(['came 10.0.0.2', ...SAID]))).toMatchObject({
    addresses: ['10.0.0.2', '192.168.122.1', 'fd00::2'],
    nameResolvesTo: ['10.0.0.2'],
    clockOffsetMs: 500,
    timeService: { name: 'chronyd', isActive: true },
  })
})

test.each([['came '], ['came 127.0.0.1']])('a console at the host itself came by none that others can use: %j', async (came) => {
  expect((await endFacts(hostThat([came, ...SAID]))).addresses).toEqual(['192.168.122.1', '10.0.0.2', 'fd00::2'])
})

test('without programs there nothing of that is known', async () => {
  expect(await endFacts(hostThat(null))).toMatchObject({ addresses: [], nameResolvesTo: null, clockOffsetMs: null, timeService: null })
})
