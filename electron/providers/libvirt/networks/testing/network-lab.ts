import { randomUUID } from 'node:crypto'
import { onTestFinished } from 'vitest'
import type { LabHost } from '../../../../../e2e/lab/lab.ts'
import { isAppError } from '../../../../../shared/errors/index.ts'
import { type NetworkSpec, networkSpecSchema } from '../../../../../shared/model/index.ts'
import { Recorder } from '../../../conformance/index.ts'
import type { NetworkKeeper, ProviderConnection, ProviderPorts } from '../../../provider.ts'
import { libvirtProvider } from '../../index.ts'
import { HOST_REF } from '../../watch.ts'

export async function failureOf(call: Promise<unknown>) {
  const error: unknown = await call.then(
    () => new Error('it should have failed'),
    (thrown: unknown) => thrown,
  )
  if (!isAppError(error)) throw error
  return error
}

export type GivenSpec = Partial<NetworkSpec> & Pick<NetworkSpec, 'name' | 'mode'>

export const spec = (given: GivenSpec) => networkSpecSchema.parse(given)

export const subnet = (third: number, dhcp = true) => ({
  address: `10.77.${third}.1`,
  prefix: 24,
  dhcp: dhcp ? { start: `10.77.${third}.100`, end: `10.77.${third}.199` } : null,
})

/** A link to a lab host over SSH, until the test is over. */
export async function connected(
  host: LabHost,
  ports: ProviderPorts,
): Promise<{ readonly connection: ProviderConnection; readonly networks: NetworkKeeper }> {
  const given = { host: host.address, user: 'root', keyFile: host.keyFile, useSshConfig: false }
  const connection = await libvirtProvider.connect(libvirtProvider.configSchema.parse(given), {}, ports, {
    onHostKey: () => Promise.resolve(true),
  })
  onTestFinished(() => connection.close())
  await connection.watch(new Recorder(), {})
  const { networking } = connection
  if (!networking) throw new Error('no networks')
  return { connection, networks: networking }
}

/** The new network's reference. */
export async function made(networks: NetworkKeeper, given: NetworkSpec): Promise<string> {
  const ref = randomUUID()
  await networks.create(HOST_REF, ref, given, {})
  return ref
}
