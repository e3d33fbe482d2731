import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import { AppError } from '../../../../shared/errors/index.ts'
import type { Pool, TransferSpec } from '../../../../shared/model/index.ts'
import { cloudFacts, machine, put } from '../../../lib/testing/fleet-fixture.ts'
import { renderApp } from '../../../lib/testing/render-app.tsx'
import { COPY_STEP, finding, KEPT, MACHINE, say, transferEngine, way } from '../testing/transfer-fixture.ts'

const AT = `/machines/${MACHINE}/transfer`
const next = (title: string) => screen.getByRole('button', { name: `Next: ${title}` })
const search = () => new URLSearchParams(window.location.search)

function pool(name: string): Pool {
  return {
    id: `c2.p.${name}`,
    connectionId: 'c2',
    hostId: 'c2.h.1',
    nativeRef: name,
    revision: 1,
    observedAtMs: 1,
    name,
    type: 'dir',
    active: true,
    autostart: true,
    persistent: true,
    capacityBytes: 2e12,
    allocationBytes: 1e12,
    availableBytes: 1e12,
    target: `/srv/${name}`,
  } as unknown as Pool
}

test('from a target to the task: each part says why it does not go on, all of it stands in the address, and it begins once', async () => {
  const user = userEvent.setup()
  const engine = transferEngine(() => [
    way({ findings: [KEPT], steps: [COPY_STEP] }),
    way({ way: 'package', done: 'elsewhere', steps: [{ ...COPY_STEP, id: 'export', what: say('export', 'Export it'), bytes: null }] }),
  ])
  engine.push(put('pool', pool('fast')))
  renderApp(engine, AT)
  expect(await screen.findByText('Where should it go? The hosts need not reach each other.')).toBeVisible()
  expect(next('Way and checks')).toHaveAttribute('aria-disabled', 'true')
  expect(screen.getByText('Choose where it should go first.')).toBeVisible()
  expect(screen.getByRole('radio', { name: /kvm-03.*no link to kvm-03/ })).toBeDisabled()
  await user.click(screen.getByRole('radio', { name: /kvm-02/ }))
  await user.click(next('Way and checks'))
  const chosen = await screen.findByRole('radio', { name: /Through this console/ })
  expect(chosen).toBeChecked()
  expect(within(screen.getByRole('list', { name: 'Findings' })).getByText('It stays here as well')).toBeVisible()
  await waitFor(() => expect(next('Storage and network')).not.toHaveAttribute('aria-disabled'))
  await user.click(next('Storage and network'))
  expect(screen.getByText(/qcow2 80 GiB, of which 10 GiB are sent/)).toBeVisible()
  await user.selectOptions(screen.getByRole('combobox', { name: /^Pool .*vda/ }), 'fast')
  const name = screen.getByLabelText('Name over there')
  await user.clear(name)
  expect(next('Review')).toHaveAttribute('aria-disabled', 'true')
  await user.type(name, 'web-there')
  expect(JSON.parse(search().get('own') ?? '')).toMatchObject({ rename: 'web-there', disks: [{ target: 'vda', pool: 'fast' }] })
  await waitFor(() => expect(next('Review')).not.toHaveAttribute('aria-disabled'))
  await user.click(next('Review'))
  expect(screen.getByText('copied to fast, web-1.qcow2')).toBeVisible()
  expect(screen.getByText('web-there')).toBeVisible()
  const move = () => screen.getByRole('button', { name: 'Move web-1 to kvm-02' })
  await waitFor(() => expect(screen.getByText('Read the warning and tick the box.')).toBeVisible())
  expect(move()).toHaveAttribute('aria-disabled', 'true')
  await user.click(screen.getByRole('checkbox', { name: /I have read the warning/ }))
  await user.dblClick(move())
  await waitFor(() => expect(window.location.pathname).toBe('/tasks'))
  const starts = engine.calls.filter(({ method }) => method === 'transfers.start')
  expect(starts).toHaveLength(1)
  expect(starts[0]?.input).toMatchObject({
    spec: { machineId: MACHINE, targetHostId: 'c2.h.1', source: 'keep', rename: 'web-there', disks: [{ target: 'vda', pool: 'fast' }] },
    acceptsWarnings: true,
  })
})

test('what blocks the console’s own way is mended with a click, or holds it up; another way goes on', async () => {
  const user = userEvent.setup()
  const mend = { label: say('mend', 'Call it web-1b'), mend: { mend: 'spec' as const, set: { rename: 'web-1b' } } }
  const taken = finding('name-taken', 'blocks', 'The name is taken. Choose another one.', { check: 'name', mends: [mend] })
  const engine = transferEngine(({ rename }) => [
    way({ findings: rename === 'web-1b' ? [] : [taken] }),
    way({ way: 'package', done: 'elsewhere' }),
  ])
  renderApp(engine, `${AT}?to=c2.h.1&step=ways`)
  expect(await screen.findByText('The name is taken')).toBeVisible()
  expect(screen.getByText('1 finding blocks the next step.')).toBeVisible()
  await user.click(screen.getByRole('radio', { name: /As a package/ }))
  await waitFor(() => expect(next('Review')).not.toHaveAttribute('aria-disabled'))
  expect(search().get('way')).toBe('package')
  await user.click(screen.getByRole('radio', { name: /Through this console/ }))
  await user.click(screen.getByRole('button', { name: 'Call it web-1b' }))
  await waitFor(() => expect(next('Storage and network')).not.toHaveAttribute('aria-disabled'))
  const row = screen.getByText('Solved').closest('li') as HTMLElement
  await user.click(within(row).getByRole('button', { name: 'Undo' }))
  expect(await screen.findByText('1 finding blocks the next step.')).toBeVisible()
})

test('a deletion names what goes, and begins only when the name is typed', async () => {
  const user = userEvent.setup()
  const clean = { ...COPY_STEP, id: 'clean-web-1.qcow2', what: say('clean', 'Delete vmstore/web-1.qcow2 at the source'), bytes: null }
  const engine = transferEngine(({ source }) => [way({ steps: source === 'delete' ? [COPY_STEP, clean] : [COPY_STEP] })])
  renderApp(engine, `${AT}?to=c2.h.1&step=places`)
  await user.click(await screen.findByRole('radio', { name: /Delete it with its disks/ }))
  expect(await screen.findByText('Delete vmstore/web-1.qcow2 at the source')).toBeVisible()
  await waitFor(() => expect(next('Review')).not.toHaveAttribute('aria-disabled'))
  await user.click(next('Review'))
  await user.click(await screen.findByRole('button', { name: 'Move web-1 to kvm-02' }))
  const dialog = await screen.findByRole('dialog')
  expect(within(dialog).getByText('Delete vmstore/web-1.qcow2 at the source')).toBeVisible()
  const confirm = within(dialog).getByRole('button', { name: 'Move, then delete it here' })
  expect(confirm).toBeDisabled()
  await user.type(within(dialog).getByRole('textbox'), 'web-1')
  await user.click(confirm)
  await waitFor(() => expect(window.location.pathname).toBe('/tasks'))
  expect(engine.calls.find(({ method }) => method === 'transfers.start')?.input).toMatchObject({ spec: { source: 'delete' } })
})

test('a machine that is on is offered to be shut down, and is looked at again when it is off', async () => {
  const user = userEvent.setup()
  const engine = transferEngine(() => [way({})])
  engine.push(put('machine', machine(1, 1)))
  const acts: unknown[] = []
  engine.answer('machines.act', (input: unknown) => {
    acts.push(input)
    return { taskId: 't2', refused: [] }
  })
  renderApp(engine, `${AT}?to=c2.h.1&step=ways`)
  expect(await screen.findByText('web-1 is on.')).toBeVisible()
  const looks = () => engine.calls.filter(({ method }) => method === 'transfers.plan').length
  await waitFor(() => expect(looks()).toBe(1))
  await user.click(screen.getByRole('button', { name: 'Shut it down…' }))
  await waitFor(() => expect(acts).toHaveLength(1))
  engine.push(put('machine', machine(1, 1, { state: 'stopped' })))
  await waitFor(() => expect(screen.queryByText('web-1 is on.')).toBeNull())
  await waitFor(() => expect(looks()).toBe(2))
})

test('into a cloud: what it will be there goes into the wish; types that are too small say so', async () => {
  const user = userEvent.setup()
  const asked: TransferSpec[] = []
  const engine = transferEngine((spec) => {
    asked.push(spec)
    return [
      way({
        way: 'image-import',
        costs: [{ what: say('c', 'The machine itself'), usdPerMonth: 12.5, source: 'List, 2026-01-01' }],
        differs: [{ topic: 'drivers', reason: say('d', 'Cards are ENA there.') }],
      }),
    ]
  })
  renderApp(engine, `${AT}?to=c4.h.1&step=places`)
  expect(await screen.findByRole('radio', { name: /The smallest type that fits/ })).toBeChecked()
  expect(await screen.findByText('Cards are ENA there.')).toBeVisible()
  expect(screen.getAllByText('12.50 USD a month').length).toBeGreaterThan(0)
  await user.click(await screen.findByRole('radio', { name: /m5\.xlarge/ }))
  await user.click(screen.getByRole('checkbox', { name: /Public address/ }))
  expect(screen.queryByRole('radio', { name: /t3\.micro/ })).toBeNull()
  await waitFor(() =>
    expect(asked.at(-1)).toMatchObject({ cloud: { type: 'm5.xlarge', publicAddress: true, zone: null, subnetId: null }, disks: [] }),
  )
  expect(JSON.parse(search().get('cloud') ?? '')).toEqual({ type: 'm5.xlarge', publicAddress: true })
  await user.click(screen.getByRole('radio', { name: /The smallest type that fits/ }))
  await waitFor(() => expect(asked.at(-1)).toMatchObject({ cloud: { type: null, publicAddress: true } }))
})

test('a run-book shows commands and checks, and is saved; findings do not hold it up', async () => {
  const user = userEvent.setup()
  const steps = [
    {
      id: 'a',
      what: say('a', 'Make a bucket'),
      by: 'person' as const,
      command: 'export B=1\naws s3 mb s3://b',
      check: { command: 'aws s3 ls', shows: 'there' },
      bytes: null,
    },
  ]
  const engine = transferEngine(() => [way({ way: 'image-import', done: 'run-book', steps, findings: [KEPT] })])
  const saved: Blob[] = []
  URL.createObjectURL = (blob) => {
    saved.push(blob as Blob)
    return 'blob:x'
  }
  URL.revokeObjectURL = () => {}
  renderApp(engine, `${AT}?to=c4.h.1&step=review`)
  expect(await screen.findByText('aws s3 mb s3://b')).toBeVisible()
  expect(screen.getByText('Done when this shows: there')).toBeVisible()
  expect(screen.queryByRole('checkbox')).toBeNull()
  await user.click(screen.getByRole('button', { name: 'Save the run-book' }))
  await waitFor(() => expect(saved).toHaveLength(1))
  expect(engine.calls.find(({ method }) => method === 'transfers.runBook')?.input).toMatchObject({
    spec: { targetHostId: 'c4.h.1' },
    way: 'image-import',
  })
  await user.click(screen.getByRole('button', { name: 'Save the run-book' }))
  await waitFor(() => expect(saved).toHaveLength(2))
})

test('from a cloud to a host: pool and network there are chosen, what it is there stays, and no mend of another wizard is offered', async () => {
  const user = userEvent.setup()
  const live = { label: say('live', 'Move it live'), mend: { mend: 'spec' as const, set: { mode: 'live' } } }
  const engine = transferEngine(() => [
    way({ way: 'image-export', findings: [finding('x', 'warns', 'It is charged for.', { mends: [live] })] }),
  ])
  engine.push(
    put('machine', machine(9, 4, { state: 'stopped', cloud: cloudFacts() })),
    put('pool', pool('fast')),
    put('network', { ...pool('prod'), id: 'c2.n.prod', bridge: null } as unknown as Pool),
  )
  renderApp(engine, `/machines/c4.m.9/transfer?to=c2.h.1&step=ways`)
  expect(await screen.findByText('It is charged for')).toBeVisible()
  expect(screen.queryByRole('button', { name: 'Move it live' })).toBeNull()
  await waitFor(() => expect(next('Storage and network')).not.toHaveAttribute('aria-disabled'))
  await user.click(next('Storage and network'))
  await user.selectOptions(screen.getByRole('combobox', { name: /^Pool .*vda/ }), 'fast')
  expect(screen.queryByRole('radio', { name: /Delete it with its disks/ })).toBeNull()
  expect(JSON.parse(search().get('own') ?? '')).toMatchObject({ disks: [{ target: 'vda', how: 'copy', pool: 'fast' }] })
})

test('a refused start is told, and both ends are looked at again', async () => {
  const user = userEvent.setup()
  const engine = transferEngine(() => [way({})])
  engine.answer('transfers.start', () => {
    throw new AppError({ kind: 'precondition', code: 'transfer.blocked', message: 'web-1 cannot be moved.', details: { name: 'web-1' } })
  })
  renderApp(engine, `${AT}?to=c2.h.1&step=review`)
  await screen.findByRole('button', { name: 'Move web-1 to kvm-02' })
  const move = () => screen.getByRole('button', { name: 'Move web-1 to kvm-02' })
  await waitFor(() => expect(move()).not.toHaveAttribute('aria-disabled'))
  const before = engine.calls.filter(({ method }) => method === 'transfers.plan').length
  await user.click(move())
  expect(await screen.findByText(/cannot be moved/)).toBeVisible()
  await waitFor(() => expect(engine.calls.filter(({ method }) => method === 'transfers.plan').length).toBe(before + 1))
  expect(window.location.pathname).toBe(AT)
})

test('after a reply that was lost the same order goes with the same token; another one has its own', async () => {
  const user = userEvent.setup()
  const engine = transferEngine(() => [way({})])
  const tokens: string[] = []
  engine.answer('transfers.start', ({ token }: { readonly token: string }) => {
    tokens.push(token)
    if (tokens.length < 3)
      throw new AppError({ kind: tokens.length === 1 ? 'indeterminate' : 'conflict', code: 'test.no', message: 'No word.' })
    return { taskId: 't1' }
  })
  renderApp(engine, `${AT}?to=c2.h.1&step=review`)
  await screen.findByRole('button', { name: 'Move web-1 to kvm-02' })
  const move = () => screen.getByRole('button', { name: 'Move web-1 to kvm-02' })
  for (const count of [1, 2, 3]) {
    await waitFor(() => expect(move()).not.toHaveAttribute('aria-disabled'))
    await user.click(move())
    await waitFor(() => expect(tokens).toHaveLength(count))
  }
  expect(tokens[1]).toBe(tokens[0])
  expect(tokens[2]).not.toBe(tokens[1])
})
