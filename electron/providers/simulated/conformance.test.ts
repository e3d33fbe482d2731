import { type ConformanceFixture, runProviderConformance } from '../conformance/index.ts'
import { displayOf } from './consoles/displays.ts'
import { createPeer, type Peer } from './testing/peer.ts'

function refsIn(peer: Peer): ConformanceFixture['refs'] {
  const machines = peer.controls.machines().filter(({ facts }) => facts.persistent && facts.attention === null)
  const stubborn = machines.find(({ ref, facts }) => facts.state === 'running' && peer.controls.isStubborn(ref))
  for (const stopped of machines.filter(({ facts }) => facts.state === 'stopped')) {
    const neighbours = machines.filter(
      ({ ref, facts }) => facts.state === 'running' && facts.hostRef === stopped.facts.hostRef && !peer.controls.isStubborn(ref),
    )
    const running = neighbours.find((each) => displayOf(each)?.type === 'vnc')
    if (running && stubborn) return { stopped: stopped.ref, running: running.ref, stubborn: stubborn.ref }
  }
  throw new Error('The seed gives no host with both')
}

async function makeFixture(): Promise<ConformanceFixture> {
  const peer = createPeer({ site: 'Gdańsk DC', hosts: 3, machines: 60, seed: 3, latencyMs: 2, jitterMs: 1, stubbornShare: 0.1 })
  const refs = refsIn(peer)
  for (const hostRef of peer.controls.hostRefs()) peer.controls.fillPool(hostRef, 'nvme', 8 * 1_048_576)
  return {
    clock: peer.clock,
    connection: await peer.connect(),
    refs,
    withShell: () =>
      Promise.resolve({
        ref: refs.running,
        logIn: [
          { type: 'root\r', shows: 'Password: ' },
          { type: 'any\r', shows: '# ' },
        ],
      }),
    ground: { pool: 'default', network: 'prod', smallPool: 'nvme' },
    withoutVnc: () => {
      const found = peer.controls
        .machines()
        .find((each) => each.facts.persistent && each.facts.state === 'running' && displayOf(each)?.type !== 'vnc')
      if (!found) throw new Error('The seed gives no machine without VNC')
      return Promise.resolve(found.ref)
    },
    open: () => peer.connect(),
    dispose: () => Promise.resolve(peer.clock.stop()),
    cutLink: () => peer.controls.cutLink(),
    loseNextReply: () => peer.controls.dropReplies(1),
    cutDeletion: () => peer.controls.cutNextDeletion(),
    delayReplies: (ms) => peer.controls.delayReplies(ms),
  }
}

runProviderConformance('The simulated fleet', makeFixture, {
  guestListens: true,
  ignoresShutdown: true,
  managedSave: true,
  cutLink: true,
  loseReplies: true,
  cutDeletion: true,
  delayReplies: true,
  serialShell: true,
  display: true,
  volumes: true,
  pools: true,
  builds: true,
  networks: true,
  addsDisplays: true,
  codes: { wrongState: 'machine.wrong-state', notFound: 'machine.not-found', nameTaken: 'machine.name-taken' },
})
