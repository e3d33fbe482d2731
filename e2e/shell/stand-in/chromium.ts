import { spawn } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { Cdp } from './cdp.ts'

export interface Browser {
  readonly cdp: Cdp
  /** Where a test connects as a second client. */
  readonly endpoint: string
  readonly close: () => Promise<void>
}

const PORT_FILE = 'DevToolsActivePort'
const PORT_FILE_MS = 120_000
const ARGS = [
  '--headless=new',
  '--remote-debugging-pipe',
  '--remote-debugging-port=0',
  '--no-first-run',
  '--no-default-browser-check',
  '--no-pings',
  '--no-startup-window',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-dev-shm-usage',
  '--disable-domain-reliability',
  '--disable-sync',
  '--disable-popup-blocking',
  '--hide-crash-restore-bubble',
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
]

/** Chromium with a profile folder of its own, kept off the network. It ends with this process, however that ends. */
export async function launchChromium(profile: string): Promise<Browser> {
  // of the run before: its port is nobody's by now
  await rm(join(profile, PORT_FILE), { force: true })
  const args = [...ARGS, `--user-data-dir=${profile}`, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])]
  const child = spawn(process.env['CHROMIUM'] ?? '/usr/bin/chromium', args, { stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] })
  let errors = ''
  child.stderr?.on('data', (data: Buffer) => {
    errors = (errors + data.toString()).slice(-4_000)
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const cdp = new Cdp(child.stdio[4] as Readable, child.stdio[3] as Writable)
  await cdp.send('', 'Browser.getVersion', {}).catch((cause: unknown) => {
    throw new Error(`Chromium did not start:\n${errors}`, { cause })
  })
  return {
    cdp,
    endpoint: await endpointIn(profile),
    close: async () => {
      await cdp.send('', 'Browser.close', {}).catch(() => {
        // it is on its way already
      })
      await exited
    },
  }
}

async function endpointIn(profile: string): Promise<string> {
  const deadline = Date.now() + PORT_FILE_MS
  for (;;) {
    const text = await readFile(join(profile, PORT_FILE), 'utf8').catch(() => '')
    const [port, path] = text.split('\n')
    if (port && path) return `ws://127.0.0.1:${port}${path.trim()}`
    if (Date.now() > deadline) throw new Error(`no ${PORT_FILE} in ${profile}`)
    await delay(20)
  }
}
