import { act, cleanup, fireEvent, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'
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

afterEach(() => void vi.restoreAllMocks())

/** RFC 6143, 7.3.2: size, pixel format, a name of no length. */
const SERVER_INIT = [0, SIZE, 0, SIZE, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0, 0, 0, 0, 0]
/** A FramebufferUpdate without a rectangle: enough for a picture that is there already. */
const EMPTY_UPDATE = [0, 0, 0, 0]

/** ExtendedDesktopSize with one screen: who asked, what became of it, the size. */
const sizes = (why: number, status: number, width = SIZE, height = SIZE) => {
  const size = [width >> 8, width & 0xff, height >> 8, height & 0xff]
  return [0, 0, 0, 1, 0, why, 0, status, ...size, 255, 255, 254, 204, 1, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, ...size, 0, 0, 0, 0]
}
const SET_SIZE = '\u00fb\0'
/** SetEncodings names the levels as pseudo-encodings: quality from -32, compression from -256. */
const level = (base: number, value: number) => String.fromCharCode(255, 255, (base + value) >> 8, (base + value) & 0xff)
const levels = (picture: number, compression: number) => level(0xffe0, picture) + level(0xff00, compression)

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

async function choose(name: string | RegExp) {
  await userEvent.click(screen.getByRole('button', { name: /^Display: / }))
  await userEvent.click(screen.getByRole('menuitem', { name }))
}

const hear = (channel: FakeChannel, bytes: readonly number[]) => act(() => channel.received(Uint8Array.from(bytes)))

test('a server that takes no sizes: resizing the guest is disabled and says why', async () => {
  const channel = await openDisplay()
  await userEvent.click(screen.getByRole('button', { name: 'Display: Fit' }))
  const resize = screen.getByRole('menuitem', { name: /Resize guest/ })
  expect(resize).toHaveTextContent('The machine’s display server takes no sizes')
  await userEvent.click(resize)
  expect(screen.getByRole('button', { name: 'Display: Fit' })).toBeVisible()
  expect(channel.typed).not.toContain(SET_SIZE)
})

test('the guest is asked for the size of the window once, and what it makes of it is taken', async () => {
  const channel = await openDisplay()
  hear(channel, sizes(0, 0))
  vi.spyOn(Element.prototype, 'getBoundingClientRect').mockReturnValue(new DOMRect(0, 0, 1_003.4, 620.8))
  const before = channel.typed.length
  await choose(/Resize guest/)
  const asked = channel.typed.slice(before)
  // SetDesktopSize: 1003 by 620, one screen, the one that the server named
  expect(asked).toContain(`${SET_SIZE}${String.fromCharCode(1_003 >> 8, 1_003 & 0xff, 620 >> 8, 620 & 0xff)}\u0001\0\0\0\0\u0007`)
  hear(channel, sizes(1, 0, 1_000, 608))
  expect(await screen.findByText('Connected, 1000 × 608')).toBeVisible()
  expect(channel.typed.split(SET_SIZE)).toHaveLength(2)
  expect(screen.getByRole('button', { name: 'Display: Resize guest' })).toBeVisible()
})

test('a guest that refuses: said at the foot, and not asked again', async () => {
  const channel = await openDisplay()
  hear(channel, sizes(0, 0))
  await choose(/Resize guest/)
  hear(channel, sizes(1, 3))
  expect(await screen.findByText(/The guest does not take another size/)).toBeVisible()
  await userEvent.click(screen.getByRole('button', { name: 'Display: Resize guest' }))
  expect(screen.getByRole('menuitem', { name: /Resize guest/ })).toHaveAttribute('aria-disabled', 'true')
})

test('QEMU has told the guest: that is no refusal', async () => {
  const channel = await openDisplay()
  hear(channel, sizes(0, 0))
  await choose(/Resize guest/)
  hear(channel, sizes(1, 4))
  hear(channel, sizes(0, 0, 1_024, 768))
  expect(await screen.findByText('Connected, 1024 × 768')).toBeVisible()
  expect(screen.queryByText(/does not take another size/)).toBeNull()
})

test('a guest that resizes fifty times a second: the figures follow at a pace that can be read, and end at the last', async () => {
  const channel = await openDisplay()
  const status = screen.getByText(/^Connected, /)
  const seen: (string | null)[] = []
  const watcher = new MutationObserver(() => seen.push(status.textContent))
  watcher.observe(status, { subtree: true, characterData: true, childList: true })
  for (let n = 1; n <= 500; n += 1) hear(channel, sizes(0, 0, 320 + (n % 7) * 16, 200 + n))
  expect(await screen.findByText('Connected, 368 × 700')).toBeVisible()
  watcher.disconnect()
  expect(seen.length).toBeLessThanOrEqual(8)
  expect(channel.typed).not.toContain(SET_SIZE)
  expect(document.querySelectorAll('.console-screen canvas')).toHaveLength(2)
})

test('the quality is taken to the server at once, and kept for the displays behind the connection', async () => {
  const channel = await openDisplay()
  expect(channel.typed).toContain(levels(6, 2))
  await choose(/^Slow link/)
  expect(channel.typed).toContain(level(0xffe0, 1))
  expect(channel.typed).toContain(levels(1, 9))
  expect(localStorage.getItem('novacron.console.quality.c1')).toBe('slow')
  cleanup()
  const next = await openDisplay()
  expect(next.typed).toContain(levels(1, 9))
  expect(next.typed).not.toContain(levels(6, 2))
  localStorage.clear()
})
