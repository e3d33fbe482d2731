import type { TerminalSize } from '../../../../shared/model/index.ts'
import { greetingOf } from './boot-messages.ts'
import { loadPicture, runCommand } from './commands.ts'
import type { GuestView } from './guest-view.ts'
import { type Edited, LineEditor } from './line-editor.ts'

export interface ShellOptions {
  readonly guest: GuestView
  /** Text for the terminal, with \r\n. */
  readonly write: (text: string) => void
  /** The world's own action; rejects with what it refuses. */
  readonly act: (action: 'reboot' | 'poweroff') => Promise<void>
  /** In real time; the answer cancels it. */
  readonly after: (delayMs: number, run: () => void) => () => void
  /** Who leaves is not asked to log in again: it is over. */
  readonly onLogout?: () => void
}

type Mode = 'silent' | 'login' | 'password' | 'shell' | 'load'

const LOAD_EVERY_MS = 1_000

/** The login and the small shell of a simulated guest. It waits silently until `greet`. */
export class Shell {
  readonly #options: ShellOptions
  readonly #editor: LineEditor
  #mode: Mode = 'silent'
  #user = ''
  /** A serial line tells none, so that programs take what terminals once had. */
  #size: TerminalSize = { columns: 80, rows: 24 }
  #cancelLoad: (() => void) | null = null

  constructor(options: ShellOptions) {
    this.#options = options
    this.#editor = new LineEditor({ write: options.write, prompt: () => this.#prompt(), onEdit: (edited) => this.#edited(edited) })
  }

  /** The machine has booted: anybody may log in. */
  greet(): void {
    this.#enter('login')
    this.#options.write(greetingOf(this.#options.guest) + this.#prompt())
  }

  /** Somebody has proven who they are elsewhere. */
  welcome(user: string): void {
    this.#user = user
    this.#enter('shell')
    this.#options.write(`${this.#welcome()}${this.#prompt()}`)
  }

  /** Its terminal has another size now. */
  resize(size: TerminalSize): void {
    this.#size = size
  }

  /** Nobody answers from now on: the machine boots or goes down. */
  silence(): void {
    this.#enter('silent')
  }

  /** What somebody who has just sat down is shown: where things stand. */
  standing(): string {
    if (this.#mode === 'silent' || this.#mode === 'load') return ''
    const above = this.#mode === 'login' ? greetingOf(this.#options.guest) : '\r\n'
    return above + this.#prompt() + this.#editor.shown
  }

  /** Keys as a terminal sends them. */
  type(text: string): void {
    for (const character of text) {
      if (this.#mode === 'load') this.#keyWhileLoad(character)
      else if (this.#mode !== 'silent') this.#editor.type(character)
    }
  }

  #prompt(): string {
    const { hostname } = this.#options.guest
    if (this.#mode === 'login') return `${hostname} login: `
    if (this.#mode === 'password') return 'Password: '
    return this.#mode === 'shell' ? `\u001b[1;32m${this.#user}@${hostname}\u001b[0m:~${this.#user === 'root' ? '#' : '$'} ` : ''
  }

  #welcome(): string {
    return `Welcome to ${this.#options.guest.os}. \`help\` lists the commands.\r\n`
  }

  #enter(mode: Mode): void {
    this.#cancelLoad?.()
    this.#cancelLoad = null
    this.#mode = mode
    this.#editor.clear()
    this.#editor.hidden = mode === 'password'
    this.#editor.remembers = mode === 'shell'
  }

  #edited(edited: Edited): void {
    const { write } = this.#options
    if (this.#mode === 'shell') {
      if (edited === 'end') this.#logout('logout\r\n')
      else if (edited === 'interrupt') write(this.#prompt())
      else this.#run(edited.line)
      return
    }
    const line = typeof edited === 'object' ? edited.line : null
    if (this.#mode === 'password' && line !== null) {
      this.#enter('shell')
      write(this.#welcome())
    } else if (this.#mode === 'login' && line !== null && line.trim() !== '') {
      this.#user = line.trim().slice(0, 32)
      this.#enter('password')
    } else {
      this.#enter('login')
    }
    write(this.#prompt())
  }

  #run(line: string): void {
    const { guest, write, act } = this.#options
    let leaves = false
    const output = runCommand(
      {
        guest,
        user: this.#user,
        size: this.#size,
        exit: () => {
          leaves = true
        },
        act: (action) => {
          act(action).catch((error: unknown) =>
            write(`\r\n${action}: ${error instanceof Error ? error.message : String(error)}\r\n${this.#prompt()}`),
          )
        },
        watchLoad: () => this.#watchLoad(),
      },
      line,
    ).replaceAll('\n', '\r\n')
    if (leaves) this.#logout(output)
    else write(output + this.#prompt())
  }

  #logout(output: string): void {
    this.#options.write(output)
    if (this.#options.onLogout) this.#options.onLogout()
    else this.greet()
  }

  #watchLoad(): void {
    this.#enter('load')
    const draw = () => {
      this.#options.write(`\u001b[?25l\u001b[H\u001b[2J${loadPicture(this.#options.guest).replaceAll('\n', '\r\n')}`)
      this.#cancelLoad = this.#options.after(LOAD_EVERY_MS, draw)
    }
    draw()
  }

  #keyWhileLoad(character: string): void {
    if (character !== 'q' && character !== '\u0003') return
    this.#enter('shell')
    this.#options.write(`\u001b[?25h\r\n${this.#prompt()}`)
  }
}
