import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock, ProviderPorts } from '../../provider.ts'

/** The process's own time. */
export const wallClock: Clock = {
  nowMs: () => Date.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms)
    return () => clearTimeout(timer)
  },
  random: () => Math.random(),
}

const silent = () => undefined

/** Ports with a folder of their own; `dispose` removes it. */
export async function testPorts(): Promise<ProviderPorts & { dispose(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'nc-lv-'))
  return {
    clock: wallClock,
    log: { debug: silent, info: silent, warn: silent, error: silent },
    dataDirectory: join(folder, 'data'),
    homeDirectory: join(folder, 'home'),
    dispose: () => rm(folder, { recursive: true, force: true }),
  }
}
