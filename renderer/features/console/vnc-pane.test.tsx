import { act, fireEvent, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeAll, expect, test } from 'vitest'
import type { MachineConsole } from '../../../shared/model/index.ts'
import { type FakeChannel, FakeEngine } from '../../lib/testing/fake-engine.ts'
import { connection, host, machine, put, workspace } from '../../lib/testing/fleet-fixture.ts'
import { renderApp } from '../../lib/testing/render-app.tsx'

const SIZE = 8
const DISPLAY: MachineConsole = { kind: 'vnc', index: 0, label: 'VNC', reason: null }

beforeAll(() => {
  // jsdom draws nothing: every drawing call can be called or read again, and the picture is never transparent
  const nothing: unknown = new Proxy(() => nothing, {
    get: (_target, key) => {
      if (key === 'getImageData') return () => ({ width: SIZE, height: SIZE, data: new Uint8ClampedArray(SIZE * SIZE * 4).fill(255) })
      return key === Symbol.toPrimitive ? () => 0 : nothing
    },
    set: () => true,
  })
  HTMLCanvasElement.prototype.getContext = (() => nothing) as unknown as typeof HTMLCanvasElement.prototype.getContext
})

/** RFC 6143, 7.3.2: size, pixel format, a name of no length. */
const SERVER_INIT = [0, SIZE, 0, SIZE, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0, 0, 0, 0, 0]
/** A FramebufferUpdate without a rectangle: enough for a picture that is there already. */
const EMPTY_UPDATE = [0, 0, 0, 0]

const raw = (text: string) => Array.from(text, (one) => one.charCodeAt(0))
const key = (keysym: number, down: boolean) => String.fromCharCode(4, down ? 1 : 0, 0, 0, 0, 0, (keysym >> 8) & 0xff, keysym & 0xff)
const press = (keysym: number) => key(keysym, true) + key(keysym, false)

/** A display, opened and painted; the answer is the server's end of it. */
async function openDisplay(): Promise<FakeChannel> {
  const fake = new FakeEngine([
    put('workspace', workspace()),
    put('connection', connection(1)),
    put('host', host(1)),
    put('machine', machine(1, 1)),
  ])
  fake.answer('consoles.list', () => [DISPLAY])
  fake.answer('consoles.open', () => ({ token: 'token' }))
  renderApp(fake, '/machines/c1.m.1/console')
  await waitFor(() => expect(fake.channels).toHaveLength(1))
  const [channel] = fake.channels as [FakeChannel]
  const say = (bytes: readonly number[]) => act(() => channel.received(Uint8Array.from(bytes)))
  act(() => channel.opened())
  say(raw('RFB 003.008\n'))
  say([1, 1])
  say([0, 0, 0, 0])
  say(SERVER_INIT)
  say(EMPTY_UPDATE)
  expect(await screen.findByText(`Connected, ${SIZE} × ${SIZE}`)).toBeVisible()
  return channel
}

async function openTypeDialog(text: string) {
  await userEvent.click(screen.getByRole('button', { name: 'Type the clipboard…' }))
  fireEvent.change(screen.getByRole('textbox', { name: 'Text' }), { target: { value: text } })
}

test('keys of the menu are pressed in their order and let go the other way round', async () => {
  const channel = await openDisplay()
  await userEvent.click(screen.getByRole('button', { name: 'Send keys' }))
  await userEvent.click(screen.getByRole('menuitem', { name: 'Ctrl+Alt+Del' }))
  const down = [0xffe3, 0xffe9, 0xffff]
  expect(channel.typed).toContain([...down.map((one) => key(one, true)), ...down.toReversed().map((one) => key(one, false))].join(''))
})

test('a text is typed character by character, on the layout that is remembered for the machine', async () => {
  const channel = await openDisplay()
  await openTypeDialog('ß')
  expect(screen.getByText('Not on this layout: ß')).toBeVisible()
  expect(screen.getByRole('button', { name: 'Type 1 character' })).toHaveAttribute('aria-disabled', 'true')
  await userEvent.selectOptions(screen.getByRole('combobox', { name: 'Keyboard of the guest' }), 'de')
  await userEvent.click(screen.getByRole('button', { name: 'Type 1 character' }))
  await waitFor(() => expect(channel.typed).toContain(press(0xdf)))
  await openTypeDialog('ô')
  expect(screen.getByRole('combobox', { name: 'Keyboard of the guest' })).toHaveValue('de')
  await userEvent.click(screen.getByRole('button', { name: 'Type 1 character' }))
  await waitFor(() => expect(channel.typed).toContain(press(0xfe52) + press(0x6f))) // the dead key, then o
})

test('the guest’s clipboard is offered once the guest has shown that it shares it', async () => {
  const channel = await openDisplay()
  await openTypeDialog('secret')
  expect(screen.getByRole('button', { name: 'Put it on the guest’s clipboard' })).toHaveAttribute('aria-disabled', 'true')
  act(() => channel.received(Uint8Array.from([3, 0, 0, 0, 0, 0, 0, 2, ...raw('hi')]))) // ServerCutText
  await userEvent.click(screen.getByRole('button', { name: 'Put it on the guest’s clipboard' }))
  const cut = `\u0006\0\0\0\0\0\0\u0006secret` // ClientCutText
  expect(channel.typed).toContain(cut)
  fireEvent.paste(screen.getByRole('group', { name: 'Display 1 of web-1' }), { clipboardData: { getData: () => 'secret' } })
  expect(channel.typed).toContain(cut + press(0x76))
})

test('view only: nothing is sent, and everything says why', async () => {
  const channel = await openDisplay()
  await userEvent.click(screen.getByRole('button', { name: 'View only' }))
  expect(screen.getByText('View only: neither keys nor the mouse go to the machine.')).toBeVisible()
  expect(screen.getByRole('button', { name: 'Type the clipboard…' })).toHaveAttribute('aria-disabled', 'true')
  await userEvent.click(screen.getByRole('button', { name: 'Send keys' }))
  const before = channel.typed
  await userEvent.click(screen.getByRole('menuitem', { name: /Ctrl\+Alt\+Del/ }))
  expect(channel.typed).toBe(before)
  expect(screen.getByText('It is set to view only.')).toBeVisible()
})
