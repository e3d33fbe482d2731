import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { chromium } from '@playwright/test'
import type { LaunchOptions, ShellApp, ShellDriver } from './shell-app.ts'
import type { ControlMessage } from './stand-in/control.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const REGISTER = new URL('./stand-in/register.ts', import.meta.url).href
const ORIGIN = 'https://app--novacron.stand-in.invalid'
const START_MS = 120_000

function start({ dataDirectory, args = [], locale = 'en-US' }: LaunchOptions): { child: ChildProcess; output: () => string } {
  const env = { ...process.env, NOVACRON_DATA: dataDirectory, STAND_IN_LOCALE: locale }
  const child = spawn(process.execPath, ['--import', REGISTER, 'out/main/index.js', ...args], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let output = ''
  const collect = (data: Buffer): void => {
    output += data.toString()
  }
  child.stdout?.on('data', collect)
  child.stderr?.on('data', collect)
  return { child, output: () => output }
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)))
}

function whenReady(child: ChildProcess, output: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ready in ${START_MS} ms:\n${output()}`)), START_MS)
    child.on('message', (message: ControlMessage) => {
      if (message.type !== 'ready') return
      clearTimeout(timer)
      resolve(message.endpoint)
    })
    child.once('exit', (code) => {
      clearTimeout(timer)
      reject(new Error(`ended with ${code} before it was ready:\n${output()}`))
    })
  })
}

/** Questions to the main process, each answered once, or failed when the process ends. */
function control(child: ChildProcess, output: () => string): ShellApp['evaluate'] {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  let last = 0
  child.on('message', (message: ControlMessage) => {
    if (message.type !== 'answer') return
    const asked = waiting.get(message.id)
    waiting.delete(message.id)
    if (message.error === undefined) asked?.resolve(message.value)
    else asked?.reject(new Error(message.error))
  })
  child.once('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error(`the main process is gone:\n${output()}`))
  })
  return (run, arg) =>
    new Promise((resolve, reject) => {
      const id = ++last
      waiting.set(id, { resolve: resolve as (value: unknown) => void, reject })
      child.send({ id, source: run.toString(), arg }, (error) => error && reject(error))
    })
}

/** The built main process in plain Node, its windows in Chromium. See docs/SHELL.md. */
export const standInDriver: ShellDriver = {
  label: 'stand-in',
  needs: 'chromium',
  async launch(options): Promise<ShellApp> {
    const { child, output } = start(options)
    const exited = exitOf(child)
    const evaluate = control(child, output)
    const browser = await chromium.connectOverCDP(await whenReady(child, output))
    const pages = () => browser.contexts().flatMap((context) => context.pages())
    return {
      evaluate,
      pages: () => pages().filter((page) => page.url().startsWith(`${ORIGIN}/`)),
      pathOf: (page) => page.url().slice(ORIGIN.length),
      exited,
      quit: async () => {
        await evaluate(({ app }) => app.quit(), null).catch(() => {
          // it may be gone before it answers
        })
      },
      kill: async () => {
        if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
        await exited
        // Chromium goes with its parent, a moment later: until then it writes into the data folder
        if (browser.isConnected()) await new Promise<void>((resolve) => browser.once('disconnected', () => resolve()))
      },
    }
  },
  async launchAgain(options) {
    return exitOf(start(options).child)
  },
}
