import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, test } from 'vitest'
import { AppError, toWireError } from '../../../shared/errors/index.ts'
import type { Task, VolumeListMessage, VolumeRow } from '../../../shared/model/index.ts'
import type { FakeEngine } from '../../lib/testing/fake-engine.ts'
import { host, machine, put, task } from '../../lib/testing/fleet-fixture.ts'
import { renderApp } from '../../lib/testing/render-app.tsx'
import { POOL, pool, storageEngine, told, volume } from './testing/storage-fixture.ts'
import { closeVolume } from './volumes/volume-request.ts'

const GIB = 2 ** 30
const PATH = `/pools/${POOL}`
const OWNER = [{ machineId: 'c1.m.1' as NonNullable<VolumeRow['owners'][number]['machineId']>, name: 'web-1' }]
const facts = (gib: number, backingPath: string | null = null, format = 'qcow2') => ({
  format,
  capacityBytes: gib * 2 * GIB,
  allocationBytes: gib * GIB,
  backingPath,
})
const ROWS = [
  volume('base.qcow2', 10),
  volume('odd.vmdk', 3, { facts: facts(3, null, 'vmdk') }),
  volume('over.qcow2', null, { facts: facts(1, '/srv/pool-1/base.qcow2') }),
  volume('torn.qcow2', null),
  volume('web.qcow2', 5, { owners: OWNER }),
]

beforeEach(closeVolume)

function engineWith(rows: readonly VolumeRow[] = ROWS): FakeEngine {
  const engine = storageEngine([pool(1), pool(2, { name: 'lvm', type: 'logical', target: '/dev/vg' })])
  engine.answer('storage.watchVolumes', told(rows))
  return engine
}

const names = () =>
  screen.getAllByRole('checkbox', { name: /^Select (?!all)/ }).map((box) => box.getAttribute('aria-label')?.replace('Select ', ''))

async function openMenu(name: string) {
  const user = userEvent.setup()
  await user.click(await screen.findByRole('button', { name: `Actions: ${name}` }))
  return { user, item: (label: RegExp) => within(screen.getByRole('menu')).getByRole('menuitem', { name: label }) }
}

test('what lies in a pool: owners and backing files lead on, sizes are read, what is not is counted', async () => {
  const user = userEvent.setup()
  renderApp(engineWith(), PATH)
  expect(await screen.findByText(/1 cannot be read/)).toBeVisible()
  const row = (name: string) => screen.getByRole('checkbox', { name: `Select ${name}` }).closest('[role="row"]') as HTMLElement
  expect(within(row('web.qcow2')).getByRole('link', { name: 'web-1' })).toHaveAttribute('href', '/machines/c1.m.1')
  expect(within(row('web.qcow2')).getByText('5 GiB')).toBeVisible()
  await user.click(within(row('over.qcow2')).getByRole('button', { name: 'base.qcow2' }))
  expect(row('base.qcow2')).toHaveClass('cursor')
  expect(window.location.search).toBe('?volume=base.qcow2')
})

test('sorted by size, filtered by format, by use and by name', async () => {
  const user = userEvent.setup()
  renderApp(engineWith(), PATH)
  await screen.findByText(/1 cannot be read/)
  await user.click(screen.getByRole('button', { name: 'On disk' }))
  await waitFor(() => expect(names()).toEqual(['base.qcow2', 'web.qcow2', 'odd.vmdk', 'over.qcow2', 'torn.qcow2']))
  await user.selectOptions(screen.getByRole('combobox', { name: 'Format' }), 'vmdk')
  expect(names()).toEqual(['odd.vmdk'])
  expect(screen.getByText('1 of 5')).toBeVisible()
  await user.selectOptions(screen.getByRole('combobox', { name: 'Format' }), 'Any format')
  await user.click(screen.getByRole('checkbox', { name: 'Only unused' }))
  expect(names()).not.toContain('web.qcow2')
  await user.type(screen.getByRole('searchbox'), 'nothing-like-it')
  expect(await screen.findByText('No volume matches')).toBeVisible()
})

test('facts that come while a list is sorted by size move no row until somebody asks', async () => {
  const user = userEvent.setup()
  const engine = engineWith()
  let release: (() => void) | undefined
  const later = new Promise<void>((resolve) => {
    release = resolve
  })
  engine.answer('storage.watchVolumes', async function* list(): AsyncGenerator<VolumeListMessage> {
    const bare = ROWS.map((row) => ({ ...row, facts: null }))
    yield { type: 'rows', rows: bare, offset: 0, total: bare.length, observedAtMs: Date.now() }
    await later
    yield { type: 'facts', facts: ROWS.slice(0, 3).map(({ name, facts: read }) => ({ name, facts: read })) }
    await new Promise(() => {})
  })
  renderApp(engine, PATH)
  expect(await screen.findByText(/5 still to read/)).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'On disk' }))
  const before = names()
  release?.()
  expect(await screen.findByText('10 GiB')).toBeVisible()
  expect(screen.getByText(/2 still to read/)).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Sort by what is read by now' }))
  await waitFor(() => expect(names().slice(0, 3)).toEqual(['base.qcow2', 'odd.vmdk', 'over.qcow2']))
  expect(before).toEqual(ROWS.map(({ name }) => name))
})

test('what comes on screen unread is asked for before the rest', async () => {
  const user = userEvent.setup()
  const rows = Array.from({ length: 200 }, (_, at) => volume(`v-${String(at).padStart(3, '0')}`, null))
  const engine = engineWith()
  engine.answer('storage.watchVolumes', async function* list(): AsyncGenerator<VolumeListMessage> {
    yield { type: 'rows', rows, offset: 0, total: rows.length, observedAtMs: Date.now() }
    await new Promise(() => {})
  })
  renderApp(engine, PATH)
  expect(await screen.findByText(/200 still to read/)).toBeVisible()
  const asked = () => engine.calls.filter(({ method }) => method === 'storage.watchVolumes').map(({ input }) => input)
  await user.type(screen.getByRole('searchbox'), 'v-19')
  await waitFor(() => expect(asked()).toHaveLength(2))
  expect(asked()).toEqual([
    { poolId: POOL, first: [] },
    { poolId: POOL, first: rows.slice(190).map(({ name }) => name) },
  ])
})

test('several are deleted by typing their number; what is used or built on stays, with the reason', async () => {
  const engine = engineWith()
  engine.answer('storage.removeVolumes', () => ({ taskId: 't7' }))
  const user = userEvent.setup()
  renderApp(engine, PATH)
  await screen.findByText(/1 cannot be read/)
  await user.click(screen.getByRole('checkbox', { name: 'Select all shown' }))
  expect(screen.getByRole('region', { name: 'Selected volumes' })).toHaveTextContent('5 selected19 GiB · 1 of unknown size')
  await user.click(screen.getByRole('button', { name: 'Delete…' }))
  const dialog = await screen.findByRole('dialog', { name: 'Delete 3 volumes?' })
  expect(within(dialog).getByText('Used by web-1.')).toBeVisible()
  expect(within(dialog).getByText('over.qcow2 is built on it.')).toBeVisible()
  await user.type(within(dialog).getByRole('textbox'), '3')
  engine.answer('storage.watchVolumes', told([ROWS[0], ROWS[4]].flatMap((row) => row ?? [])))
  await user.click(within(dialog).getByRole('button', { name: 'Delete 3 volumes' }))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  expect(engine.calls).toContainEqual({
    method: 'storage.removeVolumes',
    input: { volumes: ['odd.vmdk', 'over.qcow2', 'torn.qcow2'].map((name) => ({ poolId: POOL, name })) },
  })
  engine.push(put('task', task(7, { kind: 'volume.remove', state: 'succeeded', children: null })))
  await waitFor(() => expect(names()).toEqual(['base.qcow2', 'web.qcow2']))
})

test('a volume is made, made larger and copied; what does not fit is told before', async () => {
  const engine = engineWith()
  for (const method of ['storage.createVolume', 'storage.resizeVolume', 'storage.cloneVolume'])
    engine.answer(method, () => ({ taskId: 't1' }))
  renderApp(engine, PATH)
  const user = userEvent.setup()
  await user.click(await screen.findByRole('button', { name: 'New volume…' }))
  let dialog = await screen.findByRole('dialog')
  await user.type(within(dialog).getByLabelText('Name'), '.hidden')
  expect(within(dialog).getByText('Begin with a letter or digit; no slash.')).toBeVisible()
  await user.clear(within(dialog).getByLabelText('Name'))
  await user.type(within(dialog).getByLabelText('Name'), 'new.qcow2')
  await user.clear(within(dialog).getByLabelText('Size'))
  await user.type(within(dialog).getByLabelText('Size'), '2,5')
  await user.click(within(dialog).getByRole('button', { name: 'Make the volume' }))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())

  const resize = await openMenu('base.qcow2')
  await user.click(resize.item(/^Make larger…/))
  dialog = await screen.findByRole('dialog')
  const size = within(dialog).getByLabelText('Size')
  await user.clear(size)
  await user.type(size, '1')
  expect(within(dialog).getByText(/It cannot be made smaller/)).toBeVisible()
  await user.clear(size)
  await user.type(size, '30')
  await user.click(within(dialog).getByRole('button', { name: 'Make it larger' }))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())

  const copy = await openMenu('base.qcow2')
  await user.click(copy.item(/^Copy…/))
  dialog = await screen.findByRole('dialog')
  await user.selectOptions(within(dialog).getByLabelText('Into the pool'), 'c1.p.2')
  // a volume group takes raw volumes only
  expect(within(dialog).getByLabelText('Format')).toHaveValue('raw')
  await user.click(within(dialog).getByRole('button', { name: 'Copy it' }))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  const inputs = new Map(engine.calls.map(({ method, input }) => [method, input]))
  expect(inputs.get('storage.createVolume')).toEqual({ poolId: POOL, name: 'new.qcow2', format: 'qcow2', capacityBytes: 2.5 * GIB })
  expect(inputs.get('storage.resizeVolume')).toEqual({ poolId: POOL, name: 'base.qcow2', capacityBytes: 30 * GIB })
  expect(inputs.get('storage.cloneVolume')).toEqual({
    poolId: POOL,
    name: 'base.qcow2',
    to: { poolId: 'c1.p.2', name: 'base-copy.qcow2' },
    format: 'raw',
  })
})

test('wiping names what is lost and wants the name typed; what is in use is not wiped', async () => {
  const engine = engineWith()
  engine.answer('storage.wipeVolume', () => {
    throw new AppError({ kind: 'precondition', code: 'volume.in-use', message: 'odd.vmdk is in use: somebody just took it.' })
  })
  renderApp(engine, PATH)
  const used = await openMenu('web.qcow2')
  expect(used.item(/^Overwrite with zeros…/)).toHaveTextContent('Used by web-1.')
  expect(used.item(/^Make larger…/)).toHaveTextContent('web-1 runs with it. Shut it down first.')
  await used.user.keyboard('{Escape}')
  const { user, item } = await openMenu('odd.vmdk')
  expect(item(/^Copy…/)).toHaveTextContent('libvirt copies qcow2 and raw. Convert it instead.')
  await user.click(item(/^Overwrite with zeros…/))
  const dialog = await screen.findByRole('dialog')
  expect(within(dialog).getByText('3 GiB of data (vmdk) are lost for good. Nothing brings them back.')).toBeVisible()
  const confirm = within(dialog).getByRole('button', { name: 'Overwrite everything in it' })
  expect(confirm).toBeDisabled()
  await user.type(within(dialog).getByRole('textbox'), 'odd.vmdk')
  await user.click(confirm)
  expect(await within(dialog).findByText(/somebody just took it/)).toBeVisible()
})

test('a machine that was shut down no longer holds its disk from being made larger', async () => {
  const engine = engineWith()
  engine.push(put('machine', machine(1, 1, { state: 'stopped' })))
  renderApp(engine, PATH)
  const { item } = await openMenu('web.qcow2')
  expect(item(/^Make larger…/)).not.toHaveAttribute('aria-disabled', 'true')
  expect(item(/^Delete…/)).toHaveTextContent('Used by web-1.')
})

test('a list that cannot be read says why and is tried again; files that are gone are said to be', async () => {
  const user = userEvent.setup()
  const engine = engineWith()
  engine.answer('storage.watchVolumes', () => {
    throw new AppError({ kind: 'timeout', code: 'link.timeout', message: 'The host did not answer in time.' })
  })
  renderApp(engine, PATH)
  expect(await screen.findByRole('alert')).toHaveTextContent('The host did not answer in time.')
  engine.answer('storage.watchVolumes', async function* list(): AsyncGenerator<VolumeListMessage> {
    yield { type: 'rows', rows: [volume('a', null), volume('b', null)], offset: 0, total: 2, observedAtMs: Date.now() }
    yield { type: 'facts', facts: ['a', 'b'].map((name) => ({ name, facts: null })) }
    yield { type: 'complete', unread: 0 }
  })
  await user.click(screen.getByRole('button', { name: 'Try now' }))
  expect(await screen.findByText('None of these files is there any more.')).toBeVisible()
  expect(screen.getByRole('alert')).toHaveTextContent('Is /srv/pool-1 still mounted?')
  expect(screen.getByText(/2 not there any more/)).toBeVisible()
  engine.answer('storage.refreshPool', () => ({ taskId: 't1' }))
  await user.click(screen.getByRole('button', { name: /^Look at its files again/ }))
  expect(engine.calls).toContainEqual({ method: 'storage.refreshPool', input: { poolId: POOL } })
})

test('a link that is lost is said once, and why the list is not read again', async () => {
  const engine = engineWith()
  renderApp(engine, PATH)
  expect((await screen.findAllByText('5 volumes'))[0]).toBeVisible()
  engine.push(put('host', host(1, { freshness: { state: 'stale', sinceMs: 1, reason: 'link' } })))
  expect(await screen.findByText('The link to kvm-01 is lost.')).toBeVisible()
  expect(screen.getAllByRole('alert')).toHaveLength(1)
  const again = screen.getByRole('button', { name: 'Read the list again' })
  expect(again).toHaveAttribute('aria-disabled', 'true')
  again.focus()
  expect(await screen.findByRole('tooltip')).toHaveTextContent('There is no link to kvm-01 now.')
})

test('a pool that is opened while its host is lost says that nothing was read', async () => {
  const engine = engineWith()
  engine.push(put('host', host(1, { freshness: { state: 'stale', sinceMs: 1, reason: 'link' } })))
  renderApp(engine, PATH)
  expect(await screen.findByText('Its volumes were not read')).toBeVisible()
  expect(screen.queryByText('Reading the list…')).toBeNull()
  expect(engine.calls.some(({ method }) => method === 'storage.watchVolumes')).toBe(false)
})

test('what failed on a pool last stands on its page until it is so, and a full one says what that means', async () => {
  const user = userEvent.setup()
  const target = { entity: 'pool' as const, id: POOL, name: 'pool-1' }
  const gone = new AppError({ kind: 'remote-failure', code: 'pool.start-failed', message: 'The mount is gone.' })
  const started = (number: number, change: Partial<Task>) => put('task', task(number, { kind: 'pool.start', target, ...change }))
  const engine = storageEngine([pool(1, { active: false })])
  engine.push(started(1, { state: 'failed', error: toWireError(gone), endedAtMs: Date.now() }))
  renderApp(engine, PATH)
  const alert = await screen.findByRole('alert')
  expect(alert).toHaveTextContent('Start pool: it failed.')
  expect(alert).toHaveTextContent(/The mount is gone|could not start/)
  await user.click(within(alert).getByRole('button', { name: 'Close' }))
  expect(screen.queryByRole('alert')).toBeNull()
  engine.push(started(2, { state: 'failed', error: toWireError(gone), endedAtMs: Date.now(), createdAtMs: Date.now() + 1 }))
  expect(await screen.findByRole('alert')).toBeVisible()
  const full = { allocationBytes: 990 * GIB, availableBytes: 10 * GIB, revision: 2 }
  engine.push(put('pool', pool(1, full)))
  await waitFor(() => expect(screen.getByRole('alert')).toHaveTextContent('Only 10 GiB are left. When nothing is left, machines'))
  expect(await screen.findByText('pool-1 is empty')).toBeVisible()
  expect(screen.getByText(/^990 GiB there belong to files that are no volumes of it/)).toBeVisible()
})

test('a pool that is off asks nothing of its host, and one that is gone says so', async () => {
  const engine = storageEngine([pool(1, { active: false })])
  const { unmount } = renderApp(engine, PATH)
  expect(await screen.findByText('pool-1 is off')).toBeVisible()
  expect(screen.getByRole('button', { name: 'New volume…' })).toHaveAttribute('aria-disabled', 'true')
  expect(engine.calls.some(({ method }) => method === 'storage.watchVolumes')).toBe(false)
  unmount()
  renderApp(storageEngine([]), '/pools/c1.p.9')
  expect(await screen.findByText('There is no such pool')).toBeVisible()
})
