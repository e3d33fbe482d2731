import { expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import { snapshotOperationSchema, type Task, type TaskId } from '../../../shared/model/index.ts'
import { settle } from '../testing/fake-clock.ts'
import { AUTHOR, boot, WEB } from './testing/bench.ts'

const never = new AbortController().signal
const create = snapshotOperationSchema.parse({ operation: 'create', name: 'one', kind: 'external', tags: ['t'] })
const remove = snapshotOperationSchema.parse({ operation: 'delete', name: 'one' })
const asked = { machineId: WEB, operation: create, revision: 'r1', acceptsLosses: false }

async function ended({ tasks }: ReturnType<typeof boot>, id: TaskId): Promise<Task> {
  await settle(8)
  const task = await tasks.get(id)
  if (!task) throw new Error('no such task')
  return task
}

test('an operation is one task that holds its machine, based on the tree that was seen', async () => {
  const bench = boot()
  const { taskId } = await bench.service.act(asked, AUTHOR, never)
  expect(await ended(bench, taskId)).toMatchObject({
    kind: 'machine.snapshot',
    state: 'succeeded',
    target: { entity: 'machine', id: WEB },
    params: { operation: 'create', name: 'one', kind: 'external' },
  })
  expect(bench.keeper.calls).toMatchObject([{ revision: 'r1', operation: create, options: { acceptsLosses: false, begun: undefined } }])
})

test('another tree, a plan that refuses, and losses nobody agreed to are refused before anything begins', async () => {
  const bench = boot()
  const refusal = (more: object) => bench.service.act({ ...asked, ...more }, AUTHOR, never)
  await expect(refusal({ revision: 'old' })).rejects.toMatchObject({ kind: 'conflict', code: 'snapshot.changed-meanwhile' })
  bench.keeper.planOf = () => ({ reason: { code: 'snapshot.needed', text: 'No.', params: { file: '/p/base' } }, instead: [remove] })
  await expect(refusal({})).rejects.toMatchObject({
    kind: 'precondition',
    code: 'snapshot.needed',
    details: { file: '/p/base', instead: [{ operation: 'delete', name: 'one' }] },
  })
  bench.keeper.planOf = () => ({ losses: [{ code: 'snapshot.loss-since', text: 'Lost.' }] })
  await expect(refusal({})).rejects.toMatchObject({ code: 'snapshot.would-lose', details: { losses: [{ code: 'snapshot.loss-since' }] } })
  expect(bench.keeper.calls).toEqual([])
  const { taskId } = await refusal({ acceptsLosses: true })
  expect(await ended(bench, taskId)).toMatchObject({ state: 'succeeded' })
  expect(bench.keeper.calls[0]?.options.acceptsLosses).toBe(true)
})

test('a double click is one task, and a machine that is busy says with what', async () => {
  const bench = boot()
  const first = await bench.service.act(asked, AUTHOR, never, 'click')
  expect(await bench.service.act(asked, AUTHOR, never, 'click')).toEqual(first)
  await expect(bench.service.act(asked, AUTHOR, never)).rejects.toMatchObject({
    code: 'machine.busy',
    details: { task: 'machine.snapshot' },
  })
  expect(await ended(bench, first.taskId)).toMatchObject({ state: 'succeeded' })
})

test('discarding a branch is a task that cannot be stopped half-way, and only with its loss agreed to', async () => {
  const bench = boot()
  const discard = snapshotOperationSchema.parse({ operation: 'discard', target: 'vda', path: '/p/two' })
  bench.keeper.planOf = () => ({ losses: [{ code: 'snapshot.loss-branch', text: 'It is deleted.' }], deletes: ['/p/two'] })
  await expect(bench.service.act({ ...asked, operation: discard }, AUTHOR, never)).rejects.toMatchObject({
    code: 'snapshot.would-lose',
    details: { deletes: ['/p/two'] },
  })
  const { taskId } = await bench.service.act({ ...asked, operation: discard, acceptsLosses: true }, AUTHOR, never)
  expect(await ended(bench, taskId)).toMatchObject({
    state: 'succeeded',
    params: { operation: 'discard', target: 'vda', path: '/p/two' },
    steps: [{ id: 'discardBranch', cancel: 'never' }],
  })
  expect(bench.keeper.calls).toMatchObject([{ operation: discard, options: { acceptsLosses: true } }])
})

test('a clone is built, by whoever builds', async () => {
  const bench = boot()
  const clone = snapshotOperationSchema.parse({ operation: 'clone', name: 'one', as: 'copy' })
  expect(await bench.service.act({ ...asked, operation: clone }, AUTHOR, never)).toEqual({ taskId: 't-clone' })
  expect(bench.cloned).toEqual(['copy'])
  expect(bench.keeper.calls).toEqual([])
})

test('after a lost reply the tree is looked at, and what was begun is gone on with', async () => {
  const bench = boot()
  bench.keeper.onAct = ({ options }) => {
    if (options.begun === undefined) throw new AppError({ kind: 'indeterminate', code: 'link.reply-lost', message: 'lost' })
  }
  const { taskId } = await bench.service.act(asked, AUTHOR, never)
  expect(await ended(bench, taskId)).toMatchObject({ state: 'succeeded' })
  expect(bench.keeper.calls.map(({ options }) => options.begun)).toEqual([undefined, 'baseline of r1'])
})

test('what nobody can tell needs a person', async () => {
  const bench = boot()
  bench.keeper.probes = ['unknown']
  bench.keeper.onAct = () => {
    throw new AppError({ kind: 'indeterminate', code: 'link.reply-lost', message: 'lost' })
  }
  const { taskId } = await bench.service.act(asked, AUTHOR, never)
  expect(await ended(bench, taskId)).toMatchObject({ state: 'needs-attention' })
  expect(bench.keeper.calls).toHaveLength(1)
})
