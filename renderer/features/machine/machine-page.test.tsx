import { screen } from '@testing-library/react'
import { beforeAll, expect, test } from 'vitest'
import { FakeEngine } from '../../lib/testing/fake-engine.ts'
import { connection, host, machine, put, workspace } from '../../lib/testing/fleet-fixture.ts'
import { renderApp } from '../../lib/testing/render-app.tsx'
import { withoutDrawing } from '../../lib/testing/without-drawing.ts'

beforeAll(withoutDrawing)

function engine(lost = false): FakeEngine {
  const stale = { state: 'stale', sinceMs: Date.now() - 60_000, reason: 'unreachable' } as const
  const fake = new FakeEngine([
    put('workspace', workspace()),
    put('connection', connection(1, lost ? { freshness: stale, status: 'offline' } : {})),
    put('host', host(1)),
    put('machine', machine(1, 1, { notes: 'Do not restart at night.' })),
  ])
  fake.answer('machines.detail', () => ({
    hardware: {
      machineType: 'q35',
      arch: 'x86_64',
      firmware: 'efi',
      secureBoot: false,
      cpu: { model: 'host', vcpus: 4, maxVcpus: 4, sockets: 1, cores: 4, threads: 1 },
      memoryKiB: 8 * 1_048_576,
      maxMemoryKiB: 8 * 1_048_576,
      bootOrder: ['hd'],
      devices: [],
    },
    xml: '<domain/>',
    inactiveXml: null,
    observedAtMs: Date.now(),
  }))
  fake.answer('inventory.recentMetrics', () => ({ samples: [] }))
  fake.answer('events.list', () => ({ items: [], cursor: null }))
  return fake
}

test('a running machine: its state, its facts, and what fits it now', async () => {
  renderApp(engine(), '/machines/c1.m.1')
  expect(await screen.findByRole('heading', { level: 1, name: 'web-1' })).toBeVisible()
  expect(screen.getByText('Do not restart at night.')).toBeVisible()
  expect(await screen.findByText('q35, UEFI')).toBeVisible()
  expect(screen.getByRole('button', { name: 'Shut down' })).not.toHaveAttribute('aria-disabled', 'true')
  expect(screen.getByRole('button', { name: 'Start' })).toHaveAttribute('aria-disabled', 'true')
})

test('behind a lost link it is told in the past tense, and nothing can be asked of it', async () => {
  renderApp(engine(true), '/machines/c1.m.1')
  // the tree beside it says so as well once it is open
  expect(await screen.findByText('Was running', { selector: '.state-word' })).toBeVisible()
  expect(screen.getByText(/^Link lost since/)).toBeVisible()
  expect(screen.getByRole('button', { name: 'Shut down' })).toHaveAttribute('aria-disabled', 'true')
})

test('deleted while somebody looks: what was known stays readable and says so', async () => {
  const fake = engine()
  renderApp(fake, '/machines/c1.m.1')
  await screen.findByText('Do not restart at night.')
  fake.push({ op: 'remove', entity: 'machine', id: 'c1.m.1', revision: 2 })
  expect(await screen.findByText(/^web-1 is gone since/)).toBeVisible()
  expect(screen.getByText('Do not restart at night.')).toBeVisible()
})

test('an unknown machine is not a blank page', async () => {
  renderApp(engine(), '/machines/c1.m.99')
  expect(await screen.findByText('There is no such machine')).toBeVisible()
})
