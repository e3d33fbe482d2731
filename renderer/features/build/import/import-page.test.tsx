import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import { AppError } from '../../../../shared/errors/index.ts'
import { type BuildFinding, CONSOLE_ENDED, type MachineSpec, type Volume } from '../../../../shared/model/index.ts'
import { FakeEngine } from '../../../lib/testing/fake-engine.ts'
import { connection, host, machine, put, task, workspace } from '../../../lib/testing/fleet-fixture.ts'
import { renderApp } from '../../../lib/testing/render-app.tsx'
import { options, system } from '../testing/options.ts'

const GIB = 2 ** 30

function volume(name: string): Volume {
  return { name, path: `/p/${name}`, format: 'raw', capacityBytes: 3e9, allocationBytes: 3e9, backingPath: null, usedBy: [] }
}

const SPEC: MachineSpec = { ...options().defaults, os: 'debian13', cpu: { ...options().defaults.cpu, vcpus: 2 } }

const CONTENTS = {
  name: 'shop',
  sizeBytes: 3e9,
  guest: 'Debian13_64',
  disks: [{ file: 'shop-disk1.vmdk', sizeBytes: GIB, capacityBytes: 20 * GIB, format: 'vmdk' }],
  networks: ['VM Network'],
  manifest: 'sha256',
  spec: SPEC,
  findings: [finding('ova.licence')],
}

function finding(code: string, change: Partial<BuildFinding> = {}): BuildFinding {
  return { code, severity: 'warns', field: null, text: code, params: {}, mend: null, ...change }
}

function engine(volumes: readonly Volume[] = [volume('shop.ova'), volume('disk.qcow2')]): FakeEngine {
  const fake = new FakeEngine([
    put('workspace', workspace()),
    put('connection', connection(1)),
    put('host', host(1)),
    put('machine', machine(1, 1)),
  ])
  fake.answer('build.catalogue', () => ({ version: 1, systems: [system('debian13', { name: 'Debian 13' })] }))
  fake.answer('build.options', () => options())
  fake.answer('volumes.list', () => volumes)
  fake.answer('volumes.abilities', () => ({ fetch: null, convert: null, formats: [] }))
  fake.answer('volumes.upload', () => ({ taskId: 't1', token: 'first' }))
  fake.answer('volumes.convert', () => ({ taskId: 't2' }))
  fake.answer('volumes.remove', () => ({ taskId: 't3' }))
  fake.answer('ova.inspect', () => CONTENTS)
  fake.answer('ova.check', () => ({ findings: [] }))
  fake.answer('ova.import', () => ({ taskId: 't4' }))
  return fake
}

function sent(fake: FakeEngine, method: string): readonly unknown[] {
  return fake.calls.filter((call) => call.method === method).map((call) => call.input)
}

/** jsdom's slices of a file cannot be read. */
function fileOf(name: string): File {
  const file = new File(['abc'], name)
  const bytes = new TextEncoder().encode('abc')
  Object.defineProperty(file, 'slice', { value: () => ({ arrayBuffer: () => Promise.resolve(bytes.buffer) }) })
  return file
}

async function uploaded(fake: FakeEngine, user: ReturnType<typeof userEvent.setup>, name: string) {
  await user.upload(await screen.findByLabelText('File to upload'), fileOf(name))
  await waitFor(() => expect(fake.channels).toHaveLength(1))
  const [channel] = fake.channels
  channel?.opened()
  await waitFor(() => expect(channel?.typed).toBe('abc'))
  channel?.write(JSON.stringify({ confirmed: 3 }))
  channel?.ended(CONSOLE_ENDED, 'console.ended')
}

async function pick(user: ReturnType<typeof userEvent.setup>, name: string) {
  await user.click(await screen.findByRole('combobox', { name: 'Package' }))
  await user.click(await screen.findByRole('option', { name: new RegExp(name) }))
}

test('a package of a pool: what is in it, what becomes of it, and the import', async () => {
  const user = userEvent.setup()
  const fake = engine()
  renderApp(fake, '/import')
  await user.click(await screen.findByRole('combobox', { name: 'Package' }))
  expect(screen.queryByRole('option', { name: /disk\.qcow2/ })).toBeNull()
  await user.click(screen.getByRole('option', { name: /shop\.ova/ }))
  const contents = await screen.findByRole('group', { name: 'What is in the package' })
  expect(contents).toHaveTextContent('Debian13_64')
  expect(contents).toHaveTextContent('1, 1 GiB packed, up to 20 GiB here')
  expect(contents).toHaveTextContent('SHA-256')
  expect(await screen.findByText(/Whoever uses the machine accepts it/)).toBeVisible()
  await user.clear(screen.getByLabelText('Name'))
  await user.type(screen.getByLabelText('Name'), 'shop-2')
  await user.selectOptions(screen.getByLabelText('Pool'), 'fast')
  await user.selectOptions(screen.getByRole('combobox', { name: 'Network' }), 'bridge/br0')
  await user.click(screen.getByLabelText('Start when made'))
  await user.click(screen.getByRole('button', { name: 'Import it' }))
  await waitFor(() => expect(sent(fake, 'ova.import')).toHaveLength(1))
  expect(sent(fake, 'ova.import')[0]).toMatchObject({
    poolId: 'c1.p.1',
    name: 'shop.ova',
    machine: 'shop-2',
    verify: true,
    start: true,
    // it lay there before, and somebody else may want it
    removePackage: false,
    spec: { disks: [{ source: { kind: 'new', pool: 'fast' } }], nics: [{ source: { kind: 'bridge', bridge: 'br0' } }] },
  })
  await waitFor(() => expect(window.location.pathname).toBe('/fleet'))
})

test('what blocks is said, at its field as well, and nothing can be imported', async () => {
  const user = userEvent.setup()
  const fake = engine()
  const taken = finding('build.name-taken', { severity: 'blocks', field: 'machine', params: { name: 'shop' } })
  fake.answer('ova.check', ({ machine: name }: { machine: string }) => ({ findings: name === 'shop' ? [taken] : [] }))
  renderApp(fake, '/import')
  await pick(user, 'shop.ova')
  await waitFor(() => expect(screen.getByLabelText('Name')).toHaveAttribute('aria-invalid', 'true'))
  expect(screen.getByRole('button', { name: 'Import it' })).toHaveAttribute('aria-disabled', 'true')
  await user.type(screen.getByLabelText('Name'), '-2')
  await waitFor(() => expect(screen.getByRole('button', { name: 'Import it' })).not.toHaveAttribute('aria-disabled', 'true'))
})

test('a package that cannot be read says why, and what was uploaded can be deleted', async () => {
  const user = userEvent.setup()
  const fake = engine([volume('shop.ova')])
  fake.answer('ova.inspect', () => {
    throw new AppError({
      kind: 'invalid-input',
      code: 'ova.truncated',
      message: 'The file ends within “disk.vmdk”.',
      details: { name: 'disk.vmdk' },
    })
  })
  renderApp(fake, '/import')
  await uploaded(fake, user, 'shop.ova')
  // the one of that name stays as it is
  expect(sent(fake, 'volumes.upload')).toEqual([{ poolId: 'c1.p.1', name: 'shop-2.ova', sizeBytes: 3 }])
  expect(await screen.findByRole('alert')).toHaveTextContent('The file ends within “disk.vmdk”')
  expect(screen.getByRole('button', { name: 'Import it' })).toHaveAttribute('aria-disabled', 'true')
  await user.click(screen.getByRole('button', { name: 'Delete it' }))
  expect(sent(fake, 'volumes.remove')).toEqual([{ poolId: 'c1.p.1', name: 'shop-2.ova' }])
  await waitFor(() => expect(screen.queryByRole('button', { name: 'Delete it' })).toBeNull())
  expect(screen.getByRole('combobox', { name: 'Package' })).toHaveValue('')
})

test('an uploaded package is deleted by its import, unless somebody wants to keep it', async () => {
  const user = userEvent.setup()
  const fake = engine([])
  renderApp(fake, '/import')
  await uploaded(fake, user, 'shop.ova')
  expect(await screen.findByLabelText('Delete the package once the machine is made')).toBeChecked()
  await user.click(screen.getByRole('button', { name: 'Import it' }))
  await waitFor(() => expect(sent(fake, 'ova.import')).toMatchObject([{ name: 'shop.ova', removePackage: true }]))
})

test('a disk image becomes a volume, and that the disk of a new machine', async () => {
  const user = userEvent.setup()
  const fake = engine([volume('old.qcow2')])
  renderApp(fake, '/import')
  await uploaded(fake, user, 'old.vmdk')
  await user.click(await screen.findByRole('button', { name: 'Make a disk of it' }))
  expect(sent(fake, 'volumes.convert')).toEqual([
    { poolId: 'c1.p.1', name: 'old-2.qcow2', from: { poolId: 'c1.p.1', name: 'old.vmdk' }, sourceFormat: 'vmdk', format: 'qcow2' },
  ])
  fake.push(put('task', task(2, { kind: 'volume.convert', state: 'succeeded' })))
  await user.click(await screen.findByRole('button', { name: 'New machine with this disk…' }))
  expect(sent(fake, 'volumes.remove')).toEqual([{ poolId: 'c1.p.1', name: 'old.vmdk' }])
  expect(await screen.findByRole('radio', { name: /^A disk that is there/ })).toBeChecked()
  expect(screen.getByRole('combobox', { name: 'Disk' })).toHaveValue('old-2.qcow2')
})

test('other files are refused before anything is sent', async () => {
  const user = userEvent.setup({ applyAccept: false })
  const fake = engine()
  renderApp(fake, '/import')
  await user.upload(await screen.findByLabelText('File to upload'), fileOf('shop.ovf'))
  expect(await screen.findByText(/tar -cf machine\.ova shop\.ovf/)).toBeVisible()
  await user.upload(screen.getByLabelText('File to upload'), fileOf('shop.zip'))
  expect(await screen.findByText(/shop\.zip is neither a package/)).toBeVisible()
  expect(sent(fake, 'volumes.upload')).toEqual([])
})

test('whoever closes the page while a file is on its way is asked first', async () => {
  const user = userEvent.setup()
  const fake = engine([])
  renderApp(fake, '/import')
  const leaving = () => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }))
  expect(leaving()).toBe(false)
  await user.upload(await screen.findByLabelText('File to upload'), fileOf('shop.ova'))
  await waitFor(() => expect(fake.channels).toHaveLength(1))
  expect(leaving()).toBe(true)
  fake.answer('tasks.cancel', () => ({ done: true }))
  const main = within(screen.getByRole('main'))
  await user.click(main.getAllByRole('button', { name: 'Cancel' })[0] as HTMLElement)
  await waitFor(() => expect(leaving()).toBe(false))
  expect(sent(fake, 'tasks.cancel')).toEqual([{ taskId: 't1' }])
})
