import { startAwsCloud } from '../../../e2e/lab/clouds/aws/index.ts'
import { type ConformanceFixture, runProviderConformance } from '../conformance/index.ts'
import { linkTest, wallClock } from './testing/account.ts'

const REGIONS = ['eu-central-1', 'us-east-1']
const CHANGES = /^(Start|Stop|Reboot|Terminate|Modify|Create|Delete)/

async function makeFixture(): Promise<ConformanceFixture> {
  const cloud = await startAwsCloud({ machines: 24, regions: 2, transitionMs: 150 })
  const open = () => linkTest(cloud, { regions: REGIONS })
  let undelay: (() => void) | null = null
  return {
    connection: await open(),
    clock: wallClock,
    refs: { running: cloud.world.runningRef, stopped: cloud.world.stoppedRef },
    open,
    dispose: () => cloud.stop(),
    cutLink: () => void cloud.cut(),
    loseNextReply: () => void cloud.faults.add({ operation: CHANGES, times: 1, fault: { do: 'lose-reply' } }),
    delayReplies: (ms) => {
      undelay?.()
      undelay = ms === 0 ? null : cloud.faults.add({ fault: { do: 'delay', ms } })
    },
    revoke: () => {
      const key = cloud.keys.get(cloud.credentials.accessKeyId)
      if (key) key.disabled = true
    },
    placeDown: (place) =>
      cloud.faults.add({ place, fault: { do: 'error', status: 500, code: 'InternalError', message: 'An internal error has occurred' } }),
    // of the second page, whatever is tried again
    halfList: () => {
      cloud.world.pageSize = 4
      cloud.faults.add({ operation: 'DescribeInstances', place: 'eu-central-1', after: 1, times: 3, fault: { do: 'half-reply' } })
    },
    throttle: () => cloud.faults.add({ fault: { do: 'throttle' } }),
  }
}

runProviderConformance('AWS', makeFixture, {
  isCloud: true,
  guestListens: true,
  cutLink: true,
  loseReplies: true,
  delayReplies: true,
  lacks: ['suspend', 'resume', 'reset', 'setAutostart', 'addDisplay', 'discardSave', 'deallocate'],
  tags: ['env=prod', 'team=Jürgen 🚚', 'solo'],
  codes: { wrongState: 'machine.wrong-state', notFound: 'machine.not-found' },
})
