import { test as base } from '@playwright/test'
import { type Lab, type LabHost, startLab } from '../lab/lab.ts'
import { requirePeer, skipReason } from '../lab/requires.ts'
import { type Server, startServer } from './server.ts'

const chromium = requirePeer('chromium')
const libvirtd = requirePeer('libvirtd')

/** A lab of one host, and a console that knows nothing of it yet. */
export interface HostPlace {
  readonly lab: Lab
  readonly host: LabHost
  readonly server: Server
}

/**
 * Tests of the built product beside a real host, one for all tests of a file. `prepare` puts onto the host what they find there, and answers
 * what they want to know of it. All of that is done before the browser starts: Chromium breaks off its requests when the network changes.
 */
export function testOnHost<Found extends object>(prepare: (host: LabHost) => Promise<Found>) {
  const test = base.extend<object, { readonly place: HostPlace & Found }>({
    place: [
      // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from this pattern
      async ({}, use) => {
        const lab = await startLab({ hosts: ['a'] })
        const host = lab.host('a')
        const found = await prepare(host)
        const server = await startServer()
        await use({ lab, host, server, ...found })
        await server.stop()
        await lab.stop()
      },
      { scope: 'worker', auto: true, timeout: 300_000 },
    ],
  })
  test.skip(!chromium.ok, skipReason(chromium))
  test.skip(!libvirtd.ok, skipReason(libvirtd))
  return test
}
