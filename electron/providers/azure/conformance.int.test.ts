import { type ConformanceFixture, runProviderConformance } from '../conformance/index.ts'
import { startBench, wallClock } from './testing/azure-bench.ts'

/** Operations that change a machine's power. */
const ACTS = /^VirtualMachines_(Start|PowerOff|Deallocate|Restart)$/

async function makeFixture(): Promise<ConformanceFixture> {
  const bench = await startBench({ machines: 8 })
  const { cloud } = bench
  const { faults, world } = cloud
  return {
    connection: await bench.link(),
    clock: wallClock,
    refs: { running: world.running, stopped: world.off },
    open: () => bench.link(),
    dispose: () => bench.stop(),
    cutLink: () => cloud.cut(),
    loseNextReply: () => void faults.add({ operation: ACTS, times: 1, fault: { do: 'lose-reply' } }),
    delayReplies: (ms) => {
      faults.clear()
      if (ms > 0) faults.add({ fault: { do: 'delay', ms } })
    },
    revoke: () => {
      faults.add({ fault: { do: 'revoke' } })
    },
    placeDown: (place) => faults.add({ place, fault: { do: 'reset' } }),
    halfList: () => {
      cloud.settings.pageSize = 2
      const fault = { do: 'error', status: 500, code: 'InternalServerError', message: 'Encountered an internal error.' } as const
      faults.add({ operation: 'VirtualMachines_ListAll', after: 1, times: 2, fault })
    },
    throttle: () => faults.add({ fault: { do: 'throttle', retryAfterS: 2 } }),
  }
}

runProviderConformance('A loopback Azure', makeFixture, {
  isCloud: true,
  guestListens: true,
  cutLink: true,
  loseReplies: true,
  delayReplies: true,
  lacks: ['rename', 'suspend', 'resume', 'reset', 'setAutostart', 'addDisplay'],
  // Azure has no time of a machine's start: of one that ran before the console looked, it is not known
  tellsLives: false,
  tags: ['env=prod', 'with space=and = more', 'ünï-🚚=🚚🌙', `"quoted"=& 'single'`],
  codes: { wrongState: 'machine.wrong-state', notFound: 'machine.not-found' },
})
