import { act, fireEvent, screen, waitFor } from '@testing-library/react'
import { expect, test } from 'vitest'
import { FakeEngine } from '../../lib/testing/fake-engine.ts'
import { connection, host, machine, put, workspace } from '../../lib/testing/fleet-fixture.ts'
import { renderApp } from '../../lib/testing/render-app.tsx'

test('Enter runs what was typed, also before the list has caught up with it', async () => {
  const fake = new FakeEngine([
    put('workspace', workspace()),
    put('connection', connection(1)),
    put('host', host(1)),
    put('machine', machine(1, 1)),
  ])
  const changes: unknown[] = []
  fake.answer('system.updateSettings', (change) => {
    changes.push(change)
    return { theme: 'dark', language: 'en', density: 'compact' }
  })
  renderApp(fake)
  await screen.findByRole('combobox', { name: 'Filter machines' })
  fireEvent.keyDown(document.body, { key: 'k', ctrlKey: true })
  const input = await screen.findByRole('combobox', { name: 'Find or run a command' })
  act(() => {
    fireEvent.change(input, { target: { value: 'theme: dark' } })
    fireEvent.keyDown(input, { key: 'Enter' })
  })
  await waitFor(() => expect(changes).toEqual([{ theme: 'dark' }]))
})
