import { expect, test } from 'vitest'
import { z } from 'zod'
import { hostSchema, machineSchema, networkSchema, poolSchema } from '../../../shared/model/index.ts'
import { type ConformanceAbilities, disturbance, type MakeFixture, setUp, testIf } from './fixture.ts'
import { Recorder } from './recorder.ts'

const engineAdds = { id: true, connectionId: true, nativeRef: true, revision: true, observedAtMs: true } as const
const onHost = { hostRef: z.string().min(1) }
const FACTS = {
  host: hostSchema.omit({ ...engineAdds, freshness: true, maintenance: true }).strict(),
  machine: machineSchema
    .omit({ ...engineAdds, hostId: true, networkIds: true })
    .extend({ ...onHost, networkRefs: z.array(z.string()) })
    .strict(),
  network: networkSchema
    .omit({ ...engineAdds, hostId: true })
    .extend(onHost)
    .strict(),
  pool: poolSchema
    .omit({ ...engineAdds, hostId: true })
    .extend(onHost)
    .strict(),
}

const SAMPLED_MS = 6_000

export function watchTests(makeFixture: MakeFixture, abilities: ConformanceAbilities): void {
  const { focusedPerS = 1.5, isCloud = false } = abilities
  const disturbed = disturbance(abilities)

  test('the first state is complete when watch resolves', async () => {
    const { seen, refs } = await setUp(makeFixture)
    expect(seen.machine(refs.running)?.state).toBe('running')
    expect(seen.machine(refs.stopped)?.state).toBe('stopped')
    expect(seen.machine(refs.stopped)?.startedAtMs).toBeNull()
    expect(new Set(seen.complete.get('host null'))).toEqual(new Set(seen.known.host.keys()))
    for (const hostRef of seen.known.host.keys()) {
      const here = [...seen.known.machine].filter(([, machine]) => machine.hostRef === hostRef).map(([ref]) => ref)
      expect(new Set(seen.complete.get(`machine ${hostRef}`))).toEqual(new Set(here))
      expect(seen.complete.has(`network ${hostRef}`)).toBe(true)
      expect(seen.complete.has(`pool ${hostRef}`)).toBe(true)
      expect(seen.confirmations.has(hostRef)).toBe(true)
    }
  })

  test('facts have the form that was agreed, and names that exist', async () => {
    const { seen } = await setUp(makeFixture)
    for (const entity of ['host', 'machine', 'network', 'pool'] as const) {
      for (const facts of seen.known[entity].values()) expect(FACTS[entity].safeParse(facts).error?.issues).toBeUndefined()
    }
    for (const machine of seen.known.machine.values()) {
      for (const ref of machine.networkRefs) expect([...seen.known.network.keys()]).toContain(ref)
    }
  })

  test('what another link does is seen', async () => {
    const { open, reaches, refs, seen } = await setUp(makeFixture)
    const other = await open()
    await other.act(refs.running, disturbed.action, {})
    await reaches(refs.running, disturbed.state)
    await other.act(refs.running, disturbed.back, {})
    await reaches(refs.running, 'running')
    expect(seen.events.some((event) => event.machineRef === refs.running)).toBe(true)
    await other.close()
  })

  test('what another link deletes is removed', async () => {
    const { open, refs, seen, until } = await setUp(makeFixture)
    const other = await open()
    const plan = await other.deletionPlan(refs.stopped, {})
    const rest = {
      withSnapshots: plan.snapshots.length + plan.checkpoints.length > 0,
      withNvram: plan.nvram !== null,
      withTpm: plan.tpm !== null,
      withManagedSave: plan.hasManagedSave,
    }
    await other.act(refs.stopped, { action: 'delete', diskKeys: [], ...rest }, {})
    await until('the machine is gone', () => !seen.known.machine.has(refs.stopped))
    await other.close()
    expect(seen.known.machine.has(refs.running)).toBe(true)
  })

  test('a refresh tells everything again', async () => {
    const { connection, seen } = await setUp(makeFixture)
    const machines = new Map(seen.known.machine)
    seen.complete.clear()
    await connection.refresh({})
    expect(seen.complete.has('host null')).toBe(true)
    for (const hostRef of seen.known.host.keys()) expect(seen.complete.has(`machine ${hostRef}`)).toBe(true)
    expect([...seen.known.machine.keys()].toSorted()).toEqual([...machines.keys()].toSorted())
  })

  testIf(isCloud)('samples come of what is looked at, and of nothing else', async () => {
    const { connection, refs, seen, until } = await setUp(makeFixture)
    await connection.act(refs.stopped, { action: 'start' }, {})
    connection.setInterest({ visibleRefs: new Set([refs.running]), focusedRef: null })
    await until('a sample comes', () => seen.samples.length > 0)
    expect(new Set(seen.samples.map(({ ref }) => ref))).toEqual(new Set([refs.running]))
    const [first] = seen.samples
    expect(first?.metrics.cpuPercent).toBeGreaterThanOrEqual(0)
    expect(first?.metrics.cpuPercent).toBeLessThanOrEqual(100)
  })

  testIf(!isCloud)('the machine in focus is sampled more often than the rest', async () => {
    const { connection, pause, refs, seen, until } = await setUp(makeFixture)
    await connection.act(refs.stopped, { action: 'start' }, {})
    const samplesOf = (wanted: string) => seen.samples.filter(({ ref }) => ref === wanted)
    connection.setInterest({ visibleRefs: new Set(), focusedRef: refs.running })
    seen.samples.length = 0
    await pause(SAMPLED_MS)
    // how many come in that time is for a busy machine to say; that they are more than the others' is not
    const due = Math.ceil(((SAMPLED_MS / 1_000) * focusedPerS) / 2)
    await until('the one in focus is sampled', () => samplesOf(refs.running).length >= due)
    expect(samplesOf(refs.stopped).length).toBeLessThan(samplesOf(refs.running).length / 2)
    const times = samplesOf(refs.running).map(({ metrics }) => metrics.atMs)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    connection.setInterest({ visibleRefs: new Set([refs.stopped]), focusedRef: null })
    seen.samples.length = 0
    await pause(SAMPLED_MS)
    await until('the one in view is sampled', () => samplesOf(refs.stopped).length >= SAMPLED_MS / 2_000)
    expect(samplesOf(refs.running).length).toBeLessThan(samplesOf(refs.stopped).length / 2)
  })

  test('hosts go on confirming while nothing changes', async () => {
    const { seen, until } = await setUp(makeFixture)
    const first = new Map(seen.confirmations)
    await until('each host confirms again', () => [...first].every(([ref, atMs]) => (seen.confirmations.get(ref) ?? 0) > atMs), 60_000)
    expect(seen.confirmations.size).toBe(seen.known.host.size)
  })

  test('watching again starts over', async () => {
    const { connection, refs } = await setUp(makeFixture)
    const second = new Recorder()
    await connection.watch(second, {})
    expect(second.machine(refs.running)?.state).toBe('running')
    expect(second.problems).toEqual([])
  })
}
