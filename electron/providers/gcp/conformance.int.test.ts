import { type ConformanceFixture, runProviderConformance } from '../conformance/index.ts'
import { startAccount, wallClock } from './testing/account.ts'

const CHANGES = /^compute\.instances\.(?:start|stop|suspend|resume|reset|setLabels|setMachineType|setDeletionProtection|delete)$/

async function makeFixture(): Promise<ConformanceFixture> {
  const { cloud, open } = await startAccount()
  const { faults, world, tokens } = cloud
  let undelay: () => void = () => undefined
  return {
    connection: await open(),
    clock: wallClock,
    refs: { running: world.running.ref, stopped: world.stopped.ref },
    open,
    dispose: () => cloud.stop(),
    cutLink: () => cloud.cut(),
    loseNextReply: () => void faults.add({ operation: CHANGES, fault: { do: 'lose-reply' }, times: 1 }),
    delayReplies: (ms) => {
      undelay()
      undelay = faults.add({ fault: { do: 'delay', ms } })
    },
    revoke: () => tokens.revokeAll(),
    placeDown: (place) =>
      faults.add({ place, fault: { do: 'error', status: 503, code: 'backendError', message: 'Internal error. Please try again.' } }),
    halfList: () => {
      world.pageLimit = 3
      const { project: place } = world.running
      faults.add({ operation: 'compute.instances.aggregatedList', place, after: 1, times: 1, fault: { do: 'half-reply' } })
    },
    throttle: () => faults.add({ fault: { do: 'throttle' } }),
  }
}

runProviderConformance('Google Cloud', makeFixture, {
  isCloud: true,
  guestListens: false,
  cutLink: true,
  loseReplies: true,
  delayReplies: true,
  lacks: ['reboot', 'suspend', 'resume', 'discardSave', 'setAutostart', 'rename', 'addDisplay', 'deallocate'],
  tags: ['env=prod', 'team=data', 'größe=l'],
  codes: { wrongState: 'machine.wrong-state', notFound: 'machine.not-found' },
})
