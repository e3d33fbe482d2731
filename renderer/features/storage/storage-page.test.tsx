import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, test } from 'vitest'
import { AppError, toWireError } from '../../../shared/errors/index.ts'
import type { OrphanReport, Task } from '../../../shared/model/index.ts'
import { host, put, task } from '../../lib/testing/fleet-fixture.ts'
import { renderApp } from '../../lib/testing/render-app.tsx'
import { useLooks } from './orphans/orphan-search.ts'
import { closeQuestion, showProblem } from './pools/pool-request.ts'
import { pool, storageEngine } from './testing/storage-fixture.ts'

const GIB = 2 ** 30
const POOLS = [
  pool(1, { name: 'images' }),
  pool(2, { name: 'full', allocationBytes: 980 * GIB, availableBytes: 20 * GIB }),
  pool(3, { name: 'old', active: false, autostart: false, capacityBytes: null, allocationBytes: null, availableBytes: null }),
  pool(4, { name: 'vm', type: 'rbd', target: 'ceph/vm' }),
]

beforeEach(() => {
  useLooks.setState({ byHost: new Map() })
  closeQuestion()
  showProblem(null)
})

function row(name: string): HTMLElement {
  return screen.getByRole('link', { name }).closest('[role="row"]') as HTMLElement
}

async function openMenu(name: string) {
  const user = userEvent.setup()
  await user.click(await screen.findByRole('button', { name: `Actions: ${name}` }))
  return { user, menu: screen.getByRole('menu') }
}

test('pools with their type, state and fullness; one that is off has no figures, one nearly full stands out', async () => {
  renderApp(storageEngine(POOLS), '/storage')
  expect(await screen.findByRole('link', { name: 'images' })).toHaveAttribute('href', '/pools/c1.p.1')
  expect(within(row('images')).getByRole('progressbar')).toHaveAttribute('aria-valuenow', '40')
  expect(within(row('full')).getByText('98 %')).toHaveClass('warn-text')
  expect(within(row('old')).getByText('Off')).toBeVisible()
  expect(within(row('old')).queryByRole('progressbar')).toBeNull()
  expect(within(row('vm')).getByText('Ceph (RBD)')).toBeVisible()
  expect(screen.getByText('4 pools · 1 off')).toBeVisible()
})

test('each action says what it means; a pool that is off is started and not looked at', async () => {
  const engine = storageEngine(POOLS)
  engine.answer('storage.startPool', () => ({ taskId: 't1' }))
  renderApp(engine, '/storage')
  const { user, menu } = await openMenu('old')
  const refresh = within(menu).getByRole('menuitem', { name: /Look at its files again/ })
  expect(refresh).toHaveAttribute('aria-disabled', 'true')
  expect(refresh).toHaveTextContent('The pool is off. Start it first.')
  expect(within(menu).getByRole('menuitem', { name: /^Start ?The host mounts it/ })).toBeVisible()
  await user.click(within(menu).getByRole('menuitem', { name: /^Start ?The host mounts it/ }))
  expect(engine.calls).toContainEqual({ method: 'storage.startPool', input: { poolId: 'c1.p.3' } })
})

test('while a task holds a pool nothing else is begun, and the row says what', async () => {
  const engine = storageEngine(POOLS)
  renderApp(engine, '/storage')
  await screen.findByRole('link', { name: 'images' })
  engine.push(put('task', task(1, { kind: 'pool.refresh', target: { entity: 'pool', id: 'c1.p.1', name: 'images' } })))
  expect(await within(row('images')).findByText('Refresh pool…')).toBeVisible()
  const { menu } = await openMenu('images')
  expect(within(menu).getByRole('menuitem', { name: /^Stop…/ })).toHaveTextContent('“Refresh pool” is under way on this pool.')
})

test('stopping names who has disks in it; running machines hold it', async () => {
  const engine = storageEngine(POOLS)
  engine.answer('storage.removal', () => ({
    volumes: 3,
    allocationBytes: null,
    usedBy: [{ machineId: 'c1.m.1', name: 'web-1' }],
    reason: { code: 'pool.in-use', text: 'In use.', params: { machines: 'web-1' } },
  }))
  renderApp(engine, '/storage')
  const { user, menu } = await openMenu('images')
  await user.click(within(menu).getByRole('menuitem', { name: /^Stop…/ }))
  const dialog = await screen.findByRole('dialog')
  expect(await within(dialog).findByText('Running machines use disks of this pool: web-1. Shut them down first.')).toBeVisible()
  expect(within(dialog).getByRole('link', { name: 'web-1' })).toHaveAttribute('href', '/machines/c1.m.1')
  expect(within(dialog).getByRole('button', { name: 'Stop the pool' })).toBeDisabled()
})

test('taking a pool away leaves its volumes; its place goes only when it is empty', async () => {
  const engine = storageEngine(POOLS)
  let volumes = 3
  engine.answer('storage.removal', () => ({ volumes, allocationBytes: null, usedBy: [], reason: null }))
  engine.answer('storage.removePool', () => ({ taskId: 't1' }))
  renderApp(engine, '/storage')
  const first = await openMenu('images')
  await first.user.click(within(first.menu).getByRole('menuitem', { name: /^Take it away…/ }))
  let dialog = await screen.findByRole('dialog')
  expect(await within(dialog).findByText('3 volumes stay behind.')).toBeVisible()
  expect(within(dialog).getByRole('checkbox')).toBeDisabled()
  expect(within(dialog).getByText('It is not empty. Delete its volumes first.')).toBeVisible()
  await first.user.click(within(dialog).getByRole('button', { name: 'Cancel' }))
  volumes = 0
  const second = await openMenu('images')
  await second.user.click(within(second.menu).getByRole('menuitem', { name: /^Take it away…/ }))
  dialog = await screen.findByRole('dialog')
  await waitFor(() => expect(within(dialog).getByRole('checkbox')).toBeEnabled())
  await second.user.click(within(dialog).getByRole('checkbox'))
  await second.user.click(within(dialog).getByRole('button', { name: 'Take the pool and its place away' }))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  expect(engine.calls).toContainEqual({ method: 'storage.removePool', input: { poolId: 'c1.p.1', deleteTarget: true } })
})

test('what a host refuses at once is told on the page', async () => {
  const engine = storageEngine(POOLS)
  engine.answer('storage.refreshPool', () => {
    throw new AppError({
      kind: 'remote-failure',
      code: 'pool.refresh-failed',
      message: 'The host could not look at the pool again: I/O error',
    })
  })
  renderApp(engine, '/storage')
  const { user, menu } = await openMenu('images')
  await user.click(within(menu).getByRole('menuitem', { name: /^Look at its files again/ }))
  expect(await screen.findByRole('alert')).toHaveTextContent(/images.*could not look at the pool again: I\/O error/)
})

function report(change: Partial<OrphanReport> = {}): OrphanReport {
  const orphan = (name: string, gib: number, poolId = 'c1.p.1') => ({
    poolId: poolId as OrphanReport['orphans'][number]['poolId'],
    pool: poolId === 'c1.p.4' ? 'vm' : 'images',
    name,
    path: `/srv/pool-1/${name}`,
    format: 'qcow2',
    capacityBytes: gib * 2 * GIB,
    allocationBytes: gib * GIB,
    modifiedAtMs: Date.UTC(2024, 1, 3),
    shared: poolId === 'c1.p.4' ? { kind: 'rbd', servers: ['mon-1'], path: `/vm/${name}` } : null,
  })
  const orphans = [orphan('small', 2), orphan('large', 40), orphan('far', 8, 'c1.p.4')]
  return {
    orphans,
    totalBytes: 50 * GIB,
    undecided: [
      {
        ...orphan('doubted', 4, 'c1.p.4'),
        reason: { code: 'orphans.host-away', text: 'Away.', params: { hosts: 'kvm-09' } },
      },
    ],
    unseen: [{ code: 'orphans.pool-off', text: 'Off.', params: { pool: 'old' } }],
    observedAtMs: Date.now(),
    ...change,
  }
}

test('orphans are looked for when somebody says so: the largest first, what was not seen is said, some are deleted', async () => {
  const user = userEvent.setup()
  const engine = storageEngine(POOLS)
  let answer = report()
  engine.answer('storage.orphans', () => answer)
  engine.answer('storage.removeVolumes', () => ({ taskId: 't9' }))
  renderApp(engine, '/storage?tab=orphans')
  const look = await screen.findByRole('button', { name: 'Look through the host' })
  expect(engine.calls.some(({ method }) => method === 'storage.orphans')).toBe(false)
  await user.click(look)
  expect(await screen.findByText('50 GiB')).toBeVisible()
  expect(screen.getByText(/in 3 orphaned volumes of 1 host/)).toBeVisible()
  expect(screen.getByText(/^The pool old is off: nobody sees what is in it/)).toBeVisible()
  const doubted = screen.getByText('1 volume of a shared pool (4 GiB): not known whether another host uses it').closest('details')
  expect(doubted).toHaveTextContent(/doubtedkvm-01 \/ vm4 GiB/)
  expect(doubted).toHaveTextContent(/Whether a machine on kvm-09 uses it is not known: there is no link there now/)
  const names = () => screen.getAllByRole('checkbox', { name: /^Select (?!all)/ }).map((box) => box.getAttribute('aria-label'))
  expect(names()).toEqual(['Select large', 'Select far', 'Select small'])
  await user.click(screen.getByRole('checkbox', { name: 'Select large' }))
  await user.click(screen.getByRole('checkbox', { name: 'Select far' }))
  expect(screen.getByRole('region', { name: 'Selected volumes' })).toHaveTextContent('2 selected48 GiB')
  await user.click(screen.getByRole('button', { name: 'Delete…' }))
  const dialog = await screen.findByRole('dialog')
  expect(within(dialog).getByText(/They take up 48 GiB/)).toBeVisible()
  expect(within(dialog).getByText(/Hosts outside this console may see the pool vm, too/)).toBeVisible()
  const confirm = within(dialog).getByRole('button', { name: 'Delete 2 volumes' })
  expect(confirm).toBeDisabled()
  await user.type(within(dialog).getByRole('textbox'), '2')
  await user.click(confirm)
  expect(engine.calls).toContainEqual({
    method: 'storage.removeVolumes',
    input: {
      volumes: [
        { poolId: 'c1.p.1', name: 'large' },
        { poolId: 'c1.p.4', name: 'far' },
      ],
    },
  })
  engine.answer('tasks.list', () => ({ items: [], cursor: null }))
  engine.answer('tasks.cancel', () => ({ ok: true }))
  const counts = { total: 2, succeeded: 0, failed: 0, cancelled: 0, running: 1 }
  engine.push(put('task', task(9, { kind: 'volume.remove', state: 'running', children: { ...counts, succeeded: 1 } })))
  const deletion = await screen.findByRole('region', { name: 'Deletion' })
  expect(within(deletion).getByRole('status')).toHaveTextContent('1 of 2 deleted')
  await user.click(within(deletion).getByRole('button', { name: 'Stop' }))
  expect(engine.calls).toContainEqual({ method: 'tasks.cancel', input: { taskId: 't9' } })
  answer = report({ orphans: report().orphans.slice(0, 2), totalBytes: 42 * GIB })
  const inUse = new AppError({
    kind: 'precondition',
    code: 'volume.in-use',
    message: 'far is in use',
    details: { volume: 'far', by: ['web'] },
  })
  const target = { entity: 'volume' as const, id: 'c1.p.4/far', name: 'far' }
  const child = task(10, { kind: 'volume.remove', state: 'failed', parentId: 't9' as Task['id'], target, error: toWireError(inUse) })
  engine.push(put('task', child))
  engine.push(
    put(
      'task',
      task(9, { kind: 'volume.remove', revision: 2, state: 'partly', children: { ...counts, succeeded: 1, failed: 1, running: 0 } }),
    ),
  )
  // what is refused says so for itself, without being asked
  await waitFor(() => expect(within(deletion).getByRole('status')).toHaveTextContent('1 volume deleted'))
  expect(within(deletion).getByText('1 stays')).toBeVisible()
  expect(await within(deletion).findByText(/far is in use/)).toBeVisible()
  expect(within(deletion).queryByRole('button', { name: 'Stop' })).toBeNull()
  await waitFor(() => expect(names()).toHaveLength(2))
  await user.click(within(deletion).getByRole('button', { name: 'Close the result' }))
  expect(screen.queryByRole('region', { name: 'Deletion' })).toBeNull()
})

test('a host that is lost: its pools are shown as they were, and nothing is changed', async () => {
  const engine = storageEngine(POOLS)
  engine.push(put('host', host(1, { freshness: { state: 'stale', sinceMs: 1, reason: 'link' } })))
  renderApp(engine, '/storage')
  expect(await screen.findAllByText('Was active')).toHaveLength(3)
  const { menu } = await openMenu('images')
  expect(within(menu).getByRole('menuitem', { name: /^Stop…/ })).toHaveTextContent('There is no link to kvm-01 now.')
})
