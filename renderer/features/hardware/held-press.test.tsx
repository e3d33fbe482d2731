import { screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, test } from 'vitest'
import type { HardwarePreview } from '../../../shared/model/index.ts'
import { machine, put } from '../../lib/testing/fleet-fixture.ts'
import { renderApp } from '../../lib/testing/render-app.tsx'
import { forgetDrafts } from './drafts.ts'
import { engine, preview, view } from './testing/hardware.ts'

beforeEach(forgetDrafts)

const SLOWER = { code: 'x.slower', text: 'The guest may need it.' }

/** A form that can be sent, and is asked about once more because the machine changed meanwhile; the answer is for the test to give. */
async function askedAnew() {
  const shows = { view: view() }
  const fake = engine(shows)
  const user = userEvent.setup()
  renderApp(fake, '/machines/c1.m.1?tab=hardware&device=memory')
  await user.clear(await screen.findByLabelText('Memory'))
  await user.type(screen.getByLabelText('Memory'), '3072')
  const save = () => screen.getByRole('button', { name: /Save the memory/ })
  await waitFor(() => expect(save()).not.toHaveAttribute('aria-disabled', 'true'))
  let answer: (told: HardwarePreview) => void = () => {}
  fake.answer('hardware.preview', () => new Promise<HardwarePreview>((resolve) => (answer = resolve)))
  // it was started anew
  shows.view = view({ revision: 'r2', runningXml: view().runningXml?.replace("id='3'", "id='4'") ?? null })
  fake.push(put('machine', machine(1, 1, { revision: 2 })))
  await screen.findAllByText('Looking at what it would do…')
  await user.click(save())
  expect(applied()).toEqual([])
  function applied() {
    return fake.calls.filter(({ method }) => method === 'hardware.apply').map(({ input }) => input)
  }
  return { fake, user, save, applied, answer: (told: HardwarePreview) => answer(told) }
}

test('a press while it is asked once more is sent with the answer, once', async () => {
  const { answer, applied } = await askedAnew()
  answer(preview())
  await waitFor(() => expect(applied()).toMatchObject([{ revision: 'r2', edit: { memoryKiB: 3_145_728 } }]))
})

test('an answer that says something else is read first, and sent by another press', async () => {
  const { answer, applied, save, user } = await askedAnew()
  answer(preview({ warnings: [SLOWER] }))
  expect(await screen.findByText('The guest may need it.')).toBeVisible()
  expect(applied()).toEqual([])
  expect(save()).not.toHaveAttribute('aria-disabled', 'true')
  await user.click(save())
  await waitFor(() => expect(applied()).toHaveLength(1))
})

test('so is one that would be made of another definition than the one that was read', async () => {
  const { answer, applied, save } = await askedAnew()
  answer(preview({ kept: { before: '<domain><title>theirs</title></domain>', after: '<domain/>' } }))
  await waitFor(() => expect(save()).not.toHaveAttribute('aria-disabled', 'true'))
  expect(await screen.findByText('Counts at once')).toBeVisible()
  expect(applied()).toEqual([])
})

test('what is typed after the press is no part of it', async () => {
  const { answer, applied, user } = await askedAnew()
  await user.type(screen.getByLabelText('Memory'), '{backspace}3')
  answer(preview())
  await screen.findByText('Counts at once')
  expect(applied()).toEqual([])
})
