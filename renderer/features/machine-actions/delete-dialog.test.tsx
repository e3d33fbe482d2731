import { act, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import type { DeletionPlan } from '../../../shared/model/index.ts'
import { FakeEngine } from '../../lib/testing/fake-engine.ts'
import { connection, host, machine, put, workspace } from '../../lib/testing/fleet-fixture.ts'
import { renderApp } from '../../lib/testing/render-app.tsx'
import { requestAction } from './request.ts'

async function asked(parts: Partial<DeletionPlan>) {
  const user = userEvent.setup()
  const fake = new FakeEngine([
    put('workspace', workspace()),
    put('connection', connection(1)),
    put('host', host(1)),
    put('machine', machine(1, 1, { state: 'stopped' })),
  ])
  const plan = { machineId: 'c1.m.1', name: 'web-1', state: 'stopped', disks: [], snapshots: [], checkpoints: [] }
  fake.answer('machines.deletionPlan', () => [
    { machineId: 'c1.m.1', plan: { ...plan, nvram: null, tpm: null, hasManagedSave: false, ...parts }, error: null },
  ])
  fake.answer('machines.act', () => ({ taskId: 't1', accepted: 1, refused: [] }))
  renderApp(fake)
  await screen.findByText('web-1', { selector: '.cell-name *' })
  act(() => requestAction('delete', ['c1.m.1']))
  const dialog = within(await screen.findByRole('dialog', { name: 'Delete web-1?' }))
  const sent = async () => {
    await user.click(dialog.getByRole('button', { name: /^Delete web-1/ }))
    return waitFor(() => {
      const call = fake.calls.find(({ method }) => method === 'machines.act')
      expect(call).toBeDefined()
      return call?.input
    })
  }
  return { user, dialog, sent }
}

test('checkpoints without a snapshot have a box, and go when it is ticked', async () => {
  const { user, dialog, sent } = await asked({ checkpoints: ['monday', 'tuesday'] })
  const box = await dialog.findByRole('checkbox', { name: '2 backup checkpoints' })
  expect(dialog.getByText('monday, tuesday')).toBeVisible()
  await user.click(box)
  expect(await sent()).toMatchObject({ action: { action: 'delete', withSnapshots: true, withTpm: false } })
})

test('the state of a TPM is kept unless its box is ticked', async () => {
  const { user, dialog, sent } = await asked({ tpm: 'chosen' })
  const box = await dialog.findByRole('checkbox', { name: 'TPM state' })
  expect(box).not.toBeChecked()
  expect(dialog.getByText(/keys of encrypted disks/)).toBeVisible()
  await user.click(box)
  expect(await sent()).toMatchObject({ action: { withTpm: true } })
})

test('where an older libvirt leaves no choice, it is said', async () => {
  const goes = await asked({ tpm: 'goes' })
  expect(await goes.dialog.findByText(/deletes it in any case/)).toBeVisible()
})

test('where the definition keeps it for good, there is nothing to tick', async () => {
  const stays = await asked({ tpm: 'stays' })
  expect(await stays.dialog.findByRole('checkbox', { name: 'TPM state' })).toBeDisabled()
})

test('what could not be looked into for images on the disks is said, by name', async () => {
  const { dialog } = await asked({ unseen: { pools: ['away', 'tape'], images: ['/mnt/nas/web.qcow2'] } })
  expect(await dialog.findByText(/^What lies in away, tape could not be looked at/)).toBeVisible()
  expect(dialog.getByText(/^\/mnt\/nas\/web\.qcow2 is in use by name/)).toBeVisible()
})
