import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lab, type LabHost, startLab } from '../../../../e2e/lab/lab.ts'
import { requirePeer } from '../../../../e2e/lab/requires.ts'
import type { ProviderPorts } from '../../provider.ts'
import { testPorts } from '../testing/ports.ts'
import { keeperOn } from './testing/lab-keeper.ts'
import { LabWalk } from './testing/lab-walk.ts'

/** Chosen once; a failure names the one it came from, and it alone can be run again. */
const SEEDS = [11, 37, 58]
const STEPS = 10

describe.skipIf(!requirePeer('libvirtd').ok)('random sequences on a real host', () => {
  let lab: Lab
  let host: LabHost
  let ports: ProviderPorts & { dispose(): Promise<void> }

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a'], prefix: 'sq' })
    host = lab.host('a')
    ports = await testPorts()
  })
  afterAll(async () => {
    await lab.stop()
    await ports.dispose()
  })

  test.each(SEEDS)(
    'seed %d: what was written before each snapshot is there after everything that is allowed',
    { timeout: 60_000 },
    async (seed) => {
      const { keeper } = await keeperOn(host, ports)
      const walk = new LabWalk(host, await host.defineGuest({ name: `walk-${seed}`, boots: false, diskMiB: 16 }), keeper, seed)
      try {
        for (let step = 0; step < STEPS; step += 1) await walk.step()
        await walk.check()
      } catch (thrown) {
        throw new Error(`seed ${seed}:\n${walk.done.join('\n')}`, { cause: thrown })
      }
      expect(walk.done.length).toBe(STEPS)
    },
  )
})
