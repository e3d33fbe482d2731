import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import { AppError, toWireError } from '../../../../shared/errors/index.ts'
import type { MigrationFinding, MigrationSpec } from '../../../../shared/model/index.ts'
import { put, task } from '../../../lib/testing/fleet-fixture.ts'
import { renderApp } from '../../../lib/testing/render-app.tsx'
import { CLOCK, finding, MACHINE, migrateEngine, PASSED, POOL_MISSING, prediction, preflightOf, TARGET } from './testing/migrate-fixture.ts'

const AT = (step: string, more = '') => `/migrate?m=${MACHINE}&to=${TARGET}&step=${step}${more}`
const starts = (fake: ReturnType<typeof migrateEngine>) => fake.calls.filter(({ method }) => method === 'migrations.start')

test('a target is chosen among those that can be one; the others say why', async () => {
  const user = userEvent.setup()
  renderApp(migrateEngine(), `/migrate?m=${MACHINE}`)
  expect(await screen.findByRole('radio', { name: /kvm-01/ })).toBeDisabled()
  expect(screen.getByText('It runs here already.')).toBeVisible()
  expect(screen.getByText(/1 GiB free, needs 8 GiB/)).toBeVisible()
  const next = screen.getByRole('button', { name: 'Next: Pre-flight' })
  expect(next).toHaveAttribute('aria-disabled', 'true')
  expect(screen.getByText('Choose a target host first.')).toBeVisible()
  await user.click(screen.getByRole('radio', { name: /kvm-02/ }))
  expect(window.location.search).toContain(`to=${TARGET}`)
  await user.click(screen.getByRole('button', { name: 'Next: Pre-flight' }))
  expect(await screen.findByText('Nothing stands in the way of the move.')).toBeVisible()
  expect(screen.getByText('CPU model Icelake-Server')).toBeVisible()
  expect(window.location.search).toContain('step=preflight')
})

test('what blocks holds the next step up, is mended with one press by one task, and then shows as solved', async () => {
  const user = userEvent.setup()
  let findings: readonly MigrationFinding[] = [POOL_MISSING, CLOCK, PASSED]
  const fake = migrateEngine(() => findings)
  fake.answer('migrations.mend', () => ({ taskId: 't7' }))
  renderApp(fake, AT('preflight'))
  expect(await screen.findByText('kvm-02 has no pool vmstore')).toBeVisible()
  expect(screen.getByText('The disk vda would have nowhere to go.')).toBeVisible()
  expect(screen.getByText('1 finding blocks the next step.')).toBeVisible()
  expect(screen.getByText('1 blocking, 1 warning')).toBeVisible()
  const mend = screen.getByRole('button', { name: 'Create it there' })
  fireEvent.click(mend)
  fireEvent.click(mend)
  expect(await screen.findByText('It is being mended.')).toBeVisible()
  findings = [CLOCK, PASSED]
  fake.answer('migrations.mended', () => [
    { taskId: 't7', mend: { mend: 'create-pool', pool: 'vmstore' }, atMs: Date.now(), actor: 'maja', undoable: true },
  ])
  fake.push(put('task', task(7, { kind: 'pool.create', state: 'succeeded' })))
  expect(await screen.findByText('Pool vmstore was made at the target')).toBeVisible()
  expect(screen.queryByText('kvm-02 has no pool vmstore')).toBeNull()
  expect(fake.calls.filter(({ method }) => method === 'migrations.mend')).toHaveLength(1)
  expect(screen.getByRole('button', { name: 'Next: Storage and network' })).not.toHaveAttribute('aria-disabled')
  fake.answer('tasks.undo', () => ({ taskId: 't8' }))
  await user.click(screen.getByRole('button', { name: 'Undo' }))
  findings = [POOL_MISSING]
  fake.answer('migrations.mended', () => [])
  fake.push(put('task', task(8, { kind: 'pool.create', state: 'succeeded' })))
  expect(await screen.findByText('kvm-02 has no pool vmstore')).toBeVisible()
})

test('a mend that fails says what the host said, and can be tried again', async () => {
  const user = userEvent.setup()
  const fake = migrateEngine(() => [POOL_MISSING])
  fake.answer('migrations.mend', () => ({ taskId: 't7' }))
  renderApp(fake, AT('preflight'))
  await user.click(await screen.findByRole('button', { name: 'Create it there' }))
  const refused = new AppError({ kind: 'remote-failure', code: 'test.refused', message: 'cannot open /srv/vmstore: Permission denied' })
  fake.push(put('task', task(7, { kind: 'pool.create', state: 'failed', error: toWireError(refused) })))
  expect(await screen.findByText(/Permission denied/)).toBeVisible()
  expect(screen.getByRole('button', { name: 'Create it there' })).not.toHaveAttribute('aria-disabled')
})

test('a mend of the wish alone changes the address, and can be undone', async () => {
  const user = userEvent.setup()
  const slow = finding('dirty-rate.above', 'warns', 'It writes faster than is copied.', {
    check: 'dirty-rate',
    mends: [{ label: { code: 'test.slow', text: 'Slow the guest down' }, mend: { mend: 'spec', set: { autoConverge: true } } }],
  })
  const fake = migrateEngine()
  fake.answer('migrations.preflight', ({ spec }: { spec: MigrationSpec }) => preflightOf(spec, spec.autoConverge ? [PASSED] : [slow]))
  renderApp(fake, AT('preflight'))
  await user.click(await screen.findByRole('button', { name: 'Slow the guest down' }))
  expect(await screen.findByText('Another choice was made', { exact: false })).toBeVisible()
  expect(new URLSearchParams(window.location.search).get('how')).toBe('{"autoConverge":true}')
  await user.click(screen.getByRole('button', { name: 'Undo' }))
  expect(await screen.findByRole('button', { name: 'Slow the guest down' })).toBeVisible()
  expect(new URLSearchParams(window.location.search).get('how')).toBeNull()
})

test('the prediction, what it was made of and how right the last ones were; measured anew on demand', async () => {
  const user = userEvent.setup()
  const fake = migrateEngine()
  fake.answer('migrations.measure', () => ({
    dirtyBytesPerS: 1e6,
    bandwidthBytesPerS: null,
    notes: [{ code: 'test.port', text: 'Nothing gets to port 49152 of kvm-02. Open it in its firewall.' }],
    measuredAtMs: Date.now(),
  }))
  renderApp(fake, AT('preflight'))
  const side = within(await screen.findByRole('complementary', { name: 'Prediction' }))
  expect(await side.findByText('41–58')).toBeVisible()
  expect(side.getByText('90–240')).toBeVisible()
  expect(side.getByText('limit 300 ms')).toBeVisible()
  expect(side.getByRole('img', { name: /Last 3 predictions: median error 5/ })).toBeVisible()
  const before = fake.calls.filter(({ method }) => method === 'migrations.preflight').length
  await user.click(side.getByRole('button', { name: 'Measure now' }))
  expect(await side.findByText(/Open it in its firewall/)).toBeVisible()
  await waitFor(() => expect(fake.calls.filter(({ method }) => method === 'migrations.preflight').length).toBeGreaterThan(before))
})

test('a guest that writes faster than is copied: said beforehand, with ways out that change the wish', async () => {
  const user = userEvent.setup()
  const fake = migrateEngine()
  const ways = [{ label: { code: 'test.way', text: 'Switch over early' }, set: { postCopy: true } }]
  fake.answer('migrations.preflight', ({ spec }: { spec: MigrationSpec }) =>
    preflightOf(spec, [PASSED], { prediction: prediction(spec.postCopy ? {} : { converges: false, waysOut: ways }) }),
  )
  renderApp(fake, AT('preflight'))
  expect(await screen.findByText(/by itself the move never ends/)).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Switch over early' }))
  expect(await screen.findByText(/so the copy converges/)).toBeVisible()
  expect(window.location.search).toContain('postCopy')
})

test('hosts that cannot be looked at are an error that says so, and nothing goes on', async () => {
  const fake = migrateEngine()
  fake.answer('migrations.preflight', () => {
    throw new AppError({ kind: 'unreachable', code: 'test.gone', message: 'kvm-02 does not answer.' })
  })
  renderApp(fake, AT('preflight'))
  expect(await screen.findByText('kvm-02 does not answer.')).toBeVisible()
  expect(screen.getByRole('button', { name: 'Next: Storage and network' })).toHaveAttribute('aria-disabled', 'true')
  expect(screen.getByText('The hosts could not be checked. Check again.')).toBeVisible()
})

test('disks, cards and a name are chosen, and stand in the order', async () => {
  const user = userEvent.setup()
  const fake = migrateEngine()
  fake.answer('migrations.start', () => ({ taskId: 't9', accepted: 1, refused: [] }))
  renderApp(fake, AT('places'))
  await user.selectOptions(await screen.findByLabelText('How vda goes'), 'shared')
  await user.clear(screen.getByLabelText('Name over there'))
  expect(screen.getByLabelText('Name over there')).toHaveAccessibleDescription('This cannot be a machine’s name.')
  expect(screen.getByRole('button', { name: 'Next: How it moves' })).toHaveAttribute('aria-disabled', 'true')
  await user.type(screen.getByLabelText('Name over there'), 'web-one')
  await user.click(screen.getByRole('button', { name: /^Review/ }))
  await waitFor(() => expect(screen.getByRole('button', { name: 'Move web-1 to kvm-02' })).not.toHaveAttribute('aria-disabled'))
  const move = screen.getByRole('button', { name: 'Move web-1 to kvm-02' })
  fireEvent.click(move)
  fireEvent.click(move)
  await waitFor(() => expect(window.location.pathname).toBe('/tasks'))
  expect(starts(fake)).toHaveLength(1)
  expect(starts(fake)[0]?.input).toMatchObject({
    specs: [{ machineId: MACHINE, targetHostId: TARGET, rename: 'web-one', disks: [{ target: 'vda', how: 'shared' }], mode: 'live' }],
    acceptsWarnings: { [MACHINE]: [] },
  })
})

test('how it moves: what does not go together is off and says why, nonsense is no number', async () => {
  const user = userEvent.setup()
  renderApp(migrateEngine(), AT('how'))
  expect(await screen.findByRole('checkbox', { name: /Tunnelled/ })).toBeDisabled()
  expect(screen.getByText('Only when the source host leads.')).toBeVisible()
  expect(screen.getByRole('radio', { name: /Switched off/ })).toBeDisabled()
  expect(screen.getByText('It runs: shut it down first.')).toBeVisible()
  await user.click(screen.getByRole('radio', { name: /The source host/ }))
  expect(screen.getByRole('checkbox', { name: /Tunnelled/ })).toBeEnabled()
  await user.type(screen.getByLabelText('Bandwidth limit'), '0')
  expect(screen.getByText('A whole number from 1 to 1,000,000, or empty.')).toBeVisible()
  expect(screen.getByText('Bandwidth limit: this is no valid number.')).toBeVisible()
  await user.clear(screen.getByLabelText('Bandwidth limit'))
  await user.type(screen.getByLabelText('Bandwidth limit'), '20')
  expect(new URLSearchParams(window.location.search).get('how')).toBe('{"control":"peer","bandwidthBytesPerS":20000000}')
})

test('warnings are read before it begins, and read again when they are others', async () => {
  const user = userEvent.setup()
  let findings: readonly MigrationFinding[] = [CLOCK]
  const fake = migrateEngine(() => findings)
  const warned = new AppError({ kind: 'precondition', code: 'test.warned', message: 'Read the warnings first: The disk fills.' })
  fake.answer('migrations.start', () => {
    throw warned
  })
  renderApp(fake, AT('review'))
  expect(await screen.findByText('Read the warning and tick the box.')).toBeVisible()
  await user.click(screen.getByRole('checkbox', { name: /I have read the warning/ }))
  findings = [CLOCK, finding('space.tight', 'warns', 'The disk fills.')]
  await user.click(screen.getByRole('button', { name: 'Move web-1 to kvm-02' }))
  expect(starts(fake)[0]?.input).toMatchObject({ acceptsWarnings: { [MACHINE]: [CLOCK.id] } })
  expect(await screen.findByText(/Read the warnings first/)).toBeVisible()
  expect(await screen.findByText('Read the 2 warnings and tick the box.')).toBeVisible()
})

test('snapshots that come along are named once more before it begins', async () => {
  const reason = { code: 'migration.finding.snapshots-go', text: 'Its snapshots (3) come along', params: { count: '3' } }
  const fake = migrateEngine(() => [finding('snapshots-go', 'passed', reason.text, { check: 'snapshots', reason })])
  renderApp(fake, AT('review'))
  expect(await screen.findByText(/^3 come along/)).toBeVisible()
})

test('several machines: a row each, the stuck ones are left out, one order for the rest', async () => {
  const user = userEvent.setup()
  const fake = migrateEngine()
  fake.answer('migrations.preflight', ({ spec }: { spec: MigrationSpec }) =>
    preflightOf(spec, spec.machineId === MACHINE ? [PASSED] : [POOL_MISSING]),
  )
  fake.answer('migrations.start', () => ({ taskId: 't9', accepted: 1, refused: [] }))
  renderApp(fake, `/migrate?m=${MACHINE}&m=c1.m.2&to=${TARGET}&step=preflight`)
  const table = within(await screen.findByRole('table', { name: 'Machines that move' }))
  await user.click(await table.findByRole('button', { name: '1 blocking' }))
  expect(table.getByText('kvm-02 has no pool vmstore')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Leave out the one that cannot move' }))
  expect(await screen.findByText('Nothing stands in the way of the move.')).toBeVisible()
  expect(new URLSearchParams(window.location.search).getAll('m')).toEqual([MACHINE])
})

test('what was refused is named, and nobody is led away from that', async () => {
  const user = userEvent.setup()
  const fake = migrateEngine(() => [PASSED])
  const reason = { code: 'test.busy', text: 'It is being saved.' }
  fake.answer('migrations.start', () => ({
    taskId: 't9',
    accepted: 1,
    refused: [{ machineId: 'c1.m.2', name: 'web-2', reason, findings: [] }],
  }))
  renderApp(fake, AT('review'))
  await waitFor(() => expect(screen.getByRole('button', { name: 'Move web-1 to kvm-02' })).not.toHaveAttribute('aria-disabled'))
  await user.click(screen.getByRole('button', { name: 'Move web-1 to kvm-02' }))
  expect(await screen.findByText(/These stay: web-2 \(It is being saved\.\)/)).toBeVisible()
  expect(window.location.pathname).toBe('/migrate')
})

test('a machine that is not known says what to do', async () => {
  renderApp(migrateEngine(), '/migrate?m=c1.m.77')
  expect(await screen.findByText('No machine to move')).toBeVisible()
})
