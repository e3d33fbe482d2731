import type { LibvirtClient } from '../client.ts'
import { type ConnectOptions, connectLibvirt } from '../connect.ts'
import type { DomainRef } from '../wire/generated/types.ts'
import { FakeClock } from './fake-clock.ts'
import { FakeDaemon } from './fake-daemon.ts'

/** A client connected to a fake daemon, with a clock that stands still. */
export async function connectFake(
  options: Partial<ConnectOptions> = {},
  daemon = new FakeDaemon(),
): Promise<{ readonly client: LibvirtClient; readonly daemon: FakeDaemon; readonly clock: FakeClock }> {
  const clock = new FakeClock()
  const client = await connectLibvirt({ stream: daemon.stream, uri: 'qemu:///system', clock, ...options })
  return { client, daemon, clock }
}

/** A domain to call things on. */
export function fakeDomain(index = 1): DomainRef {
  return { name: `vm-${index}`, uuid: `00000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`, id: index }
}

/** What a promise rejected with; fails when it did not. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('nothing was rejected')
}
