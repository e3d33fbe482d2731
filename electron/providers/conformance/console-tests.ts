import { expect, test } from 'vitest'
import { type AppError, isAppError } from '../../../shared/errors/index.ts'
import { machineConsoleSchema } from '../../../shared/model/index.ts'
import type { ByteChannel, ConsoleRequest } from '../provider.ts'
import { type Bench, type ConformanceAbilities, failure, type MakeFixture, setUp, testIf } from './fixture.ts'

const SERIAL: ConsoleRequest = { kind: 'serial', index: 0, takeOver: false }
const DISPLAY: ConsoleRequest = { kind: 'vnc', index: 0, takeOver: false }
/** A guest may have to boot first. */
const SHELL_MS = 60_000

/** Reads a channel to its end, as a viewer does. */
class Viewer {
  text = ''
  /** Null: an end in peace; undefined: it goes on. */
  end: AppError | null | undefined
  readonly done: Promise<void>

  constructor(channel: ByteChannel) {
    this.done = this.#read(channel)
  }

  #read(channel: ByteChannel): Promise<void> {
    return channel.read().then(
      (bytes) => {
        if (bytes === null) this.end = null
        else this.text += Buffer.from(bytes).toString('latin1')
        return bytes === null ? undefined : this.#read(channel)
      },
      (error: unknown) => {
        if (!isAppError(error)) throw error
        this.end = error
      },
    )
  }
}

async function openSerial(
  { connection }: Bench,
  ref: string,
  request: Partial<ConsoleRequest> = {},
): Promise<{ channel: ByteChannel; viewer: Viewer }> {
  const { channel } = await connection.openConsole(ref, { ...SERIAL, ...request }, {})
  return { channel, viewer: new Viewer(channel) }
}

export function consoleTests(makeFixture: MakeFixture, { isCloud = false }: ConformanceAbilities): void {
  test('a stopped machine’s consoles are listed, each with why it cannot be opened', async () => {
    const { connection, refs } = await setUp(makeFixture)
    const consoles = await connection.consoles(refs.stopped, {})
    expect(consoles.some(({ kind }) => kind === 'serial')).toBe(true)
    for (const { kind, index, reason, ...rest } of consoles) {
      expect(machineConsoleSchema.safeParse({ kind, index, reason, ...rest }).error?.issues).toBeUndefined()
      expect(reason?.text).toMatch(/./)
      await failure(connection.openConsole(refs.stopped, { kind, index, takeOver: false }, {}), 'precondition', reason?.code)
    }
  })

  test('a running machine’s serial port can be opened, one that it has not is not found', async () => {
    const bench = await setUp(makeFixture)
    const { connection, refs } = bench
    const consoles = await connection.consoles(refs.running, {})
    expect(consoles.find(({ kind, index }) => kind === 'serial' && index === 0)).toMatchObject({ reason: null })
    for (const kind of ['serial', 'vnc'] as const) {
      const index = consoles.filter((each) => each.kind === kind).length
      await failure(connection.openConsole(refs.running, { kind, index, takeOver: false }, {}), 'not-found', 'console.not-found')
    }
    const { channel, viewer } = await openSerial(bench, refs.running)
    channel.close()
    channel.close()
    await viewer.done
    expect(viewer.end).toBeNull()
  })

  testIf(!isCloud)('a serial port is busy until it is taken over, which ends the other', async () => {
    const bench = await setUp(makeFixture)
    const { open, refs, until } = bench
    const first = await openSerial(bench, refs.running)
    const other = await open()
    await failure(other.openConsole(refs.running, SERIAL, {}), 'conflict', 'console.busy')
    const { channel } = await other.openConsole(refs.running, { ...SERIAL, takeOver: true }, {})
    await until('the first has ended', () => first.viewer.end !== undefined)
    channel.close()
    await other.close()
    expect([undefined, 'unreachable', 'remote-failure']).toContain(first.viewer.end?.kind)
  })

  test('a console ends with its link', async () => {
    const bench = await setUp(makeFixture)
    const { viewer } = await openSerial(bench, bench.refs.running)
    await bench.connection.close()
    await bench.until('it has ended', () => viewer.end !== undefined)
    // it was closed by ourselves: an end in peace, or the word for it
    expect([undefined, 'unreachable', 'cancelled']).toContain(viewer.end?.kind)
  })

  test('a console ends with the machine', async () => {
    const bench = await setUp(makeFixture)
    const { viewer } = await openSerial(bench, bench.refs.running)
    await bench.act(bench.refs.running, { action: 'powerOff' })
    await bench.until('it has ended', () => viewer.end !== undefined)
    const error = await failure(bench.connection.openConsole(bench.refs.running, SERIAL, {}), 'precondition', 'console.not-running')
    expect(error.details).toMatchObject({ actual: 'console.not-running' })
  })
}

export function cutConsoleTests(makeFixture: MakeFixture): void {
  test('a console whose link is cut ends with that', async () => {
    const bench = await setUp(makeFixture)
    const { viewer } = await openSerial(bench, bench.refs.running)
    await bench.cutLink?.()
    await bench.until('it has ended', () => viewer.end !== undefined)
    expect(viewer.end).toMatchObject({ kind: 'unreachable' })
  })
}

export function shellTests(makeFixture: MakeFixture): void {
  test('what is typed at a serial port is echoed, and what it answers comes', async () => {
    const bench = await setUp(makeFixture)
    const shell = await bench.withShell?.()
    if (!shell) throw new Error('The fixture has no guest with a shell')
    const { channel, viewer } = await openSerial(bench, shell.ref)
    for (const { type, shows } of shell.logIn) {
      viewer.text = ''
      await channel.write(Buffer.from(type))
      await bench.until(`the guest shows ${shows}`, () => viewer.text.includes(shows), SHELL_MS)
    }
    viewer.text = ''
    await channel.write(Buffer.from('echo con""sole\r'))
    await bench.until('the echo and the answer', () => /echo con""sole\r?\n[\s\S]*console\r?\n/.test(viewer.text))
    channel.close()
    await viewer.done
    expect(viewer.end).toBeNull()
  })
}

export function displayTests(makeFixture: MakeFixture): void {
  test('a display speaks RFB from its first word', async () => {
    const { connection, refs } = await setUp(makeFixture)
    const { channel } = await connection.openConsole(refs.running, DISPLAY, {})
    const first = await channel.read()
    expect(Buffer.from(first ?? []).toString('latin1')).toMatch(/^RFB 003\.00[378]\n$/)
    channel.close()
    expect(await channel.read()).toBeNull()
  })
}

export function addedDisplayTests(makeFixture: MakeFixture): void {
  test('a VNC display is added once, to what the next start reads, and can be opened then', async () => {
    const { act, connection, withoutVnc } = await setUp(makeFixture)
    const ref = (await withoutVnc?.()) ?? ''
    const displays = async () => (await connection.consoles(ref, {})).filter(({ kind, label }) => kind === 'vnc' && label === 'VNC')
    const action = { action: 'addDisplay' } as const
    expect(await displays()).toEqual([])
    const baseline = await connection.baseline(ref, action, {})
    expect(await connection.probe(ref, action, baseline, {})).toBe('not-done')
    await act(ref, action)
    expect(await connection.probe(ref, action, baseline, {})).toBe('done')
    const [waits, ...more] = await displays()
    expect(more).toEqual([])
    expect(waits?.reason?.code).toBe('console.after-start')
    const request = { kind: 'vnc', index: waits?.index ?? -1, takeOver: false } as const
    await failure(connection.openConsole(ref, request, {}), 'precondition', 'console.after-start')
    const { xml, inactiveXml } = await connection.detail(ref, {})
    expect([xml, inactiveXml].map((each) => /<graphics type='vnc'/.test(each ?? ''))).toEqual([false, true])
    expect(inactiveXml).toMatch(/<video>/)
    await act(ref, action)
    expect(await displays()).toEqual([waits])
    await act(ref, { action: 'powerOff' })
    expect((await displays()).map(({ reason }) => reason?.code)).toEqual(['console.not-running'])
    await act(ref, { action: 'start' })
    expect((await displays()).map(({ reason }) => reason)).toEqual([null])
    expect((await connection.detail(ref, {})).xml.match(/<graphics type='vnc'/g)).toHaveLength(1)
  })
}
