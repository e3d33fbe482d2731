import { act, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import listPrices from '../../../resources/list-prices.json' with { type: 'json' }
import type { Change, CloudResource, DeletionPlan, MachineType } from '../../../shared/model/index.ts'
import { account, cloudMachine } from '../../lib/testing/cloud-fixture.ts'
import { FakeEngine } from '../../lib/testing/fake-engine.ts'
import { put, task, workspace } from '../../lib/testing/fleet-fixture.ts'
import { renderApp } from '../../lib/testing/render-app.tsx'
import type { OfferId } from './actions.ts'
import { requestAction } from './request.ts'

const GIB = 1_073_741_824
const DISKS = [
  { id: 'vol-1', name: 'root', sizeBytes: 20 * GIB, type: 'gp3', boot: true },
  { id: 'vol-2', name: 'data', sizeBytes: 100 * GIB, type: 'gp3', boot: false },
]

function type(name: string, vcpus: number, gib: number, reason: string | null = null): MachineType {
  return { name, vcpus, memoryKiB: gib * 1_048_576, arch: 'x86_64', family: name.split('.')[0] ?? null, gpus: 0, reason }
}

function plan(name: string, parts: Partial<DeletionPlan> = {}) {
  const machineId = `c2.m.${name.split('-')[1]}`
  const none = { snapshots: [], checkpoints: [], nvram: null, tpm: null, hasManagedSave: false }
  const disks = DISKS.map((disk) => ({
    key: `${name}-${disk.id}`,
    target: disk.name,
    format: disk.type,
    capacityBytes: disk.sizeBytes,
    allocationBytes: null,
    sharedWith: [],
    deletable: true,
    reason: null,
  }))
  return { machineId, plan: { machineId, name, state: 'running', disks, ...none, ...parts }, error: null }
}

async function opened(
  offer: OfferId,
  ids: readonly string[],
  machines: readonly Change[],
  answers: Readonly<Record<string, unknown>> = {},
) {
  const user = userEvent.setup()
  const engine = new FakeEngine([put('workspace', workspace()), ...account('aws', 2), ...machines])
  engine.answer('clouds.prices', () => listPrices)
  engine.answer('machines.act', () => ({ taskId: 't1', accepted: 1, refused: [] }))
  for (const [method, answer] of Object.entries(answers)) engine.answer(method, () => answer)
  renderApp(engine)
  await screen.findAllByText(/^aws-1$/, { selector: '.cell-name *' })
  act(() => requestAction(offer, ids))
  const dialog = within(await screen.findByRole('dialog'))
  const sent = () => engine.calls.filter((call) => call.method === 'machines.act').map((call) => call.input)
  return { user, engine, dialog, sent }
}

const ONE = [cloudMachine('aws', 1, 2, {}, { disks: DISKS, publicAddresses: ['52.1.2.3'] })]

test('a deletion in a cloud waits for the name, and names what goes', async () => {
  const { user, dialog, sent } = await opened('delete', ['c2.m.1'], ONE, { 'machines.deletionPlan': [plan('aws-1')] })
  const confirm = await dialog.findByRole('button', { name: 'Delete aws-1, keep the disks' })
  expect(dialog.getByText(/^It is running, and is deleted as it runs/)).toBeVisible()
  expect(dialog.getByText(/52\.1\.2\.3/)).toBeVisible()
  expect(dialog.queryByText(/definition is removed/)).not.toBeInTheDocument()
  await user.click(await dialog.findByRole('checkbox', { name: /^Disk data, 100\sGiB$/ }))
  expect(confirm).toBeDisabled()
  await user.type(dialog.getByRole('textbox', { name: 'Type aws-1 to delete it' }), 'aws-1')
  await user.click(dialog.getByRole('button', { name: 'Delete aws-1 and 1 disk' }))
  await waitFor(() => expect(sent()).toMatchObject([{ action: { action: 'delete', diskKeys: ['aws-1-vol-2'] } }]))
})

test('of several the number is typed, each is told its own disks, and a protected one is left with the way out', async () => {
  const machines = [...ONE, cloudMachine('aws', 2, 2, { state: 'stopped' }), cloudMachine('aws', 3, 2, {}, { isProtected: true })]
  const { user, dialog, sent } = await opened('delete', ['c2.m.1', 'c2.m.2', 'c2.m.3'], machines, {
    'machines.deletionPlan': [plan('aws-1'), plan('aws-2')],
  })
  expect(await dialog.findByText(/aws-3 is protected against deletion/)).toBeVisible()
  await user.click(await dialog.findByRole('checkbox', { name: /^4 disks/ }))
  await user.type(dialog.getByRole('textbox', { name: /^Type the number of machines, 2/ }), '2')
  await user.click(dialog.getByRole('button', { name: 'Delete 2 machines and 4 disks' }))
  await waitFor(() => expect(sent()).toHaveLength(1))
  expect(sent()[0]).toMatchObject({
    targets: { ids: ['c2.m.1', 'c2.m.2'] },
    action: { diskKeysOf: { 'c2.m.1': ['aws-1-vol-1', 'aws-1-vol-2'], 'c2.m.2': ['aws-2-vol-1', 'aws-2-vol-2'] } },
  })
})

test('the protection comes off from where it stands in the way', async () => {
  const machines = [...ONE, cloudMachine('aws', 3, 2, {}, { isProtected: true })]
  const { user, dialog, sent } = await opened('delete', ['c2.m.1', 'c2.m.3'], machines, { 'machines.deletionPlan': [plan('aws-1')] })
  await user.click(await dialog.findByRole('button', { name: 'Take its protection off…' }))
  await user.click(await screen.findByRole('button', { name: 'Take the deletion protection off aws-3' }))
  await waitFor(() => expect(sent()).toMatchObject([{ targets: { ids: ['c2.m.3'] }, action: { isProtected: false } }]))
})

const TYPES = [
  type('m7i.large', 2, 8),
  type('m7i.xlarge', 4, 16),
  type('t3.micro', 2, 1),
  type('m7g.large', 2, 8, 'arm64; aws-1 is x86_64'),
]

test('types have prices and differences, the cheapest first, and what does not fit says why when asked for', async () => {
  const { user, dialog } = await opened('resize', ['c2.m.1'], ONE, { 'clouds.types': TYPES })
  const names = () => dialog.getAllByRole('radio').map((radio) => radio.id)
  await waitFor(() => expect(names()).toEqual(['type-t3.micro', 'type-m7i.large', 'type-m7i.xlarge']))
  expect(dialog.getByRole('radio', { name: /^m7i\.large/ })).toBeDisabled()
  expect(dialog.getByText('+$74 a month list')).toBeVisible()
  expect(dialog.getByText(/^list price, /)).toBeVisible()
  await user.click(dialog.getByRole('button', { name: /^Memory/ }))
  expect(names()[0]).toBe('type-t3.micro')
  await user.click(dialog.getByRole('button', { name: /^Memory/ }))
  expect(names()[0]).toBe('type-m7i.xlarge')
  await user.click(dialog.getByRole('checkbox', { name: 'Show the 1 that does not fit' }))
  expect(dialog.getByText('arm64; aws-1 is x86_64')).toBeVisible()
  expect(dialog.getByRole('radio', { name: /^m7g\.large/ })).toBeDisabled()
  await user.type(dialog.getByRole('textbox', { name: 'Find a type' }), 't3')
  expect(names()).toEqual(['type-t3.micro'])
})

test('the type of a running machine is looked at, and changed once it was stopped: two tasks', async () => {
  const { user, engine, dialog, sent } = await opened('resize', ['c2.m.1'], ONE, { 'clouds.types': TYPES })
  await user.click(await dialog.findByRole('radio', { name: /^m7i\.xlarge/ }))
  const change = () => dialog.getByRole('button', { name: 'Change to m7i.xlarge' })
  expect(change()).toHaveAttribute('aria-disabled', 'true')
  expect(within(dialog.getByRole('table', { name: /beside the present/ })).getByText('Now: m7i.large')).toBeVisible()
  await user.click(dialog.getByRole('button', { name: 'Stop it' }))
  await waitFor(() => expect(sent()).toMatchObject([{ action: { action: 'shutdown' } }]))
  engine.push({ op: 'patch', entity: 'machine', id: 'c2.m.1', revision: 2, patch: { state: 'stopped' } })
  await waitFor(() => expect(dialog.queryByRole('button', { name: 'Stop it' })).not.toBeInTheDocument())
  engine.push(
    put('task', task(1, { kind: 'machine.shutdown', state: 'succeeded', target: { entity: 'machine', id: 'c2.m.1', name: 'aws-1' } })),
  )
  await waitFor(() => expect(change()).not.toHaveAttribute('aria-disabled', 'true'))
  await user.click(change())
  await waitFor(() => expect(sent()[1]).toMatchObject({ action: { action: 'resize', type: 'm7i.xlarge' } }))
})

test('tags of a cloud are pairs, one a line; one that takes another value’s place says so', async () => {
  const machines = [
    cloudMachine('aws', 1, 2, { tags: ['env=prod', 'note=a=b', 'aws:autoscaling=web'] }),
    cloudMachine('aws', 2, 2, { tags: ['env=prod'] }),
  ]
  const { user, dialog, sent } = await opened('tags', ['c2.m.1', 'c2.m.2'], machines)
  expect(dialog.getByRole('checkbox', { name: 'aws:autoscaling=web (on 1 of 2)' })).toBeDisabled()
  await user.type(dialog.getByRole('textbox', { name: 'Add, one a line' }), 'env=staging{Enter}owner=Maja, on call')
  expect(dialog.getByText(/env=staging replaces another value on 2 machines/)).toBeVisible()
  await user.click(dialog.getByRole('checkbox', { name: 'note=a=b (on 1 of 2)' }))
  await user.click(dialog.getByRole('button', { name: 'Save tags' }))
  await waitFor(() =>
    expect(sent()).toMatchObject([{ action: { addTags: ['env=staging', 'owner=Maja, on call'], removeTags: ['note=a=b'] } }]),
  )
})

test('a disk grows, never shrinks', async () => {
  const { user, dialog, sent } = await opened('growDisk', ['c2.m.1'], ONE)
  await user.click(dialog.getByRole('radio', { name: 'data' }))
  const size = dialog.getByRole('spinbutton', { name: 'New size, GiB' })
  await user.clear(size)
  await user.type(size, '100')
  expect(dialog.getByRole('button', { name: 'Grow data' })).toBeDisabled()
  await user.clear(size)
  await user.type(size, '150')
  await user.click(dialog.getByRole('button', { name: 'Grow data' }))
  await waitFor(() => expect(sent()).toMatchObject([{ action: { action: 'growDisk', diskId: 'vol-2', sizeBytes: 150 * GIB } }]))
})

test('the disk a machine boots from cannot be chosen to be detached', async () => {
  const { dialog } = await opened('detachDisk', ['c2.m.1'], ONE)
  expect(dialog.getAllByRole('radio')).toHaveLength(1)
  expect(dialog.getByText(/unmount it inside first/)).toBeVisible()
})

test('only free disks that the machine can reach are offered', async () => {
  const disk = (id: string, change: Partial<CloudResource> = {}): CloudResource => ({
    kind: 'disk',
    id,
    name: id,
    region: 'us-east-1',
    zone: 'us-east-1a',
    state: 'available',
    sizeBytes: 10 * GIB,
    createdAtMs: null,
    usedBy: [],
    tags: [],
    properties: [],
    ...change,
  })
  const resources = [disk('free'), disk('far', { zone: 'us-east-1b' }), disk('used', { usedBy: ['i-2'] }), disk('vol-2')]
  const { user, dialog, sent } = await opened('attachDisk', ['c2.m.1'], ONE, { 'clouds.resources': resources })
  await user.click(await dialog.findByRole('radio', { name: 'free' }))
  expect(dialog.getAllByRole('radio')).toHaveLength(1)
  await user.click(dialog.getByRole('button', { name: 'Attach free' }))
  await waitFor(() => expect(sent()).toMatchObject([{ action: { action: 'attachDisk', diskId: 'free' } }]))
})

test('an image has a name that every cloud takes', async () => {
  const { user, dialog, sent } = await opened('createImage', ['c2.m.1'], ONE)
  await user.click(dialog.getByRole('button', { name: 'Make the image' }))
  await waitFor(() =>
    expect(sent()).toMatchObject([{ action: { action: 'createImage', name: expect.stringMatching(/^aws-1-\d{4}-\d\d-\d\d$/) } }]),
  )
})
