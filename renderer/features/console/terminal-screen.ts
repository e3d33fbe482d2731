import '@xterm/xterm/css/xterm.css'
import { FitAddon } from '@xterm/addon-fit'
import { Terminal } from '@xterm/xterm'
import type { ConsoleControl, TerminalSize } from '../../../shared/model/index.ts'
import { CHANNEL_OPEN, type EngineChannel } from '../../lib/api/index.ts'
import { afterSeen, SeenTail } from './seen-tail.ts'
import { withStyleSheets } from './style-sheets.ts'
import { terminalFont, terminalTheme } from './terminal-theme.ts'

/** Hears what is shown and typed, in the order of it. */
export interface TerminalTap {
  readonly shown: (bytes: Uint8Array) => void
  readonly typed: (bytes: Uint8Array) => void
  readonly resized: (size: TerminalSize) => void
  /** It goes on over another channel. */
  readonly attached: () => void
}

export interface TerminalScreenOptions {
  /** Its machine has a terminal for it alone, which takes its size, and whose questions are all for it. */
  readonly own: boolean
  /** Its port only tells: nothing is sent there, as the first key would end it. */
  readonly readOnly?: boolean
  readonly onSelection: (selected: boolean) => void
  readonly onSize?: ((size: TerminalSize) => void) | undefined
  /** Worded already: stands between the old text and the new where some may be missing. */
  readonly gapText: () => string
}

/** Out of the alternate screen, the mouse and bracketed paste off, the cursor shown. */
const LEAVE_MODES = '\x1b[?1049l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?2004l\x1b[?1l\x1b[?25h'
const SCROLLBACK_LINES = 5_000
const FONT_PX = 13
/** What may wait for the terminal. A machine that writes faster is let go and opened again: the engine keeps the last part. */
const MOST_PENDING_BYTES = 8 * 1024 * 1024

/** The text of a serial port or a shell, over one channel after the other. It stays, and goes on where it was. */
export class TerminalScreen {
  readonly #terminal: Terminal
  readonly #fit = new FitAddon()
  readonly #options: TerminalScreenOptions
  readonly #observers: { disconnect(): void }[] = []
  readonly #tail = new SeenTail()
  #tap: TerminalTap | null = null
  #channel: EngineChannel | null = null
  #pending = 0
  #replaying = false
  #disposed = false

  constructor(box: HTMLElement, label: string, options: TerminalScreenOptions) {
    this.#options = options
    const terminal = new Terminal({
      scrollback: SCROLLBACK_LINES,
      fontFamily: terminalFont(),
      fontSize: FONT_PX,
      lineHeight: 1.2,
      cursorBlink: false,
      theme: terminalTheme(),
      screenReaderMode: true,
      disableStdin: true,
    })
    this.#terminal = terminal
    terminal.loadAddon(this.#fit)
    withStyleSheets(() => terminal.open(box))
    terminal.textarea?.setAttribute('aria-label', label)
    terminal.onData((text) => this.#send(new TextEncoder().encode(text)))
    terminal.onBinary((text) => this.#send(Uint8Array.from(text, (one) => one.charCodeAt(0))))
    terminal.onSelectionChange(() => options.onSelection(terminal.hasSelection()))
    terminal.onResize(() => this.#resized())
    if (!options.own) this.#keepQuiet()
    // a cursor says that something can be typed
    if (options.readOnly === true) terminal.write('\x1b[?25l')
    this.#follow(box)
  }

  get size(): TerminalSize {
    return { columns: this.#terminal.cols, rows: this.#terminal.rows }
  }

  /** One who listens along, until the answer is called. */
  listen(tap: TerminalTap): () => void {
    this.#tap = tap
    return () => {
      if (this.#tap === tap) this.#tap = null
    }
  }

  attach(channel: EngineChannel): void {
    this.#channel = channel
    this.#tap?.attached()
    this.#tellSize()
    this.#terminal.options.disableStdin = this.#options.readOnly === true
    const gap = this.#options.gapText()
    let first = true
    channel.addEventListener('message', ({ data }: MessageEvent<ArrayBuffer>) => {
      const bytes = new Uint8Array(data)
      if (first) this.#resume(bytes, gap)
      else this.#write(bytes)
      first = false
    })
    channel.addEventListener('close', () => {
      if (this.#channel !== channel) return
      this.#channel = null
      // what is pasted now goes nowhere; keys are counted by the stage
      if (!this.#disposed) this.#terminal.options.disableStdin = true
    })
  }

  /** As a terminal pastes: with the line ends and the brackets that the guest asked for. */
  paste(text: string): void {
    this.#terminal.paste(text)
  }

  selection(): string {
    return this.#terminal.getSelection()
  }

  focus(): void {
    this.#terminal.focus()
  }

  dispose(): void {
    this.#disposed = true
    for (const observer of this.#observers) observer.disconnect()
    this.#channel = null
    this.#terminal.dispose()
  }

  #send(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#channel?.readyState !== CHANNEL_OPEN || this.#options.readOnly === true) return
    this.#tap?.typed(bytes)
    this.#channel.send(bytes)
  }

  #resized(): void {
    this.#options.onSize?.(this.size)
    this.#tap?.resized(this.size)
    this.#tellSize()
  }

  #tellSize(): void {
    if (!this.#options.own || this.#channel?.readyState !== CHANNEL_OPEN) return
    const control: ConsoleControl = { resize: [this.size.columns, this.size.rows] }
    this.#channel.send(JSON.stringify(control))
  }

  /** The first piece of a new channel may be what the engine kept: most of it stands here already. */
  #resume(bytes: Uint8Array, gap: string): void {
    const rest = this.#options.own ? null : afterSeen(this.#tail.bytes, bytes)
    // another shell is asked for the modes it wants, and not given those of the one that is gone
    const before = this.#options.own ? LEAVE_MODES : ''
    if (!rest && this.#tail.bytes.length > 0) this.#terminal.write(`${before}\r\n\x1b[0;2m${gap}\x1b[0m\r\n`)
    this.#replaying = true
    this.#write(rest ?? bytes, () => {
      this.#replaying = false
    })
  }

  #write(bytes: Uint8Array, done?: () => void): void {
    this.#tap?.shown(bytes)
    this.#tail.add(bytes)
    this.#pending += bytes.length
    this.#terminal.write(bytes, () => {
      this.#pending -= bytes.length
      done?.()
    })
    if (this.#pending > MOST_PENDING_BYTES) this.#channel?.close()
  }

  /**
   * Programs ask terminals where the cursor is and what they are (busybox' shell does at each prompt). Of several windows on one port
   * only the one somebody sits at may answer, and none to a question of the past: the shell would take the rest for typing.
   */
  #keepQuiet(): void {
    const swallow = () => this.#replaying || !document.hasFocus()
    const { parser } = this.#terminal
    for (const id of [{ final: 'n' }, { prefix: '?', final: 'n' }, { final: 'c' }, { prefix: '>', final: 'c' }]) {
      parser.registerCsiHandler(id, swallow)
    }
  }

  #follow(box: HTMLElement): void {
    const sizes = new ResizeObserver(() => this.#fit.fit())
    sizes.observe(box)
    const themes = new MutationObserver(() => {
      this.#terminal.options.theme = terminalTheme()
    })
    themes.observe(document.documentElement, { attributes: true, attributeFilter: ['class'] })
    this.#observers.push(sizes, themes)
    // measured anew once the font is there: until then another one was
    void document.fonts?.load(`${FONT_PX}px ${terminalFont()}`).then(() => {
      if (this.#disposed) return
      this.#terminal.options.fontFamily = `${terminalFont()}, monospace`
      this.#fit.fit()
    })
  }
}
