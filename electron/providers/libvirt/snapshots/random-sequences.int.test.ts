import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lab, type LabHost, startLab } from '../../../../e2e/lab/lab.ts'
import { requirePeer } from '../../../../e2e/lab/requires.ts'
import type { ProviderPorts } from '../../provider.ts'
import { testPorts } from '../testing/ports.ts'
import { keeperOn } from './testing/lab-keeper.ts'
import { LabWalk, OFF } from './testing/lab-walk.ts'

/** Chosen once; a failure names the one it came from, and it alone can be run again. */
const SEEDS = [
  { seed: 11, hides: false },
  { seed: 37, hides: false },
  { seed: 58, hides: true },
  { seed: 75, hides: true },
]
const STEPS = 10

describe.skipIf(!requirePeer('libvirtd').ok)('random sequences on a real host', () => {
  let lab: Lab
  let host: LabHost
  let ports: ProviderPorts & { dispose(): Promise<void> }

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a'], prefix: 'sq' })
    host = lab.host('a')
    ports = await testPorts()
    await host.exec(`mkdir -p ${OFF}`)
    await host.virsh(['pool-define-as', 'off', 'dir', '--target', OFF])
  })
  afterAll(async () => {
    await lab.stop()
    await ports.dispose()
  })

  test.each(SEEDS)(
    'seed $seed, images where libvirt does not look: $hides; what was written before each snapshot is there after everything that is allowed',
    async ({ seed, hides }) => {
      const { keeper } = await keeperOn(host, ports)
      const walk = new LabWalk(host, await host.defineGuest({ name: `walk-${seed}`, boots: false, diskMiB: 16 }), keeper, { seed, hides })
      try {
        for (let step = 0; step < STEPS; step += 1) await walk.step()
        await walk.check()
      } catch (thrown) {
        throw new Error(`seed ${seed}:\n${walk.done.join('\n')}`, { cause: thrown })
      }
      expect([walk.done.length - walk.hidden, walk.hidden > 0]).toEqual([STEPS, hides])
    },
  )
})
