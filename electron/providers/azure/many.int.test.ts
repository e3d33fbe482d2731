import { afterEach, beforeEach, expect, it } from 'vitest'
import type { AzureWorld } from '../../../e2e/lab/clouds/azure/world.ts'
import type { Fault } from '../../../e2e/lab/clouds/faults.ts'
import { isAppError } from '../../../shared/errors/index.ts'
import type { MachineAction } from '../../../shared/model/index.ts'
import type { CloudLink } from '../cloud/index.ts'
import { failure } from '../conformance/fixture.ts'
import { Recorder } from '../conformance/index.ts'
import { type AzureBench, startBench } from './testing/azure-bench.ts'

const START = { action: 'start' } as const
const DELETE: MachineAction = {
  action: 'delete',
  diskKeys: [],
  withSnapshots: true,
  withNvram: true,
  withTpm: true,
  withManagedSave: true,
}
const STATES = 'ScheduledActions_VirtualMachinesGetOperationStatus'

let bench: AzureBench
let world: AzureWorld
let link: CloudLink

beforeEach(async () => {
  bench = await startBench({ machines: 6 })
  ;({ world } = bench.cloud)
})
afterEach(async () => {
  await link.close()
  await bench.stop()
})

/** So many machines that are off, all in one region, and a link that knows them. */
async function off(many: number, location = 'westeurope'): Promise<string[]> {
  const refs = Array.from({ length: many }, () => world.add({ running: false, location }))
  for (const ref of refs) world.setPower(ref, 'deallocated')
  link = await bench.link()
  await link.watch(new Recorder(), {})
  return refs
}

/** What each came to: null, or its error. */
function each(refs: readonly string[], act: (ref: string) => Promise<void>): Promise<Array<unknown>> {
  return Promise.all(
    refs.map((ref) =>
      act(ref).then(
        () => null,
        (error: unknown) => error,
      ),
    ),
  )
}

function start(refs: readonly string[]): Promise<Array<unknown>> {
  return each(refs, (ref) => link.act(ref, START, {}))
}

function count(operation: string): number {
  return bench.cloud.faults.count(operation)
}

it('forty machines of a region start with one call', async () => {
  const refs = await off(40)
  expect(await start(refs)).toEqual(refs.map(() => null))
  expect(refs.map((ref) => world.machine(ref).power)).toEqual(refs.map(() => 'running'))
  expect([count('ScheduledActions_VirtualMachinesExecuteStart'), count('VirtualMachines_Start')]).toEqual([1, 0])
  // how far they are is asked for together as well, how often by how long it takes
  expect(world.mostAskedAtOnce).toBeGreaterThan(refs.length / 2)
})

it('each region has a call of its own, and no call has more than a hundred', async () => {
  const refs = [...(await off(120)), ...Array.from({ length: 2 }, () => world.add({ running: false, location: 'northeurope' }))]
  await link.refresh({})
  expect(await each(refs, (ref) => link.act(ref, { action: 'deallocate' }, {}))).toEqual(refs.map(() => null))
  expect(count('ScheduledActions_VirtualMachinesExecuteDeallocate')).toBe(3)
})

it('those that can hibernate do so with one call', async () => {
  const refs = await off(4)
  for (const ref of refs) {
    world.machine(ref).canHibernate = true
    world.setPower(ref, 'running')
  }
  await link.refresh({})
  expect(await each(refs, (ref) => link.act(ref, { action: 'managedSave' }, {}))).toEqual([null, null, null, null])
  expect(refs.map((ref) => world.machine(ref).hibernated)).toEqual([true, true, true, true])
  expect([count('ScheduledActions_VirtualMachinesExecuteHibernate'), count('VirtualMachines_Deallocate')]).toEqual([1, 0])
})

it('one alone goes its own way', async () => {
  const refs = await off(1)
  expect(await start(refs)).toEqual([null])
  expect([count('ScheduledActions_VirtualMachinesExecuteStart'), count('VirtualMachines_Start')]).toEqual([0, 1])
})

it('one that may not be changed fails alone, with Azure’s own code', async () => {
  const refs = await off(5)
  world.denied.add(refs[2] as string)
  const [, , error, ...rest] = await start(refs)
  expect(rest).toEqual([null, null])
  expect(isAppError(error) && error).toMatchObject({ kind: 'forbidden', remote: { code: 'AuthorizationFailed' } })
  expect(refs.map((ref) => world.machine(ref).power)).toEqual(['running', 'running', 'deallocated', 'running', 'running'])
  expect(count('VirtualMachines_Start')).toBe(0)
})

it('one that fails on its way fails alone', async () => {
  const refs = await off(3)
  world.failNext(refs[1] as string, { code: 'AllocationFailed', message: 'No room.' })
  const [first, error, last] = await start(refs)
  expect([first, last]).toEqual([null, null])
  expect(isAppError(error) && error).toMatchObject({ code: 'cloud.no-capacity', details: { type: world.machine(refs[1] as string).size } })
})

it('a locked one stays when others are deleted, and so does what is to become of its disks', async () => {
  const refs = await off(4)
  const locked = refs[1] as string
  const disk = world.machine(locked).disks[0]
  world.lock(locked)
  const plan: MachineAction = { ...DELETE, diskKeys: [disk?.disk.id ?? ''] }
  const errors = await each(refs, (ref) => link.act(ref, ref === locked ? plan : DELETE, {}))
  expect(errors.map((error) => (isAppError(error) ? error.code : error))).toEqual([null, 'machine.protected', null, null])
  expect(refs.map((ref) => world.machines.has(ref))).toEqual([false, true, false, false])
  await expect.poll(() => world.machine(locked).disks[0]?.deleteOption).toBe('Detach')
  expect(count('VirtualMachines_Delete')).toBeLessThan(4)
  expect(count('ScheduledActions_VirtualMachinesExecuteDelete')).toBeGreaterThan(0)
})

it.each([
  ['not registered', () => void world.unregistered.add(world.subscriptions[0] as string)],
  ['not allowed', () => void bench.cloud.faults.add({ operation: 'ScheduledActions_VirtualMachinesExecuteStart', fault: { do: 'deny' } })],
  [
    'not offered in the region',
    () => {
      const fault = { do: 'error', status: 400, code: 'NoRegisteredProviderFound', message: 'None.' } as const
      bench.cloud.faults.add({ operation: 'ScheduledActions_VirtualMachinesExecuteStart', fault })
    },
  ],
])('where the service is %s each starts by a call of its own, and it is not asked again', async (_, forbid) => {
  const refs = await off(40)
  forbid()
  expect(await start(refs)).toEqual(refs.map(() => null))
  expect([count('ScheduledActions_VirtualMachinesExecuteStart'), count('VirtualMachines_Start')]).toEqual([1, 40])
  const some = refs.slice(0, 3)
  for (const ref of some) world.setPower(ref, 'deallocated')
  await link.refresh({})
  expect(await start(some)).toEqual([null, null, null])
  expect([count('ScheduledActions_VirtualMachinesExecuteStart'), count('VirtualMachines_Start')]).toEqual([1, 43])
})

it.each<[string, Fault]>([
  ['blocked', { do: 'error', status: 409, code: 'SchedulingOperationsBlockedException', message: 'Later.' }],
  ['down', { do: 'error', status: 503, code: 'ServiceUnavailable', message: 'Down.' }],
])('while the service is %s each starts by a call of its own, and it is asked again the next time', async (_, fault) => {
  const refs = await off(3)
  bench.cloud.faults.add({ operation: 'ScheduledActions_VirtualMachinesExecuteStart', times: 1, fault })
  expect(await start(refs)).toEqual([null, null, null])
  expect(count('VirtualMachines_Start')).toBe(3)
  for (const ref of refs) world.setPower(ref, 'deallocated')
  await link.refresh({})
  expect(await start(refs)).toEqual([null, null, null])
  expect([count('ScheduledActions_VirtualMachinesExecuteStart'), count('VirtualMachines_Start')]).toEqual([2, 3])
})

it.each([
  ['a lost answer', { do: 'lose-reply' }],
  ['half an answer', { do: 'half-reply' }],
] as const)('after %s nothing is started twice: the machines tell', async (_, fault) => {
  const refs = await off(3)
  const known = await Promise.all(refs.map(async (ref) => ({ ref, baseline: await link.baseline(ref, START, {}) })))
  bench.cloud.faults.add({ operation: 'ScheduledActions_VirtualMachinesExecuteStart', times: 1, fault })
  const errors = await Promise.all(known.map(({ ref, baseline }) => failure(link.act(ref, START, { baseline }), 'indeterminate')))
  expect(errors).toHaveLength(3)
  const answers = await Promise.all(known.map(({ ref, baseline }) => link.probe(ref, START, baseline, {})))
  expect(answers).toEqual(['done', 'done', 'done'])
  expect([count('ScheduledActions_VirtualMachinesExecuteStart'), count('VirtualMachines_Start')]).toEqual([1, 0])
})

it('a failure of the server in its middle is looked up, not asked for again', async () => {
  const refs = await off(2)
  const fault = { do: 'error', status: 500, code: 'InternalServerError', message: 'Down.' } as const
  bench.cloud.faults.add({ operation: 'ScheduledActions_VirtualMachinesExecuteStart', times: 1, fault })
  expect((await start(refs)).map((error) => isAppError(error) && error.kind)).toEqual(['indeterminate', 'indeterminate'])
  expect(count('VirtualMachines_Start')).toBe(0)
})

it('who may not ask how far it is sees it by the machine', async () => {
  const refs = await off(3)
  bench.cloud.faults.add({ operation: STATES, fault: { do: 'deny' } })
  expect(await start(refs)).toEqual([null, null, null])
  expect(count('VirtualMachines_Start')).toBe(0)
})
