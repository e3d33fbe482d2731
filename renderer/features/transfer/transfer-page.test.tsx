import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import type { MigrationFinding, TransferPlan, TransferSpec, TransferWayPlan } from '../../../shared/model/index.ts'
import { FakeEngine } from '../../lib/testing/fake-engine.ts'
import { connection, host, machine, put, workspace } from '../../lib/testing/fleet-fixture.ts'
import { renderApp } from '../../lib/testing/render-app.tsx'

const AT = '/machines/c1.m.1/transfer'
const say = (code: string, text: string) => ({ code: `test.${code}`, text })

function way(change: Partial<TransferWayPlan>): TransferWayPlan {
  return { way: 'console', done: 'task', obstacle: null, steps: [], costs: [], differs: [], findings: [], ...change }
}

const KEPT: MigrationFinding = {
  id: 'kept',
  check: 'identity',
  severity: 'warns',
  reason: say('kept', 'It stays here as well.'),
  facts: null,
  mends: [],
}
const ON: MigrationFinding = { ...KEPT, id: 'on', severity: 'blocks', reason: say('on', 'It is on. Shut it down first.') }

function engineWith(ways: (spec: TransferSpec) => TransferWayPlan[]): FakeEngine {
  const engine = new FakeEngine([
    put('workspace', workspace()),
    put('connection', connection(1)),
    put('connection', connection(2)),
    put('connection', connection(3)),
    put('host', host(1)),
    put('host', host(2)),
    put('host', host(3)),
    put('machine', machine(1, 1, { state: 'stopped' })),
  ])
  engine.answer('transfers.plan', ({ spec }: { spec: TransferSpec }): TransferPlan => {
    const end = (hostId: string) => ({ hostId: hostId as TransferSpec['targetHostId'], name: hostId, providerId: 'libvirt' })
    return { spec, machine: 'web', source: end('c1.h.1'), target: end(spec.targetHostId), disks: [], ways: ways(spec), madeAtMs: 0 }
  })
  engine.answer('transfers.start', () => ({ taskId: 't1' }))
  return engine
}

test('what is warned of is accepted first; then one press begins it, once', async () => {
  const user = userEvent.setup()
  const engine = engineWith(() => [
    way({
      findings: [KEPT],
      steps: [{ id: 'copy', what: say('copy', 'Copy the disk'), by: 'console', command: null, check: null, bytes: 1_048_576 }],
    }),
  ])
  renderApp(engine, AT)
  const panel = await screen.findByRole('region', { name: 'Through this console' })
  expect(within(panel).getByText('It stays here as well.')).toBeVisible()
  const move = () => within(panel).getByRole('button', { name: 'Move' })
  expect(move()).toHaveAttribute('aria-disabled', 'true')
  await user.click(within(panel).getByRole('checkbox'))
  await user.dblClick(move())
  await waitFor(() => expect(window.location.pathname).toBe('/tasks'))
  const starts = engine.calls.filter(({ method }) => method === 'transfers.start')
  expect(starts).toHaveLength(1)
  expect(starts[0]?.input).toMatchObject({ spec: { machineId: 'c1.m.1', targetHostId: 'c2.h.1', source: 'keep' }, acceptsWarnings: true })
})

test('what stops it says so on the button; another target and another end are looked at anew', async () => {
  const user = userEvent.setup()
  const engine = engineWith(({ targetHostId }) => [way({ findings: targetHostId === 'c2.h.1' ? [ON] : [] })])
  renderApp(engine, AT)
  expect(await screen.findByText('It is on. Shut it down first.')).toBeVisible()
  expect(screen.getByRole('button', { name: 'Move' })).toHaveAttribute('aria-disabled', 'true')
  await user.selectOptions(screen.getByRole('combobox', { name: 'Where to' }), 'c3.h.1')
  await user.selectOptions(screen.getByRole('combobox', { name: 'Afterwards, here' }), 'delete')
  await waitFor(() => expect(screen.getByRole('button', { name: 'Move' })).not.toHaveAttribute('aria-disabled'))
  expect(window.location.search).toBe('?to=c3.h.1&source=delete')
  expect(engine.calls.findLast(({ method }) => method === 'transfers.plan')?.input).toMatchObject({
    spec: { targetHostId: 'c3.h.1', source: 'delete' },
  })
})

test('a run-book shows commands and checks, and is saved', async () => {
  const user = userEvent.setup()
  const engine = engineWith(() => [
    way({
      way: 'image-import',
      done: 'run-book',
      steps: [
        {
          id: 'a',
          what: say('a', 'Make a bucket'),
          by: 'person',
          command: 'export B=1\naws s3 mb s3://b',
          check: { command: 'aws s3 ls', shows: 'there' },
          bytes: null,
        },
      ],
      costs: [{ what: say('c', 'The machine itself'), usdPerMonth: 12.5, source: 'List, 2026-01-01' }],
    }),
  ])
  engine.answer('transfers.runBook', () => ({ fileName: 'web-image-import.md', markdown: '# web' }))
  const saved: Blob[] = []
  URL.createObjectURL = (blob) => {
    saved.push(blob as Blob)
    return 'blob:x'
  }
  URL.revokeObjectURL = () => {}
  renderApp(engine, AT)
  expect(await screen.findByText('aws s3 mb s3://b')).toBeVisible()
  expect(screen.getByText('Done when this shows: there')).toBeVisible()
  expect(screen.getByText('12.50 USD a month')).toBeVisible()
  expect(screen.queryByRole('button', { name: 'Move' })).toBeNull()
  await user.click(screen.getByRole('button', { name: 'Save as a run-book' }))
  await waitFor(() => expect(saved).toHaveLength(1))
})
