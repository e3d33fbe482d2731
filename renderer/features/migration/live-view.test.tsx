import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeAll, expect, test } from 'vitest'
import type { Machine, MigrationLive, Task } from '../../../shared/model/index.ts'
import { FakeEngine } from '../../lib/testing/fake-engine.ts'
import { connection, host, machine, put, workspace } from '../../lib/testing/fleet-fixture.ts'
import { moveLive, moveSteps, moveTask } from '../../lib/testing/move-fixture.ts'
import { renderApp } from '../../lib/testing/render-app.tsx'
import { withoutDrawing } from '../../lib/testing/without-drawing.ts'

beforeAll(withoutDrawing)

const NO_POST_COPY = { code: 'migration.no-post-copy', text: 'It was not allowed when the move was started.' }

interface Scene {
  readonly told?: readonly MigrationLive[]
  readonly machines?: readonly Machine[]
}

function engineWith(task: Task, { told = [], machines = [machine(1, 1)] }: Scene = {}): FakeEngine {
  const fake = new FakeEngine([
    put('workspace', workspace()),
    put('connection', connection(1)),
    put('connection', connection(2)),
    put('host', host(1)),
    put('host', host(2)),
    ...machines.map((one) => put('machine', one)),
    put('task', task),
  ])
  fake.answer('tasks.list', () => ({ items: [task], cursor: null }))
  fake.answer('tasks.get', () => task)
  fake.answer('inventory.recentMetrics', () => ({ samples: [] }))
  fake.answer('events.list', () => ({ items: [], cursor: null }))
  fake.answer('migrations.records', () => [])
  fake.answer('migrations.tune', () => ({ done: true }))
  fake.answer('migrations.resume', () => ({ done: true }))
  fake.answer('tasks.cancel', () => ({ done: true }))
  fake.answer('tasks.resolve', () => ({ done: true }))
  fake.answer('migrations.watch', () => following(told))
  return fake
}

/** Goes on after the last word, as a move does. */
async function* following(told: readonly MigrationLive[]): AsyncGenerator<MigrationLive> {
  yield* told
  await new Promise(() => {})
}

const opened = async (fake: FakeEngine) => {
  renderApp(fake, '/tasks?task=t7')
  return within(await screen.findByRole('complementary', { name: 'Migrate web-1' }))
}
const callsOf = (fake: FakeEngine, method: string) => fake.calls.filter((call) => call.method === method).map((call) => call.input)

test('a move that goes on: its phases, what is left, and when it ends beside what was predicted', async () => {
  const detail = await opened(engineWith(moveTask(), { told: [moveLive({ phase: 'preparing' }), moveLive(), moveLive()] }))
  expect(await detail.findByText('3 GiB left of 8 GiB')).toBeVisible()
  const line = within(detail.getByRole('list', { name: 'Phases of the move' }))
  expect(line.getByText('copying memory').closest('li')).toHaveAttribute('aria-current', 'step')
  expect(line.getByText('checking').closest('li')).toHaveTextContent('done')
  expect(line.getByText('switching').closest('li')).toHaveTextContent('to come')
  expect(detail.getByText(/^1[67]:\d\d left/)).toBeVisible()
  expect(detail.getByText(/^41–58 s/)).toBeVisible()
  expect(await detail.findByRole('img', { name: /^Bandwidth and dirty rate/ })).toBeVisible()
  expect(detail.queryByText(/writes faster than is copied/)).not.toBeInTheDocument()
})

test('the bandwidth is changed while it copies; nought is refused beforehand', async () => {
  const user = userEvent.setup()
  const fake = engineWith(moveTask(), { told: [moveLive()] })
  const detail = await opened(fake)
  await detail.findByText('3 GiB left of 8 GiB')
  await user.click(detail.getByRole('button', { name: 'Bandwidth…' }))
  const field = await screen.findByRole('textbox', { name: /MB\/s/ })
  expect(field).toHaveValue('424')
  await user.clear(field)
  await user.type(field, '0')
  expect(screen.getByRole('button', { name: 'Set the limit' })).toBeDisabled()
  await user.clear(field)
  await user.type(field, '80')
  await user.click(screen.getByRole('button', { name: 'Set the limit' }))
  expect(await detail.findByText(/^It may copy at 80\sMB\/s now\.$/)).toBeVisible()
  expect(callsOf(fake, 'migrations.tune')).toEqual([{ taskId: 't7', bandwidthBytesPerS: 80_000_000 }])
})

test('a change that the host refuses stays a question, with what it said', async () => {
  const user = userEvent.setup()
  const fake = engineWith(moveTask(), { told: [moveLive()] })
  fake.answer('migrations.tune', () => {
    throw new Error('gone')
  })
  const detail = await opened(fake)
  await detail.findByText('3 GiB left of 8 GiB')
  await user.click(detail.getByRole('button', { name: 'Longest pause…' }))
  await user.click(await screen.findByRole('button', { name: 'Set the pause' }))
  expect(await screen.findByRole('alert')).toBeVisible()
  expect(screen.getByRole('textbox', { name: /stand still/ })).toHaveValue('600')
})

test('post-copy is asked about first, as there is no way back', async () => {
  const user = userEvent.setup()
  const fake = engineWith(moveTask(), { told: [moveLive()] })
  const detail = await opened(fake)
  await detail.findByText('3 GiB left of 8 GiB')
  await user.click(detail.getByRole('button', { name: 'Switch to post-copy…' }))
  const dialog = within(await screen.findByRole('dialog', { name: 'Switch web-1 to post-copy?' }))
  expect(dialog.getByText(/^There is no way back\./)).toBeVisible()
  expect(callsOf(fake, 'migrations.tune')).toEqual([])
  await user.click(dialog.getByRole('button', { name: 'Switch over for good' }))
  await waitFor(() => expect(callsOf(fake, 'migrations.tune')).toEqual([{ taskId: 't7', postCopy: true }]))
})

test('a guest that writes faster than is copied: said, with the ways out, and why one of them is none', async () => {
  const user = userEvent.setup()
  const stuck = moveLive({ dirtyBytesPerS: 310_000_000, can: { bandwidth: null, downtime: null, postCopy: NO_POST_COPY } })
  const detail = await opened(engineWith(moveTask(), { told: [stuck] }))
  const warning = within((await detail.findByText('web-1 writes faster than is copied.')).closest('[role="alert"]') as HTMLElement)
  expect(warning.getByText(/310\sMB\/s, and 212\sMB\/s get over/)).toBeVisible()
  expect(warning.getByRole('button', { name: 'Allow a longer pause…' })).toBeEnabled()
  await user.hover(warning.getByRole('button', { name: 'Switch to post-copy…' }))
  expect(await warning.findByRole('tooltip')).toHaveTextContent(NO_POST_COPY.text)
})

test('in post-copy nothing can be stopped any more, and it says why', async () => {
  const user = userEvent.setup()
  const fake = engineWith(moveTask(), { told: [moveLive({ phase: 'post-copy' })] })
  const detail = await opened(fake)
  await detail.findByText('fetching the rest')
  const cancel = detail.getByRole('button', { name: 'Cancel the move' })
  await user.hover(cancel)
  expect(await detail.findByRole('tooltip')).toHaveTextContent('it cannot go back')
  await user.click(cancel)
  expect(callsOf(fake, 'tasks.cancel')).toEqual([])
})

test('broken in post-copy: where its parts are, what must not be done, what the hosts said, and the next try now', async () => {
  const user = userEvent.setup()
  const said = { code: 'migration.cannot-resume', text: 'no', params: { name: 'web-1', said: 'no route to host' } }
  const broken = { sinceMs: 1, tries: 3, said, nextTryAtMs: Date.now() + 20_000 }
  const fake = engineWith(moveTask(), { told: [moveLive({ phase: 'post-copy', broken })] })
  const detail = await opened(fake)
  const alert = within(await detail.findByRole('alert'))
  expect(alert.getByText('web-1 is on kvm-02, and a part of its memory is still on kvm-01.')).toBeVisible()
  expect(alert.getByText(/Stop it on neither host: that loses it/)).toBeVisible()
  expect(alert.getByText('Tried 3 times. The hosts say: no route to host')).toBeVisible()
  expect(alert.getByText(/^Next try at \d/)).toBeVisible()
  await user.click(alert.getByRole('button', { name: 'Try now' }))
  await waitFor(() => expect(callsOf(fake, 'migrations.resume')).toEqual([{ taskId: 't7' }]))
})

test('while it is being tried there is nothing to press, and it says so', async () => {
  const user = userEvent.setup()
  const broken = { sinceMs: 1, tries: 0, said: null, nextTryAtMs: null }
  const fake = engineWith(moveTask(), { told: [moveLive({ phase: 'post-copy', broken })] })
  const detail = await opened(fake)
  const alert = within(await detail.findByRole('alert'))
  expect(alert.getByText('It is being tried now.')).toBeVisible()
  await user.hover(alert.getByRole('button', { name: 'Try now' }))
  expect(await detail.findByRole('tooltip')).toHaveTextContent('It is being tried now.')
  await user.click(alert.getByRole('button', { name: 'Try now' }))
  expect(callsOf(fake, 'migrations.resume')).toEqual([])
})

test('a person who does not wait for its parts may count it as neither, and may look again', async () => {
  const user = userEvent.setup()
  const details = { name: 'web-1', from: 'kvm-01', to: 'kvm-02', source: 'post-copy-failed', target: 'post-copy-failed' }
  const fake = engineWith(
    moveTask({
      state: 'needs-attention',
      steps: moveSteps({ check: 'done', 'volume-0': 'done', move: 'unknown', verify: 'pending' }),
      error: { kind: 'indeterminate', code: 'migration.torn', message: 'In two parts.', details },
    }),
  )
  const ends = within(await (await opened(fake)).findByRole('region', { name: 'What both hosts say' }))
  expect(ends.getAllByText('Broke in post-copy')).toHaveLength(2)
  expect(ends.getByText(/A part of the memory of web-1 is on kvm-01, the rest on kvm-02/)).toBeVisible()
  await user.click(ends.getByRole('button', { name: 'It runs on kvm-02' }))
  await user.click(ends.getByRole('button', { name: 'It runs on kvm-01' }))
  expect(screen.queryByRole('dialog')).not.toBeInTheDocument()
  await user.click(ends.getByRole('button', { name: 'Ask both hosts again' }))
  await waitFor(() => expect(callsOf(fake, 'tasks.resolve')).toEqual([{ taskId: 't7', decision: 'probe' }]))
})

test('cancelling asks the task to stop', async () => {
  const user = userEvent.setup()
  const fake = engineWith(moveTask(), { told: [moveLive()] })
  const detail = await opened(fake)
  await detail.findByText('3 GiB left of 8 GiB')
  await user.click(detail.getByRole('button', { name: 'Cancel the move' }))
  await waitFor(() => expect(callsOf(fake, 'tasks.cancel')).toEqual([{ taskId: 't7' }]))
})

test('a failed move: what was said, by which host, where the machine is now, what was taken away', async () => {
  const said = 'Could not open /srv/vmstore/web-1.qcow2: Permission denied'
  const failed = moveTask({
    state: 'failed',
    endedAtMs: Date.now(),
    offers: ['retry'],
    steps: moveSteps({ check: 'done', 'volume-0': 'undone', move: 'failed', verify: 'pending' }),
    error: {
      kind: 'remote-failure',
      code: 'migration.failed',
      message: `web-1 did not move and stays where it was. The target host says: ${said}`,
      details: { name: 'web-1', at: 'prepare', side: 'target', said },
    },
  })
  const detail = await opened(engineWith(failed))
  expect(await detail.findByText('web-1 did not move. It broke off while preparing.')).toBeVisible()
  expect(detail.getByText('kvm-02 says:')).toBeVisible()
  expect(detail.getByText(said)).toBeVisible()
  expect(detail.getByText(/^kvm-01: Running\./)).toBeVisible()
  expect(detail.getByText('Not on kvm-02.')).toBeVisible()
  expect(detail.getByText('The volume made for it on kvm-02 was taken away again.')).toBeVisible()
  expect(detail.getByText(/^Next: mend what was said above/)).toBeVisible()
  expect(detail.getByRole('button', { name: 'Try again' })).toBeEnabled()
  expect(detail.getByRole('link', { name: 'See the pre-flight' })).toHaveAttribute('href', expect.stringMatching(/^\/migrate/))
})

test('two truths: both hosts’ words, and no choice that would lose the machine', async () => {
  const user = userEvent.setup()
  const unclear = moveTask({
    state: 'needs-attention',
    steps: moveSteps({ check: 'done', 'volume-0': 'done', move: 'unknown', verify: 'pending' }),
    error: {
      kind: 'indeterminate',
      code: 'migration.two-truths',
      message: 'web-1 is “left-paused” at the source and “incoming” at the target.',
      details: { name: 'web-1', source: 'left-paused', target: 'incoming' },
    },
  })
  const fake = engineWith(unclear)
  const detail = await opened(fake)
  const ends = within(await detail.findByRole('region', { name: 'What both hosts say' }))
  expect(ends.getByText('Stands still: its move was decided')).toBeVisible()
  expect(ends.getByText('Being received')).toBeVisible()
  await user.click(ends.getByRole('button', { name: 'It runs on kvm-02' }))
  await user.click(ends.getByRole('button', { name: 'It runs on kvm-01' }))
  expect(screen.queryByRole('dialog')).not.toBeInTheDocument()
  await user.click(ends.getByRole('button', { name: 'Ask both hosts again' }))
  await waitFor(() => expect(callsOf(fake, 'tasks.resolve')).toEqual([{ taskId: 't7', decision: 'probe' }]))
})

test('what a person counts it as is asked about once more, with what follows', async () => {
  const user = userEvent.setup()
  const fake = engineWith(
    moveTask({
      state: 'needs-attention',
      error: { kind: 'unreachable', code: 'link.not-live', message: 'There is no link to kvm-02 now.' },
    }),
  )
  const detail = await opened(fake)
  expect(await detail.findByText('There is no link to kvm-02 now.')).toBeVisible()
  expect(detail.getAllByText('Not heard')).toHaveLength(2)
  await user.click(detail.getByRole('button', { name: 'It runs on kvm-01' }))
  const dialog = within(await screen.findByRole('dialog', { name: 'Count web-1 as not moved?' }))
  expect(dialog.getByText(/volumes that were made for it on kvm-02 are deleted/)).toBeVisible()
  await user.click(dialog.getByRole('button', { name: 'It runs on kvm-01' }))
  await waitFor(() => expect(callsOf(fake, 'tasks.resolve')).toEqual([{ taskId: 't7', decision: 'failed' }]))
})

test('a move that went well: predicted beside actual, verified, what was tidied up, and the way back', async () => {
  const done = moveTask({
    state: 'succeeded',
    createdAtMs: 0,
    startedAtMs: 0,
    endedAtMs: 5_000,
    undoable: true,
    steps: moveSteps({ check: 'done', 'volume-0': 'done', move: 'done', verify: 'done', 'clean-0': 'done' }),
  })
  const fake = engineWith(done, { machines: [machine(1, 2)] })
  const actual = { totalMs: 4_000, downtimeMs: 180, dataBytes: 12_000_000_000, memoryBytesPerS: null, passes: 4 }
  fake.answer('migrations.records', () => [
    { taskId: 't6', actual: { ...actual, totalMs: 1 } },
    { taskId: 't7', actual },
  ])
  const detail = await opened(fake)
  const downtime = within(await detail.findByRole('row', { name: /^Downtime 90–240\sms 180\sms/ }))
  expect(downtime.getByText('as predicted')).toBeVisible()
  expect(detail.getByRole('row', { name: /^Data .* 26\s% more$/ })).toBeVisible()
  expect(detail.getByRole('row', { name: /^Passes 3 4/ })).toBeVisible()
  const total = within(await detail.findByRole('row', { name: /^Total time/ }))
  expect(total.getByText('41–58 s')).toBeVisible()
  expect(total.getByText('4.0 s')).toBeVisible()
  expect(total.getByText('92 % less')).toBeVisible()
  expect(detail.getByText('Not on kvm-01.')).toBeVisible()
  expect(detail.getByText(/^Verified: kvm-02 has it/)).toBeVisible()
  expect(detail.getByText('Its disk file on kvm-01 is deleted.')).toBeVisible()
  expect(detail.getByRole('button', { name: 'Move it back' })).toBeEnabled()
})

test('the strip tells from where to where, how much, how fast, how long', async () => {
  renderApp(engineWith(moveTask()), '/fleet')
  const strip = within(await screen.findByRole('region', { name: 'Running tasks' }))
  const row = (await strip.findByRole('link', { name: 'Migrate web-1 kvm-01 → kvm-02' })).closest('.task')
  expect(row).toHaveTextContent(/62\s%/)
  expect(row).toHaveTextContent(/5\.7\sKiB of 9\.2\sKiB\s*212\sMB\/s/)
  expect(row).toHaveTextContent('0:00 left')
  expect(await screen.findByText(/^62\s% → kvm-02$/)).toHaveAttribute('title', expect.stringMatching(/^Migrating → kvm-02, 62\s%$/))
})

test('the tree says where a machine goes', async () => {
  const user = userEvent.setup()
  renderApp(engineWith(moveTask()), '/fleet')
  const tree = await screen.findByRole('tree', { name: 'Inventory' })
  const row = await within(tree).findByRole('treeitem', { name: /kvm-01/ })
  await user.click(row.querySelector('.tree-twist') as HTMLElement)
  expect(await within(tree).findByText(/^62\s% → kvm-02$/)).toBeVisible()
})

test('the machine’s page says that it moves, leads to the move, and goes along to where it runs', async () => {
  const fake = engineWith(moveTask())
  fake.answer('machines.detail', () => new Promise(() => {}))
  renderApp(fake, '/machines/c1.m.1?tab=events')
  expect(await screen.findByText('web-1 moves to kvm-02.')).toBeVisible()
  expect(screen.getByRole('link', { name: 'Follow the move' })).toHaveAttribute('href', '/tasks?task=t7')
  fake.push(put('machine', machine(1, 2)), { op: 'remove', entity: 'machine', id: 'c1.m.1', revision: 9 })
  await waitFor(() => expect(window.location.pathname + window.location.search).toBe('/machines/c2.m.1?tab=events'))
  expect(await screen.findByText('web-1 arrives from kvm-01.')).toBeVisible()
})

test('where it is not certain where a machine runs, its page says so', async () => {
  const fake = engineWith(moveTask({ state: 'needs-attention' }))
  fake.answer('machines.detail', () => new Promise(() => {}))
  renderApp(fake, '/machines/c1.m.1')
  expect(await screen.findByText('It is not certain where web-1 runs.')).toBeVisible()
  expect(screen.getByRole('link', { name: 'See both hosts' })).toHaveAttribute('href', '/tasks?task=t7')
})
