import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import type { EditableDisk, HardwareEdit, HardwareView } from '../../../shared/model/index.ts'
import type { FakeEngine } from '../../lib/testing/fake-engine.ts'
import { connection, machine, put, task } from '../../lib/testing/fleet-fixture.ts'
import { renderApp } from '../../lib/testing/render-app.tsx'
import { forgetDrafts } from './drafts.ts'
import { engine, hardware, NEXT_START_ONLY, preview, view } from './testing/hardware.ts'

beforeEach(forgetDrafts)

interface Open {
  readonly fake: FakeEngine
  readonly shows: { view: HardwareView }
  readonly user: ReturnType<typeof userEvent.setup>
}

async function open(device: string, change: Partial<HardwareView> = {}, prepare: (fake: FakeEngine) => void = () => {}): Promise<Open> {
  const shows = { view: view(change) }
  const fake = engine(shows)
  prepare(fake)
  renderApp(fake, `/machines/c1.m.1?tab=hardware&device=${encodeURIComponent(device)}`)
  await screen.findByRole('navigation', { name: 'Hardware' })
  return { fake, shows, user: userEvent.setup() }
}

function sent(fake: FakeEngine, method: string): readonly Record<string, unknown>[] {
  return fake.calls.filter((call) => call.method === method).map((call) => call.input as Record<string, unknown>)
}

async function retype(user: Open['user'], label: string, text: string): Promise<void> {
  await user.clear(await screen.findByLabelText(label))
  await user.type(screen.getByLabelText(label), text)
}

/** Once it can be pressed: till then it is another element, with its reason. */
async function ready(name: string): Promise<void> {
  await waitFor(() => expect(screen.getByRole('button', { name })).not.toHaveAttribute('aria-disabled', 'true'))
}

test('a field says when it counts before anything is saved, and one save is one edit', async () => {
  const { fake, user } = await open('cpu', {}, (each) =>
    each.answer('hardware.preview', ({ edit }: { edit: HardwareEdit }) => preview('maxVcpus' in edit ? { now: NEXT_START_ONLY } : {})),
  )
  await retype(user, 'vCPUs', '3')
  expect(await screen.findByText('Counts at once')).toBeVisible()
  await retype(user, 'Maximum of vCPUs', '8')
  expect(await screen.findByText('Counts from the next start on')).toBeVisible()
  const both = screen.getByRole('radio', { name: 'Now and from the next start on' })
  await waitFor(() => expect(both).toBeDisabled())
  expect(screen.getByRole('radio', { name: 'From the next start on' })).toBeChecked()
  expect(sent(fake, 'hardware.apply')).toEqual([])
  await user.dblClick(screen.getByRole('button', { name: 'Save the vCPUs' }))
  await waitFor(() => expect(sent(fake, 'hardware.apply')).toHaveLength(1))
  expect(sent(fake, 'hardware.apply')[0]).toMatchObject({
    edit: { edit: 'setVcpus', vcpus: 3, maxVcpus: 8 },
    when: 'next-start',
    revision: 'r1',
    token: expect.any(String),
  })
})

test('fields that count at different times are saved as one edit, each as soon as it can', async () => {
  const { fake, user } = await open('nic:52:54:00:00:00:01', {}, (each) =>
    each.answer('hardware.preview', ({ edit }: { edit: HardwareEdit }) =>
      'model' in edit && 'linkUp' in edit
        ? preview({
            now: NEXT_START_ONLY,
            split: {
              now: ['nic.linkUp'],
              rest: [{ field: 'nic.model', reason: { code: 'hardware.next-start-only', text: '' } }],
              running: { before: '<link/>\n', after: "<link state='down'/>\n" },
            },
          })
        : preview('model' in edit ? { now: NEXT_START_ONLY } : {}),
    ),
  )
  await user.click(await screen.findByRole('checkbox', { name: /Cable plugged in/ }))
  await user.selectOptions(screen.getByLabelText('Model'), 'e1000e')
  const each = await screen.findByRole('radio', { name: /Each as soon as it can/ })
  expect(each).toBeChecked()
  expect(screen.getByText('Now and from the next start on: Cable plugged in. Only from the next start on: Model.')).toBeVisible()
  expect(screen.getByText('Counts at once')).toBeVisible()
  expect(screen.getByText('Counts from the next start on')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Show what changes' }))
  expect(screen.getByRole('region', { name: 'What runs' })).toHaveTextContent("<link state='down'/>")
  await ready('Save the card')
  await user.click(screen.getByRole('button', { name: 'Save the card' }))
  await waitFor(() => expect(sent(fake, 'hardware.apply')).toHaveLength(1))
  expect(sent(fake, 'hardware.apply')[0]).toMatchObject({ when: 'split', edit: { linkUp: false, model: 'e1000e' } })
})

test('what was saved leaves the form, and the list says what waits', async () => {
  const { shows, user } = await open('memory')
  await retype(user, 'Memory', '3072')
  await ready('Save the memory')
  shows.view = view({
    revision: 'r2',
    kept: hardware({ memoryKiB: 3 * 1_048_576 }),
    pending: [{ device: null, field: 'memoryKiB', running: '2097152', kept: '3145728' }],
  })
  await user.click(screen.getByRole('button', { name: 'Save the memory' }))
  await waitFor(() => expect(screen.queryByRole('button', { name: 'Save the memory' })).toBeNull())
  const pending = await screen.findByRole('region', { name: 'What runs differs from what is kept' })
  expect(within(pending).getByText('2 GiB')).toBeVisible()
  expect(within(pending).getByText('3 GiB')).toBeVisible()
  expect(within(screen.getByRole('navigation', { name: 'Hardware' })).getByRole('button', { name: /Memory/ })).toHaveTextContent(
    'next start',
  )
  expect(screen.getByLabelText('Memory')).toHaveValue('3072')
})

test('a field that cannot be at all is refused in one place', async () => {
  const reason = { code: 'hardware.memory-over-host', text: '', params: { host: '256 GiB' } }
  const { user } = await open('memory', {}, (each) =>
    each.answer('hardware.preview', () => preview({ now: { ok: false, reason }, nextStart: { ok: false, reason } })),
  )
  await retype(user, 'Memory', '999999')
  expect(await screen.findByRole('alert')).toHaveTextContent('The host has 256 GiB of memory in all.')
  expect(screen.getAllByText('The host has 256 GiB of memory in all.')).toHaveLength(1)
})

test('memory that a guest was asked for and has not given back is said beside what it has', async () => {
  await open('memory', { memoryAskedKiB: 1_048_576 })
  expect(await screen.findByText(/Asked for 1 GiB: the guest has not given memory back yet and still has 2 GiB/)).toBeVisible()
  expect(screen.queryByRole('region', { name: 'What runs differs from what is kept' })).toBeNull()
})

test('a machine that is off is told so, and nothing is to be chosen', async () => {
  await open('memory', { running: null, runningXml: null })
  await retype(userEvent.setup(), 'Memory', '1024')
  expect(await screen.findByText(/The machine is off: it counts from its next start on/)).toBeVisible()
  expect(screen.queryByRole('radio', { name: 'Now, until it is off' })).toBeNull()
})

test('somebody else was quicker: it is shown, nothing is overwritten, and the input goes on from there', async () => {
  const { fake, shows, user } = await open('memory')
  await retype(user, 'Memory', '3072')
  await ready('Save the memory')
  const theirs = view().keptXml?.replace('<devices>', '<memtune/>\n  <devices>') ?? ''
  fake.answer('hardware.apply', () => {
    shows.view = view({ revision: 'r2', keptXml: theirs })
    throw new AppError({ kind: 'conflict', code: 'hardware.changed-meanwhile', message: 'It was changed meanwhile.' })
  })
  await user.click(screen.getByRole('button', { name: 'Save the memory' }))
  expect(await screen.findByText('web-1 was changed meanwhile by somebody else.')).toBeVisible()
  expect(screen.getByRole('button', { name: 'Save the memory' })).toHaveAttribute('aria-disabled', 'true')
  await user.click(screen.getByRole('button', { name: 'Show what they changed' }))
  expect(screen.getByRole('region', { name: 'From the next start on' })).toHaveTextContent('+ <memtune/>')
  fake.answer('hardware.apply', () => ({ taskId: 't7' }))
  await user.click(screen.getByRole('button', { name: 'Go on from what is there now' }))
  expect(screen.getByLabelText('Memory')).toHaveValue('3072')
  await ready('Save the memory')
  await user.click(screen.getByRole('button', { name: 'Save the memory' }))
  await waitFor(() => expect(sent(fake, 'hardware.apply')).toHaveLength(2))
  expect(sent(fake, 'hardware.apply')[1]).toMatchObject({ revision: 'r2', edit: { memoryKiB: 3_145_728 } })
})

test('a start or a stop is nobody’s edit: the input goes on by itself', async () => {
  const { fake, shows, user } = await open('memory')
  await retype(user, 'Memory', '3072')
  shows.view = view({ revision: 'r2', running: null, runningXml: null })
  fake.push(put('machine', machine(1, 1, { state: 'stopped', revision: 2 })))
  expect(await screen.findByText(/The machine is off/)).toBeVisible()
  expect(screen.queryByText(/was changed meanwhile/)).toBeNull()
  await ready('Save the memory')
  await user.click(screen.getByRole('button', { name: 'Save the memory' }))
  await waitFor(() => expect(sent(fake, 'hardware.apply')[0]).toMatchObject({ revision: 'r2', when: 'next-start' }))
})

test('a failed edit keeps the input and says why in the form', async () => {
  const { fake, user } = await open('memory')
  await retype(user, 'Memory', '3072')
  const error = { kind: 'remote-failure', code: 'libvirt.other', message: 'The host said no.', details: {} } as const
  fake.answer('hardware.apply', () => {
    fake.push(put('task', task(8, { kind: 'machine.edit', state: 'failed', error, endedAtMs: Date.now() })))
    return { taskId: 't8' }
  })
  await ready('Save the memory')
  await user.click(screen.getByRole('button', { name: 'Save the memory' }))
  const form = screen.getByRole('form', { name: 'Save the memory' })
  expect(await within(form).findByText('The host said no.')).toBeVisible()
  expect(screen.getByLabelText('Memory')).toHaveValue('3072')
})

test('a lost link keeps the input, and the button says why it cannot be pressed', async () => {
  const { fake, user } = await open('memory')
  await retype(user, 'Memory', '3072')
  const stale = { state: 'stale', sinceMs: Date.now() - 60_000, reason: 'unreachable' } as const
  fake.push(put('connection', connection(1, { freshness: stale, status: 'offline', revision: 2 })))
  const save = await screen.findByRole('button', { name: 'Save the memory' })
  await waitFor(() => expect(save).toHaveAttribute('aria-disabled', 'true'))
  await user.hover(save)
  // at first it may still say that the preview is awaited
  await waitFor(() => expect(screen.getByRole('tooltip')).toHaveTextContent('There is no link to kvm-01 now.'))
  expect(screen.getByLabelText('Memory')).toHaveValue('3072')
  await user.click(screen.getByRole('button', { name: /Start order/ }))
  await user.click(screen.getByRole('button', { name: /^Memory/ }))
  expect(screen.getByLabelText('Memory')).toHaveValue('3072')
})

test('a disk is made larger at once, never smaller, and what the guest has to do is said before', async () => {
  const { fake, user } = await open('disk:vda', {}, (each) =>
    each.answer('hardware.preview', () =>
      preview({
        nextStart: { ok: false, reason: { code: 'hardware.resize-at-once', text: 'A disk grows at once.' } },
        warnings: [{ code: 'hardware.guest-must-grow', text: 'The guest sees a larger disk.' }],
      }),
    ),
  )
  await retype(user, 'Size', '10')
  expect(await screen.findByText(/A disk is not made smaller than 20 GiB/)).toBeVisible()
  await retype(user, 'Size', '40')
  expect(await screen.findByRole('list', { name: 'To know before' })).toHaveTextContent(/larger/)
  await ready('Make it larger')
  await user.click(screen.getByRole('button', { name: 'Make it larger' }))
  await waitFor(() => expect(sent(fake, 'hardware.apply')[0]).toMatchObject({ when: 'now', edit: { capacityBytes: 40 * 2 ** 30 } }))
})

test('a change of a disk names only what was touched', async () => {
  const { fake, user } = await open('disk:vda')
  await user.selectOptions(await screen.findByLabelText('Cache'), 'writeback')
  await user.click(screen.getByText('Limits'))
  await user.type(screen.getByLabelText('Operations together'), '500')
  await ready('Save the disk')
  await user.click(screen.getByRole('button', { name: 'Save the disk' }))
  await waitFor(() => expect(sent(fake, 'hardware.apply')).toHaveLength(1))
  expect(sent(fake, 'hardware.apply')[0]?.edit).toEqual({
    edit: 'changeDisk',
    device: 'disk:vda',
    cache: 'writeback',
    limits: { totalBytesPerS: null, readBytesPerS: null, writeBytesPerS: null, totalIops: 500, readIops: null, writeIops: null },
  })
})

test('removing says what stays, and needs a second look', async () => {
  const { fake, user } = await open('disk:vda', {}, (each) =>
    each.answer('hardware.preview', () => preview({ warnings: [{ code: 'x.stays', text: 'The file stays: web-1.qcow2.' }] })),
  )
  await user.click(await screen.findByRole('button', { name: 'Remove…' }))
  expect(await screen.findByText('The file stays: web-1.qcow2.')).toBeVisible()
  expect(sent(fake, 'hardware.apply')).toEqual([])
  await ready('Remove')
  await user.click(screen.getByRole('button', { name: 'Remove' }))
  await waitFor(() =>
    expect(sent(fake, 'hardware.apply')[0]).toMatchObject({ edit: { edit: 'removeDevice', device: 'disk:vda' }, when: 'both' }),
  )
})

test('a card: only what was touched, and no limit without an average', async () => {
  const { fake, user } = await open('nic:52:54:00:00:00:01')
  await user.click(await screen.findByRole('checkbox', { name: /Cable plugged in/ }))
  await user.selectOptions(screen.getByLabelText('Network'), 'Bridge br0')
  await user.click(screen.getByText('Rate limits'))
  const [peak] = screen.getAllByLabelText('At peak')
  await user.type(peak as HTMLElement, '2000')
  expect(await screen.findByText(/a peak or a burst needs an average/)).toBeVisible()
  await user.type(screen.getAllByLabelText('On average')[0] as HTMLElement, '1000')
  await ready('Save the card')
  await user.click(screen.getByRole('button', { name: 'Save the card' }))
  await waitFor(() => expect(sent(fake, 'hardware.apply')).toHaveLength(1))
  expect(sent(fake, 'hardware.apply')[0]?.edit).toEqual({
    edit: 'changeNic',
    device: 'nic:52:54:00:00:00:01',
    linkUp: false,
    source: { kind: 'bridge', bridge: 'br0', openVSwitch: false },
    limits: { inbound: { averageKiBPerS: 1_000, peakKiBPerS: 2_000, burstKiB: null }, outbound: null },
  })
})

test('an image goes into the drive, and out of it, even against the guest', async () => {
  const iso = { path: '/p/cd.iso', format: 'iso', capacityBytes: 7e8, allocationBytes: 7e8, backingPath: null, usedBy: [], name: 'cd.iso' }
  const { fake, shows, user } = await open('disk:sda', {}, (each) => each.answer('volumes.list', () => [iso]))
  await screen.findByRole('option', { name: /cd\.iso/ })
  await user.selectOptions(screen.getByLabelText('Image'), 'cd.iso')
  await ready('Insert')
  const drive = { ...(hardware().disks[1] as EditableDisk), source: '/p/cd.iso', place: { pool: 'default', volume: 'cd.iso' } }
  const disks = [hardware().disks[0] as EditableDisk, drive]
  shows.view = view({ revision: 'r2', kept: hardware({ disks }), running: hardware({ disks }) })
  await user.click(screen.getByRole('button', { name: 'Insert' }))
  await user.click(await screen.findByRole('checkbox', { name: /Even if the guest/ }))
  await ready('Eject')
  await user.click(screen.getByRole('button', { name: 'Eject' }))
  await waitFor(() => expect(sent(fake, 'hardware.apply')).toHaveLength(2))
  expect(sent(fake, 'hardware.apply').map(({ edit }) => edit)).toEqual([
    { edit: 'setMedia', device: 'disk:sda', media: { pool: 'default', volume: 'cd.iso' }, force: false },
    { edit: 'setMedia', device: 'disk:sda', media: null, force: true },
  ])
})

test('the start order is changed by keyboard alone', async () => {
  const { fake, user } = await open('boot')
  const card = await screen.findByRole('checkbox', { name: /Card/ })
  card.focus()
  await user.keyboard(' ')
  const up = screen.getByRole('button', { name: /^Start from Card .* sooner$/ })
  up.focus()
  await user.keyboard('{Enter}')
  await ready('Save the start order')
  screen.getByRole('button', { name: 'Save the start order' }).focus()
  await user.keyboard('{Enter}')
  await waitFor(() =>
    expect(sent(fake, 'hardware.apply')[0]?.edit).toEqual({ edit: 'setBoot', order: ['nic:52:54:00:00:00:01', 'disk:vda'] }),
  )
})

test('a new disk goes beside the first one, under a name that the console chooses', async () => {
  const { fake, user } = await open('add')
  expect(await screen.findByLabelText('Pool')).toHaveValue('default')
  await retype(user, 'Size', '8')
  await ready('Add the disk')
  await user.click(screen.getByRole('button', { name: 'Add the disk' }))
  await waitFor(() => expect(sent(fake, 'hardware.apply')).toHaveLength(1))
  expect(sent(fake, 'hardware.apply')[0]).toMatchObject({
    edit: { edit: 'addDisk', disk: { source: { kind: 'new', pool: 'default', sizeBytes: 8 * 2 ** 30, format: 'qcow2' } }, name: null },
    when: 'both',
  })
})

test('a device of the host names what the host loses; one in use says by whom', async () => {
  const { user } = await open('add')
  await user.click(await screen.findByRole('radio', { name: /Device of the host/ }))
  expect(screen.getByText('The host loses along with it: I350 port 1 (pci_0000_17_00_1)')).toBeVisible()
  expect(screen.getByRole('radio', { name: /A2/ })).toBeDisabled()
  expect(screen.getByText('gpu-1 has A2. Remove it there first.')).toBeVisible()
})

test('processors of the host are pinned on the picture of its nodes, or written', async () => {
  const { fake, user } = await open('placement')
  await user.click(await screen.findByRole('button', { name: /^Processor 0,/ }))
  await user.click(screen.getByRole('button', { name: /^Processor 1,/ }))
  expect(screen.getByLabelText('Processors of vCPU 0')).toHaveValue('0-1')
  await user.click(screen.getByRole('button', { name: 'vCPU 1' }))
  await user.click(screen.getAllByRole('button', { name: 'Whole node' })[1] as HTMLElement)
  expect(screen.getByLabelText('Processors of vCPU 1')).toHaveValue('4-7')
  await user.type(screen.getByLabelText('Processors of Emulator'), 'all')
  expect(await screen.findByText(/Numbers, ranges and exceptions/)).toBeVisible()
  await user.clear(screen.getByLabelText('Processors of Emulator'))
  await ready('Save the pinning')
  await user.click(screen.getByRole('button', { name: 'Save the pinning' }))
  await waitFor(() => expect(sent(fake, 'hardware.apply')).toHaveLength(1))
  expect(sent(fake, 'hardware.apply')[0]?.edit).toEqual({
    edit: 'setPinning',
    vcpus: [
      { vcpu: 0, cpus: '0-1' },
      { vcpu: 1, cpus: '4-7' },
    ],
  })
})

test('what waits is taken back one by one, and counts after off and on', async () => {
  const pending = [
    { device: 'disk:vda', field: 'disk.cache', running: 'default', kept: 'writeback' },
    { device: null, field: 'machineType', running: 'pc-q35-9.2', kept: 'pc-q35-10.0' },
  ]
  const { fake, user } = await open('memory', { pending })
  const region = screen.getByRole('region', { name: 'What runs differs from what is kept' })
  expect(within(region).getByText('2 changes wait for the next start')).toBeVisible()
  expect(within(region).getByRole('button', { name: 'Take back in the history' })).toBeVisible()
  await user.click(within(region).getByRole('button', { name: 'Take back: Disk vda: Cache' }))
  await waitFor(() => expect(sent(fake, 'hardware.apply')).toHaveLength(1))
  expect(sent(fake, 'hardware.apply')[0]).toMatchObject({
    edit: { edit: 'changeDisk', device: 'disk:vda', cache: 'default' },
    when: 'next-start',
  })
  fake.answer('hardware.restart', () => ({ taskId: 't9' }))
  await ready('Restart to apply…')
  await user.click(within(region).getByRole('button', { name: 'Restart to apply…' }))
  const dialog = await screen.findByRole('dialog')
  expect(dialog).toHaveTextContent('A restart inside the guest keeps the hardware that runs.')
  await user.dblClick(within(dialog).getByRole('button', { name: 'Shut down and start' }))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  expect(sent(fake, 'hardware.restart')).toMatchObject([{ machineId: 'c1.m.1', force: false, token: expect.any(String) }])
})

test('the whole definition is edited with its difference in sight; a password is refused before it is sent', async () => {
  const { fake, user } = await open('memory')
  await user.click(screen.getByRole('radio', { name: 'XML' }))
  await user.click(screen.getByRole('radio', { name: 'Edit' }))
  const text = screen.getByRole('textbox', { name: 'Edit' })
  await user.click(text)
  await user.paste("<graphics passwd='hunter2'/>")
  expect(await screen.findByText(/A password has no place here/)).toBeVisible()
  expect(JSON.stringify(sent(fake, 'hardware.preview'))).not.toContain('hunter2')
  expect(screen.getByRole('button', { name: 'Save the definition' })).toHaveAttribute('aria-disabled', 'true')
})

test('earlier definitions: who changed what, the difference, and the way back', async () => {
  const old = view().keptXml?.replace('web-1', 'web-1-old') ?? ''
  const { fake, user } = await open('memory', {}, (each) => {
    each.answer('hardware.history', () => [
      { id: '2', atMs: Date.now(), actor: null, origin: 'outside', taskId: null, edit: 'outside', definition: 'kept' },
      { id: '1', atMs: Date.now() - 60_000, actor: 'maja', origin: 'page', taskId: 't1', edit: 'setMemory', definition: 'kept' },
    ])
    each.answer('hardware.version', () => ({
      xml: old,
      after: view().keptXml,
      back: { xml: view().keptXml?.replace('kvm', 'qemu'), was: 'web-1-old' },
    }))
  })
  await user.click(screen.getByRole('radio', { name: 'History' }))
  expect(await screen.findByText('elsewhere')).toBeVisible()
  expect(screen.getByText('maja')).toBeVisible()
  expect(await screen.findByRole('region', { name: 'What the change did' })).toHaveTextContent('- <name>web-1-old</name>')
  expect(screen.getByText('It was called web-1-old then. The name stays web-1.')).toBeVisible()
  await ready('Take back to this')
  await user.click(screen.getByRole('button', { name: 'Take back to this' }))
  const xml = view().keptXml?.replace('kvm', 'qemu')
  await waitFor(() => expect(sent(fake, 'hardware.apply')[0]).toMatchObject({ edit: { edit: 'setDefinition', xml } }))
})

test('who may not change it sees it all, and why not', async () => {
  await open('memory', {}, (each) =>
    each.answer('system.info', () => ({
      version: '0.1.0',
      face: 'local',
      platform: 'linux',
      nodeVersion: '24',
      user: 'kim',
      permissions: ['inventory.read'],
      startedAtMs: 1,
      dataDirectory: '/tmp',
      secretStore: { kind: 'memory', locked: false, reason: null },
      database: { state: 'ok', message: null },
    })),
  )
  expect(await screen.findByText(/It needs the permission machine.modify/)).toBeVisible()
  expect(screen.getByRole('button', { name: 'Add a device…' })).toHaveAttribute('aria-disabled', 'true')
})

test('hardware that cannot be read says so, and is asked for again', async () => {
  const shows = { view: view() }
  const fake = engine(shows)
  fake.answer('hardware.view', () => {
    throw new AppError({ kind: 'timeout', code: 'call.timeout', message: 'No answer within 60 s.' })
  })
  renderApp(fake, '/machines/c1.m.1?tab=hardware')
  expect(await screen.findByText('No answer within 60 s.')).toBeVisible()
  fake.answer('hardware.view', () => shows.view)
  await userEvent.click(screen.getByRole('button', { name: 'Try now' }))
  expect(await screen.findByRole('navigation', { name: 'Hardware' })).toBeVisible()
  fake.push(put('machine', machine(1, 1, { state: 'stopped', revision: 2 })))
  await waitFor(() => expect(sent(fake, 'hardware.view').length).toBeGreaterThan(2))
})
