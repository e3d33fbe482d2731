import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import type { SnapshotPlan, SnapshotTree } from '../../../shared/model/index.ts'
import { FakeEngine } from '../../lib/testing/fake-engine.ts'
import { connection, host, machine, put, task, workspace } from '../../lib/testing/fleet-fixture.ts'
import { renderApp } from '../../lib/testing/render-app.tsx'
import { deepTree, file, plan, tree } from './testing/trees.ts'

const PATH = '/machines/c1.m.1?tab=snapshots'

function engine(shown: SnapshotTree = tree(), planned: SnapshotPlan = plan()): FakeEngine {
  const fake = new FakeEngine([
    put('workspace', workspace()),
    put('connection', connection(1)),
    put('host', host(1)),
    put('machine', machine(1, 1)),
  ])
  fake.answer('machines.detail', () => {
    throw new AppError({ kind: 'unsupported', code: 'fake.none', message: 'No detail here.' })
  })
  fake.answer('snapshots.tree', () => shown)
  fake.answer('snapshots.plan', () => planned)
  fake.answer('snapshots.act', () => ({ taskId: 't1' }))
  return fake
}

const asked = (fake: FakeEngine, method: string) => fake.calls.filter((call) => call.method === method).map(({ input }) => input)
function rowOf(name: RegExp): HTMLElement {
  const row = screen.getByRole('button', { name }).closest('tr')
  if (!row) throw new Error('a button outside of a row')
  return row
}

test('the tree with where the machine is, and the chain beneath it', async () => {
  renderApp(engine(), PATH)
  const table = await screen.findByRole('table', { name: 'Tree of snapshots' })
  const rows = within(table).getAllByRole('row').slice(1)
  expect(rows.map((row) => row.querySelector('th')?.firstChild?.textContent?.split(/[ ,]/)[0])).toEqual(['You', 'after', 'before', 'base'])
  expect(within(table).getByText('disks and memory')).toBeVisible()
  const files = within(screen.getByRole('table', { name: 'Files of vda' }))
    .getAllByRole('row')
    .slice(1)
  expect(files).toHaveLength(4)
  expect(screen.getByRole('button', { name: 'after.qcow2, stands on before.qcow2' })).toBeVisible()
  expect(screen.getByRole('button', { name: 'web-1.qcow2, stands alone' })).toBeVisible()
  expect(files[3]).toHaveTextContent('web-2 stands on it')
})

test('a snapshot lights up its files, and a file the snapshots that need it', async () => {
  renderApp(engine(), PATH)
  await userEvent.click(await screen.findByRole('button', { name: /^before, after base/ }))
  expect(rowOf(/^web-1\.qcow2, stands/)).toHaveClass('lit')
  expect(rowOf(/^after\.qcow2/)).not.toHaveClass('lit')
  expect(screen.getByText('Before the upgrade')).toBeVisible()
  await userEvent.click(screen.getByRole('button', { name: /^before\.qcow2/ }))
  expect(screen.getByRole('button', { name: /^after, after before, needs the chosen file/ })).toBeVisible()
  expect(rowOf(/^base,/)).not.toHaveClass('lit')
})

test('the arrow keys lead through the rows', async () => {
  renderApp(engine(), PATH)
  const first = await screen.findByRole('button', { name: /^after, after before/ })
  first.focus()
  await userEvent.keyboard('{ArrowDown}{ArrowDown}')
  expect(screen.getByRole('button', { name: /^base, the beginning/ })).toHaveFocus()
  await userEvent.keyboard('{Home}{Enter}')
  expect(first).toHaveAttribute('aria-pressed', 'true')
})

test('what is lost is typed before the machine goes back', async () => {
  const fake = engine(tree(), plan({ losses: [{ code: 'test.loss', text: 'What was written since is lost.' }], interrupts: 'off' }))
  renderApp(fake, PATH)
  await userEvent.click(await screen.findByRole('button', { name: /^before, after base/ }))
  await userEvent.click(screen.getByRole('button', { name: 'Go back to it…' }))
  const dialog = await screen.findByRole('dialog')
  await userEvent.click(within(dialog).getByRole('checkbox', { name: /Keep what it is now/ }))
  expect(await within(dialog).findByText('What was written since is lost.')).toBeVisible()
  expect(within(dialog).getByText('is off meanwhile')).toBeVisible()
  const button = within(dialog).getByRole('button', { name: 'Go back' })
  expect(button).toBeDisabled()
  await userEvent.type(within(dialog).getByLabelText(/^Type web-1/), 'web-1')
  await waitFor(() => expect(button).toBeEnabled())
  await userEvent.click(button)
  await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument())
  expect(asked(fake, 'snapshots.act')).toMatchObject([
    { machineId: 'c1.m.1', operation: { operation: 'revert', name: 'before', keepAs: null }, revision: 'r1', acceptsLosses: true },
  ])
})

test('what it is now is kept unless somebody says that it is not', async () => {
  const fake = engine()
  renderApp(fake, PATH)
  await userEvent.click(await screen.findByRole('button', { name: /^before, after base/ }))
  await userEvent.click(screen.getByRole('button', { name: 'Go back to it…' }))
  const button = await screen.findByRole('button', { name: 'Go back' })
  await waitFor(() => expect(button).toBeEnabled())
  await userEvent.click(button)
  await waitFor(() =>
    expect(asked(fake, 'snapshots.act')).toMatchObject([
      { operation: { keepAs: expect.stringMatching(/^kept-\d/) }, acceptsLosses: false },
    ]),
  )
})

test('a refusal shows the chain, the reason and what leads to the same', async () => {
  const refused = plan({
    reason: { code: 'test.needed', text: 'after needs before.qcow2 as it is.', params: { file: '/images/before.qcow2' } },
    instead: [{ operation: 'delete', name: 'after' }],
  })
  const fake = engine(tree(), refused)
  renderApp(fake, PATH)
  await userEvent.click(await screen.findByRole('button', { name: /^after\.qcow2/ }))
  await userEvent.click(screen.getByRole('button', { name: 'Merge downwards…' }))
  const dialog = await screen.findByRole('dialog')
  expect(await within(dialog).findByText('after needs before.qcow2 as it is.')).toBeVisible()
  const sketch = within(dialog).getByRole('figure')
  expect(within(sketch).getByText('before.qcow2').closest('li')).toHaveClass('bad')
  expect(within(dialog).getByRole('button', { name: 'Merge' })).toBeDisabled()
  await userEvent.click(within(dialog).getByRole('button', { name: 'Delete the snapshot after…' }))
  expect(await screen.findByRole('dialog', { name: 'Delete after' })).toBeVisible()
  expect(asked(fake, 'snapshots.act')).toEqual([])
})

test('a branch that was left behind is discarded: what goes is shown, and typed', async () => {
  const left = file('left', { writtenAtMs: Date.UTC(2026, 10, 20, 12) })
  const shown = tree({ chains: tree().chains.map((chain) => ({ ...chain, others: [{ ...left, base: '/images/web-1.qcow2' }] })) })
  const { path, pool, allocationBytes, writtenAtMs } = left
  const fake = engine(
    shown,
    plan({
      losses: [{ code: 'test.loss', text: 'It is deleted.' }],
      deletes: [path],
      freesBytes: allocationBytes,
      branch: [{ path, pool, allocationBytes, writtenAtMs, since: ['base'], inside: null }],
    }),
  )
  renderApp(fake, PATH)
  await userEvent.click(await screen.findByRole('button', { name: /^left\.qcow2/ }))
  await userEvent.click(screen.getByRole('button', { name: 'Discard this branch…' }))
  const dialog = await screen.findByRole('dialog', { name: 'Discard the branch left.qcow2' })
  const cells = within(await within(dialog).findByRole('table', { name: 'Files of the branch' })).getAllByRole('cell')
  expect(cells.map(({ textContent }) => textContent)).toEqual([
    expect.stringMatching(/^1.GiB$/),
    expect.stringMatching(/^Nov 20/),
    'base',
    'not known',
  ])
  const button = within(dialog).getByRole('button', { name: 'Discard the branch' })
  expect(button).toBeDisabled()
  await userEvent.type(within(dialog).getByLabelText(/^Type web-1/), 'web-1')
  await waitFor(() => expect(button).toBeEnabled())
  await userEvent.click(button)
  await waitFor(() =>
    expect(asked(fake, 'snapshots.act')).toMatchObject([{ operation: { operation: 'discard', target: 'vda', path }, acceptsLosses: true }]),
  )
})

test('creating: the kind that is offered, with why the other is not', async () => {
  const fake = engine()
  renderApp(fake, PATH)
  await userEvent.click(await screen.findByRole('button', { name: 'Take a snapshot…' }))
  const dialog = await screen.findByRole('dialog')
  expect(within(dialog).getByRole('radio', { name: /external/ })).toBeChecked()
  expect(within(dialog).getByRole('radio', { name: /internal/ })).toBeDisabled()
  expect(within(dialog).getByText('Only qcow2 holds one.')).toBeVisible()
  const name = within(dialog).getByLabelText('Name')
  await userEvent.clear(name)
  await userEvent.type(name, 'x/y')
  expect(within(dialog).getByText(/^A name begins/)).toBeVisible()
  expect(within(dialog).getByRole('button', { name: 'Take it' })).toBeDisabled()
  await userEvent.clear(name)
  await userEvent.type(name, 'before move')
  await userEvent.type(within(dialog).getByLabelText('Tags'), 'move, keep')
  const button = within(dialog).getByRole('button', { name: 'Take it' })
  await waitFor(() => expect(button).toBeEnabled())
  await userEvent.click(button)
  await waitFor(() =>
    expect(asked(fake, 'snapshots.act')).toMatchObject([
      { operation: { operation: 'create', name: 'before move', kind: 'external', tags: ['move', 'keep'], freeze: true, memory: false } },
    ]),
  )
})

test('somebody else was quicker: nothing was done, and it is looked at again', async () => {
  const fake = engine()
  fake.answer('snapshots.act', () => {
    throw new AppError({ kind: 'conflict', code: 'snapshot.changed-meanwhile', message: 'Somebody has changed the snapshots meanwhile.' })
  })
  renderApp(fake, PATH)
  await userEvent.click(await screen.findByRole('button', { name: /^base, the beginning/ }))
  await userEvent.click(screen.getByRole('button', { name: 'Delete…' }))
  const button = await screen.findByRole('button', { name: 'Delete the snapshot' })
  await waitFor(() => expect(button).toBeEnabled())
  await userEvent.click(button)
  expect(await screen.findByText(/^Somebody has changed/)).toBeVisible()
  fake.answer('snapshots.tree', () => tree({ revision: 'r2' }))
  await userEvent.click(screen.getByRole('button', { name: 'Look again' }))
  fake.answer('snapshots.act', () => ({ taskId: 't1' }))
  await waitFor(() => expect(button).toBeEnabled())
  await waitFor(() => expect(screen.queryByText(/^Somebody has changed/)).not.toBeInTheDocument())
  await userEvent.click(button)
  await waitFor(() => expect(asked(fake, 'snapshots.act').at(-1)).toMatchObject({ revision: 'r2' }))
})

test('while a task works on it, its progress stands in the tree and nothing else can be begun', async () => {
  const fake = engine(tree({ jobs: [{ target: 'vda', kind: 'commit', doneBytes: 50, totalBytes: 200 }] }))
  renderApp(fake, PATH)
  await screen.findByRole('table', { name: 'Tree of snapshots' })
  fake.push(
    put(
      'task',
      task(1, {
        kind: 'machine.snapshot',
        params: { operation: 'delete', name: 'before' },
        target: { entity: 'machine', id: 'c1.m.1', name: 'web-1' },
      }),
    ),
  )
  expect(await within(rowOf(/^before, after base/)).findByRole('progressbar', { name: 'Deleting before' })).toHaveAttribute(
    'aria-valuenow',
    '40',
  )
  expect(screen.getByRole('progressbar', { name: 'Merging' })).toHaveAttribute('aria-valuenow', '25')
  expect(screen.getByRole('button', { name: 'Take a snapshot…' })).toHaveAttribute('aria-disabled', 'true')
})

function working(operation: string, cancel: 'now' | 'never', change: Partial<Parameters<typeof task>[1]> = {}) {
  const step = { id: 'x', state: 'running' as const, startedAtMs: 1, endedAtMs: null, weight: 1, cancel, error: null }
  const target = { entity: 'machine' as const, id: 'c1.m.1', name: 'web-1' }
  return put(
    'task',
    task(1, { kind: 'machine.snapshot', params: { operation, target: 'vda', name: 'before' }, target, steps: [step], ...change }),
  )
}

test('what works on it is cancelled from here, and what that means is said first', async () => {
  const fake = engine()
  fake.answer('tasks.cancel', () => ({}))
  renderApp(fake, PATH)
  await screen.findByRole('table', { name: 'Tree of snapshots' })
  fake.push(working('merge', 'now'))
  await userEvent.click(await screen.findByRole('button', { name: 'Cancel…' }))
  const dialog = await screen.findByRole('dialog', { name: 'Cancel “Merging files of vda”?' })
  expect(within(dialog).getByText(/the chain stays as it was before/)).toBeVisible()
  await userEvent.click(within(dialog).getByRole('button', { name: 'Cancel it' }))
  await waitFor(() => expect(asked(fake, 'tasks.cancel')).toEqual([{ taskId: 't1' }]))
  fake.push(working('merge', 'now', { state: 'cancelling', revision: 2 }))
  await waitFor(() => expect(screen.getByRole('button', { name: 'Cancel…' })).toHaveAttribute('aria-disabled', 'true'))
  await userEvent.hover(screen.getByRole('button', { name: 'Cancel…' }))
  expect(await screen.findByRole('tooltip')).toHaveTextContent('It stops at its next safe point.')
})

test('what cannot be stopped half-way says why', async () => {
  const fake = engine()
  renderApp(fake, PATH)
  await screen.findByRole('table', { name: 'Tree of snapshots' })
  fake.push(working('revert', 'never'))
  const button = await screen.findByRole('button', { name: 'Cancel…' })
  expect(button).toHaveAttribute('aria-disabled', 'true')
  await userEvent.hover(button)
  expect(await screen.findByRole('tooltip')).toHaveTextContent(/^Going back cannot be stopped half-way/)
})

test('a job that no task of the console began is told to be somebody else’s', async () => {
  renderApp(engine(tree({ jobs: [{ target: 'vda', kind: 'commit', doneBytes: 50, totalBytes: 200 }] })), PATH)
  expect(await screen.findByText(/^Begun by another program/)).toBeVisible()
  expect(screen.queryByRole('button', { name: 'Cancel…' })).not.toBeInTheDocument()
})

test('a tree that cannot be read again stays, and is told to be of before', async () => {
  const fake = engine()
  renderApp(fake, PATH)
  await screen.findByRole('table', { name: 'Tree of snapshots' })
  fake.answer('snapshots.tree', () => {
    throw new AppError({ kind: 'unreachable', code: 'test.lost', message: 'The host does not answer.' })
  })
  fake.push(working('merge', 'now'))
  expect(await screen.findByText(/The host does not answer\./)).toBeVisible()
  expect(screen.getByRole('table', { name: 'Tree of snapshots' })).toBeVisible()
  fake.answer('snapshots.tree', () => tree())
  await userEvent.click(screen.getByRole('button', { name: 'Try now' }))
  await waitFor(() => expect(screen.queryByText(/The host does not answer\./)).not.toBeInTheDocument())
})

test('no snapshots: what one is good for, and the file of the disk all the same', async () => {
  renderApp(engine(tree({ snapshots: [] })), PATH)
  expect(await screen.findByRole('heading', { name: 'No snapshots' })).toBeVisible()
  expect(screen.getByRole('table', { name: 'Files of vda' })).toBeVisible()
})

test('a connection that keeps none says so', async () => {
  const fake = engine()
  fake.answer('snapshots.tree', () => {
    throw new AppError({ kind: 'unsupported', code: 'snapshot.unsupported', message: 'This kind of connection keeps no snapshots.' })
  })
  renderApp(fake, PATH)
  expect(await screen.findByRole('heading', { name: 'No snapshots here' })).toBeVisible()
})

test('two hundred snapshots over a chain as deep are all there', async () => {
  renderApp(engine(deepTree(200)), PATH)
  const table = await screen.findByRole('table', { name: 'Tree of snapshots' })
  expect(within(table).getAllByRole('row')).toHaveLength(202)
  expect(within(screen.getByRole('table', { name: 'Files of vda' })).getAllByRole('row')).toHaveLength(202)
})
