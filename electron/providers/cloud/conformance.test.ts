import { type ConformanceFixture, runProviderConformance } from '../conformance/index.ts'
import { createRacingClock } from '../simulated/testing/racing-clock.ts'
import { CloudLink } from './link.ts'
import { FakeCloud, fakeApi } from './testing/fake-cloud.ts'

const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

function makeFixture(): Promise<ConformanceFixture> {
  const clock = createRacingClock()
  const cloud = new FakeCloud(clock)
  const open = () =>
    Promise.resolve(new CloudLink(fakeApi(cloud), { clock, log: SILENT, dataDirectory: '/nowhere', homeDirectory: '/nowhere' }))
  return open().then((connection) => ({
    connection,
    clock,
    refs: { running: 'north/0', stopped: 'north/1' },
    open,
    dispose: () => Promise.resolve(clock.stop()),
    cutLink: () => {
      cloud.cut = true
    },
    loseNextReply: () => {
      cloud.losesNextReply = true
    },
    delayReplies: (ms) => {
      cloud.latencyMs = ms
    },
    revoke: () => {
      cloud.revoked = true
    },
    placeDown: (hostRef) => {
      cloud.down.add(hostRef)
      return () => void cloud.down.delete(hostRef)
    },
    halfList: () => {
      cloud.halvesNextList = true
    },
    throttle: () => {
      cloud.throttled = true
      return () => {
        cloud.throttled = false
      }
    },
  }))
}

runProviderConformance('The common link of clouds', makeFixture, {
  isCloud: true,
  guestListens: true,
  cutLink: true,
  loseReplies: true,
  delayReplies: true,
  lacks: ['suspend', 'resume', 'reset', 'setAutostart', 'addDisplay', 'managedSave', 'restore', 'discardSave', 'deallocate'],
  codes: { wrongState: 'machine.wrong-state', notFound: 'machine.not-found' },
})
