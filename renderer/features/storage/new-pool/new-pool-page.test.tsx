import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import { AppError, toWireError } from '../../../../shared/errors/index.ts'
import { POOL_TYPES } from '../../../../shared/model/index.ts'
import { put, task } from '../../../lib/testing/fleet-fixture.ts'
import { renderApp } from '../../../lib/testing/render-app.tsx'
import { pool, storageEngine } from '../testing/storage-fixture.ts'

function engine() {
  const fake = storageEngine([pool(1, { name: 'images' })])
  fake.answer('storage.abilities', () => ({
    types: Object.fromEntries(
      POOL_TYPES.map((type) => [
        type,
        type === 'zfs'
          ? { code: 'pool.no-program', text: 'No zpool.', params: { type, program: 'zpool', package: 'zfsutils-linux' } }
          : null,
      ]),
    ),
    wipe: null,
  }))
  fake.answer('storage.createPool', () => {
    fake.push(put('task', task(1, { kind: 'pool.create', state: 'succeeded' })))
    return { taskId: 't1' }
  })
  return fake
}

test('a folder: everything is proposed, a taken name is not', async () => {
  const user = userEvent.setup()
  const fake = engine()
  renderApp(fake, '/storage/new?host=c1.h.1')
  expect(await screen.findByLabelText('Name')).toHaveValue('images-2')
  expect(screen.getByLabelText('Folder')).toHaveValue('/srv/images')
  expect(await screen.findByText('This host has no zpool. Install zfsutils-linux there.')).toBeVisible()
  expect(screen.getByRole('radio', { name: /ZFS pool/ })).toBeDisabled()
  await user.click(screen.getByRole('button', { name: '/srv/iso' }))
  expect(screen.getByLabelText('Name')).toHaveValue('iso')
  await user.clear(screen.getByLabelText('Name'))
  await user.type(screen.getByLabelText('Name'), 'images')
  expect(screen.getByText('The host has a pool of that name already.')).toBeVisible()
  await user.type(screen.getByLabelText('Name'), '-b')
  await user.click(screen.getByRole('checkbox', { name: /Make the folder/ }))
  await user.click(screen.getByRole('button', { name: 'Make the pool' }))
  await waitFor(() => expect(window.location.pathname + window.location.search).toBe('/storage?host=c1.h.1'))
  expect(fake.calls).toContainEqual({
    method: 'storage.createPool',
    input: {
      hostId: 'c1.h.1',
      spec: { name: 'images-b', source: { type: 'dir', path: '/srv/iso' }, autostart: true, build: true, overwrite: false },
      secret: null,
    },
  })
})

test('a server is asked for its exports; what it does not say is told, what it has fills the form', async () => {
  const user = userEvent.setup()
  const fake = engine()
  fake.answer('storage.find', () => {
    throw new AppError({ kind: 'remote-failure', code: 'pool.find-failed', message: 'The host could not look for it: no route to host' })
  })
  renderApp(fake, '/storage/new?host=c1.h.1')
  await user.click(await screen.findByRole('radio', { name: /Network share/ }))
  const ask = screen.getByRole('button', { name: 'Ask the server for its exports' })
  expect(ask).toBeDisabled()
  await user.type(screen.getByLabelText('Server'), 'nas-1')
  await user.click(ask)
  expect(await screen.findByText('The host could not look for it: no route to host')).toBeVisible()
  fake.answer('storage.find', () => [
    { label: 'nas-1:/export/vm', source: { type: 'netfs', host: 'nas-1', exportPath: '/export/vm', format: 'nfs', path: '/mnt/vm' } },
  ])
  await user.click(ask)
  await user.click(await within(await screen.findByRole('list', { name: 'Found by the host' })).findByRole('button'))
  expect(screen.getByLabelText('Export')).toHaveValue('/export/vm')
  expect(screen.getByLabelText('Folder')).toHaveValue('/var/lib/libvirt/mounts/vm')
  expect(screen.getByLabelText('Name')).toHaveValue('vm')
})

test('a disk that holds something is refused until somebody says that it may be lost', async () => {
  const user = userEvent.setup()
  const fake = engine()
  const hasData = new AppError({ kind: 'conflict', code: 'pool.device-has-data', message: 'What the pool is to be made on holds data.' })
  fake.answer('storage.createPool', ({ spec }: { spec: { overwrite: boolean } }) => {
    const ended = spec.overwrite ? ({ state: 'succeeded' } as const) : ({ state: 'failed', error: toWireError(hasData) } as const)
    fake.push(put('task', task(spec.overwrite ? 2 : 1, { kind: 'pool.create', ...ended })))
    return { taskId: spec.overwrite ? 't2' : 't1' }
  })
  renderApp(fake, '/storage/new?host=c1.h.1')
  await user.click(await screen.findByRole('radio', { name: /Whole disk/ }))
  expect(screen.getByRole('button', { name: 'Make the pool' })).toHaveAttribute('aria-disabled', 'true')
  await user.type(screen.getByLabelText('Disk'), '/dev/sdc')
  await user.click(screen.getByRole('checkbox', { name: /Write a new partition table/ }))
  await user.click(screen.getByRole('button', { name: 'Make the pool' }))
  expect(await screen.findByText('What the pool is to be made on holds data.')).toBeVisible()
  await user.click(screen.getByRole('checkbox', { name: /Write over/ }))
  expect(screen.getByText('Everything on /dev/sdc is lost for good.')).toHaveClass('bad-text')
  expect(screen.queryByText('What the pool is to be made on holds data.')).toBeNull()
  await user.click(screen.getByRole('button', { name: 'Make the pool' }))
  await waitFor(() => expect(window.location.pathname).toBe('/storage'))
})

test('a password goes with the order and nowhere else', async () => {
  const user = userEvent.setup()
  const fake = engine()
  renderApp(fake, '/storage/new?host=c1.h.1')
  await user.click(await screen.findByRole('radio', { name: /iSCSI/ }))
  await user.type(screen.getByLabelText('Server'), 'san-1')
  await user.type(screen.getByLabelText('Target (IQN)'), 'iqn.2026-01.eu.kestrel:db0')
  await user.type(screen.getByLabelText('User'), 'maja')
  await user.type(screen.getByLabelText('Password or key'), 'hidden-word')
  expect(screen.getByLabelText('Password or key')).toHaveAttribute('type', 'password')
  await user.click(screen.getByRole('button', { name: 'Make the pool' }))
  await waitFor(() => expect(window.location.pathname).toBe('/storage'))
  const order = fake.calls.find(({ method }) => method === 'storage.createPool')
  expect(order?.input).toMatchObject({ secret: { user: 'maja', password: 'hidden-word' } })
  const kept = [localStorage, sessionStorage].flatMap((store) =>
    Array.from({ length: store.length }, (_, at) => store.getItem(store.key(at) ?? '')),
  )
  expect(kept.join('\n')).not.toContain('hidden-word')
})
