import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { _electron } from '@playwright/test'
import { electronBinary } from '../../scripts/peers.mjs'
import type { LaunchOptions, ShellApp, ShellDriver } from './shell-app.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const ORIGIN = 'app://novacron'
const QUIT_MS = 15_000

function binary(): string {
  const path = electronBinary({ platform: process.platform, env: process.env })
  if (path === undefined) throw new Error('no Electron binary')
  return path
}

function command({ dataDirectory, args = [], locale }: LaunchOptions) {
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return {
    executablePath: binary(),
    args: [...sandbox, ...(locale ? [`--lang=${locale}`] : []), ROOT, ...args],
    env: { ...(process.env as Record<string, string>), NOVACRON_DATA: dataDirectory },
  }
}

/** The real thing, through Playwright. Runs wherever Electron's binary is present. */
export const electronDriver: ShellDriver = {
  label: 'Electron',
  needs: 'electron',
  async launch(options): Promise<ShellApp> {
    const app = await _electron.launch(command(options))
    const child = app.process()
    const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
    return {
      evaluate: (run, arg) => app.evaluate(run as never, arg as never),
      pages: () => app.windows().filter((page) => page.url().startsWith(`${ORIGIN}/`)),
      pathOf: (page) => page.url().slice(ORIGIN.length),
      exited,
      quit: async () => {
        await app
          .evaluate(({ app: electronApp }) => electronApp.quit())
          .catch(() => {
            // it may be gone before it answers
          })
      },
      kill: async () => {
        const timer = setTimeout(() => child.kill('SIGKILL'), QUIT_MS)
        if (child.exitCode === null) child.kill('SIGKILL')
        await exited
        clearTimeout(timer)
      },
    }
  },
  async launchAgain(options) {
    const { executablePath, args, env } = command(options)
    const child = spawn(executablePath, args, { env, stdio: 'ignore' })
    return new Promise((resolve) => child.once('exit', (code) => resolve(code)))
  },
}
