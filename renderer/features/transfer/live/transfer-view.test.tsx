import { screen } from '@testing-library/react'
import { expect, test } from 'vitest'
import type { Change, Task } from '../../../../shared/model/index.ts'
import { FakeEngine } from '../../../lib/testing/fake-engine.ts'
import { connection, host, machine, put, task, workspace } from '../../../lib/testing/fleet-fixture.ts'
import { renderApp } from '../../../lib/testing/render-app.tsx'

type Step = Task['steps'][number]
const step = (id: string, state: Step['state']): Step => ({
  id,
  state,
  startedAtMs: 1,
  endedAtMs: null,
  weight: 1,
  cancel: 'now',
  error: null,
})

function transfer(change: Partial<Task>): Task {
  return task(7, {
    kind: 'machine.transfer',
    target: { entity: 'machine', id: 'c1.m.1', name: 'web-1' },
    params: {
      from: 'kvm-01',
      to: 'kvm-02',
      sourceHostId: 'c1.h.1',
      targetHostId: 'c2.h.1',
      source: 'keep',
      rename: 'web-there',
      copied: [
        { target: 'vda', to: 'fast/web.qcow2', bytes: 10_737_418_240 },
        { target: 'vdb', to: 'fast/data.qcow2', bytes: null },
      ],
    },
    children: null,
    ...change,
  })
}

function show(one: Task, more: readonly Change[] = []) {
  const engine = new FakeEngine([
    put('workspace', workspace()),
    put('connection', connection(1)),
    put('connection', connection(2)),
    put('host', host(1)),
    put('host', host(2)),
    put('machine', machine(1, 1, { state: 'stopped' })),
    put('task', one),
    ...more,
  ])
  engine.answer('tasks.list', () => ({ items: [one], next: null }))
  engine.answer('tasks.get', () => one)
  renderApp(engine, `/tasks?task=${one.id}`)
}

test('as it goes: each disk with what is done with it, the speed, the end, and what a cancel takes back', async () => {
  const progress = { fraction: 0.4, bytesDone: 2_147_483_648, bytesTotal: 10_737_418_240, bytesPerS: 104_857_600, note: 'copying' }
  show(
    transfer({
      state: 'running',
      startedAtMs: Date.now() - 60_000,
      steps: [step('copy-0', 'running'), step('copy-1', 'pending')],
      progress,
    }),
  )
  const [first, second] = await screen
    .findAllByRole('listitem')
    .then((all) => all.filter(({ textContent }) => /^vd[ab]/.test(textContent ?? '')))
  expect(first).toHaveTextContent(/vda fast\/web\.qcow2sending.*2 GiB of 10 GiB/)
  expect(second).toHaveTextContent(/vdb fast\/data\.qcow2waits/)
  expect(screen.getByText('Speed').nextSibling).toHaveTextContent(/^105\sMB\/s$/)
  expect(screen.getByText('Ends').nextSibling).toHaveTextContent(/^1:\d\d left/)
  expect(screen.getByText('Cancelled now, what was made on kvm-02 is deleted again. web-1 stays where it is.')).toBeVisible()
  expect(screen.getByRole('button', { name: 'Cancel' })).toBeEnabled()
})

test('afterwards: where it is, that it was read back, and what is left at the source', async () => {
  const steps = [step('copy-0', 'done'), step('copy-1', 'done'), step('define', 'done'), step('confirm', 'done')]
  const progress = { fraction: 1, bytesDone: null, bytesTotal: null, bytesPerS: null, note: null }
  const there = put('machine', machine(2, 2, { state: 'stopped', name: 'web-there' }))
  show(transfer({ state: 'succeeded', startedAtMs: 1, endedAtMs: 2, steps, progress }), [there])
  expect(await screen.findByText(/^kvm-01: /)).toBeVisible()
  expect(screen.getByText(/^kvm-02: /)).toBeVisible()
  expect(screen.getByText('2 disks were read back and are the same, byte for byte.')).toBeVisible()
  expect(screen.getByText('kvm-02 says that it is there, off and kept.')).toBeVisible()
  expect(screen.getByText('web-1 is on kvm-01 as well, with the same addresses. Never run both.')).toBeVisible()
})

test('of one that failed: what was taken back, what may be left, and the way back to the plan', async () => {
  const steps = [step('copy-0', 'undone'), step('copy-1', 'failed'), step('define', 'skipped')]
  const error = {
    kind: 'exhausted',
    code: 'volume.pool-full',
    message: 'The pool is full.',
    details: {},
    remote: null,
  } as unknown as Task['error']
  const progress = { fraction: 0.4, bytesDone: null, bytesTotal: null, bytesPerS: null, note: null }
  show(transfer({ state: 'failed', startedAtMs: 1, endedAtMs: 2, steps, progress, error }))
  expect(await screen.findByText('What was made on kvm-02 was taken back.')).toBeVisible()
  expect(screen.getByText('1 thing may be left on kvm-02: look at the steps below.')).toBeVisible()
  expect(screen.getByText('Not on kvm-02.')).toBeVisible()
  expect(await screen.findByRole('link', { name: 'See the plan' })).toHaveAttribute('href', '/machines/c1.m.1/transfer')
})

test('into a cloud: proven part by part, of a source that the task does not name', async () => {
  const steps = [step('copy-0', 'done'), step('assemble', 'done'), step('confirm', 'done')]
  const progress = { fraction: 1, bytesDone: null, bytesTotal: null, bytesPerS: null, note: null }
  const params = { to: 'us-east-1', as: 'web-1', type: 't3.micro', source: 'keep', disks: 1 }
  show(transfer({ kind: 'machine.intoCloud', params, state: 'succeeded', startedAtMs: 1, endedAtMs: 2, steps, progress }))
  expect(await screen.findByText('1 disk was sent, each part of it proven by a checksum.')).toBeVisible()
  expect(screen.getByText('sent, proven')).toBeVisible()
  expect(screen.getByText('us-east-1 says that it is there.')).toBeVisible()
  expect(await screen.findByText('web-1 is at kvm-01 as well. Never run both.')).toBeVisible()
})
