import { readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { LabGuest, LabHost } from '../../../../../e2e/lab/lab.ts'
import { type AppError, isAppError } from '../../../../../shared/errors/index.ts'
import { type SnapshotOperationInput, type SnapshotTree, snapshotOperationSchema } from '../../../../../shared/model/index.ts'
import { connectLibvirt } from '../../../../libvirt/index.ts'
import type { ProvidedSnapshotOperation, ProviderConnection, ProviderPorts, SnapshotKeeper } from '../../../provider.ts'
import { libvirtProvider } from '../../index.ts'

export const IMAGES = '/var/lib/libvirt/images'
/** What a test looks at of a disk. */
const CLUSTERS = 8
const CLUSTER_BYTES = 65_536

export interface LabKeeper {
  readonly connection: ProviderConnection
  readonly keeper: SnapshotKeeper
}

/** The snapshots of a lab host, over a link that ends with the test. */
export async function keeperOn(host: LabHost, ports: ProviderPorts): Promise<LabKeeper> {
  const given = { host: host.address, user: 'root', keyFile: host.keyFile, useSshConfig: false }
  const connection = await libvirtProvider.connect(libvirtProvider.configSchema.parse(given), {}, ports, {
    onHostKey: () => Promise.resolve(true),
  })
  onTestFinished(() => connection.close())
  if (!connection.snapshots) throw new Error('no snapshots')
  return { connection, keeper: connection.snapshots }
}

export function parsed(operation: SnapshotOperationInput): ProvidedSnapshotOperation {
  const known = snapshotOperationSchema.parse(operation)
  if (known.operation === 'clone') throw new Error('a clone is built')
  return known
}

/** Does it on the tree as it is, with whatever is lost, and answers the tree of afterwards. */
export async function act(keeper: SnapshotKeeper, ref: string, operation: SnapshotOperationInput): Promise<SnapshotTree> {
  const { revision } = await keeper.tree(ref, {})
  await keeper.act(ref, parsed(operation), revision, { acceptsLosses: true })
  return await keeper.tree(ref, {})
}

export async function failureOf(call: Promise<unknown>): Promise<AppError> {
  const error: unknown = await call.then(
    () => new Error('it should have failed'),
    (thrown: unknown) => thrown,
  )
  if (!isAppError(error)) throw error
  return error
}

export function activeOf(tree: SnapshotTree, target = 'vda'): string {
  return tree.chains.find((chain) => chain.target === target)?.files[0]?.path ?? ''
}

/** While the machine is off. */
export async function write(host: LabHost, path: string, pattern: number, cluster = 0): Promise<void> {
  const { code, stderr } = await host.exec(['qemu-io', '-c', `write -P ${pattern} ${cluster * CLUSTER_BYTES} ${CLUSTER_BYTES}`, path])
  if (code !== 0) throw new Error(`qemu-io: ${stderr}`)
}

/** What QEMU reads of an image, by a process of its own: the value of each of the first clusters. `inside`: of what it keeps under that name. */
export async function contentOf(host: LabHost, path: string, inside: string | null = null): Promise<number[]> {
  const at = inside === null ? [] : ['-l', `snapshot.name=${inside}`]
  const { code, stderr } = await host.exec(['qemu-img', 'convert', '-U', ...at, '-f', 'qcow2', '-O', 'raw', path, '/srv/host/read.raw'])
  if (code !== 0) throw new Error(`qemu-img: ${stderr}`)
  const file = join(host.dir, 'read.raw')
  const bytes = await readFile(file)
  await rm(file)
  return Array.from({ length: CLUSTERS }, (_, cluster) => {
    const values = new Set(bytes.subarray(cluster * CLUSTER_BYTES, (cluster + 1) * CLUSTER_BYTES))
    if (values.size !== 1) throw new Error(`cluster ${cluster} of ${path} is torn`)
    return [...values][0] ?? -1
  })
}

/** The data of a snapshot, from where the tree says that they lie. */
export async function snapshotContent(host: LabHost, tree: SnapshotTree, name: string, target = 'vda'): Promise<number[]> {
  const disk = tree.snapshots.find((snapshot) => snapshot.name === name)?.disks.find((one) => one.target === target)
  if (!disk || disk.file === null) throw new Error(`${name} has no data of ${target}`)
  return await contentOf(host, disk.file, disk.kind === 'internal' ? name : null)
}

export async function stateOf(host: LabHost, { uuid }: Pick<LabGuest, 'uuid'>): Promise<string> {
  return (await host.virsh(['domstate', uuid])).trim()
}

/**
 * Slows the next job on a disk down to 1 MiB a second as soon as there is one, so that a test can do something in the middle. Asked for over a
 * connection of its own, again and again: a program for each try would be too slow. Resolves once it is held; `release` lets it go on.
 */
export function holdNextJob(
  host: LabHost,
  { uuid }: Pick<LabGuest, 'uuid'>,
  target = 'vda',
): { held: Promise<void>; release(): Promise<void> } {
  return {
    held: hold(host, uuid, target),
    release: async () => {
      await host.exec(['virsh', 'blockjob', uuid, target, '--bandwidth', '0'])
    },
  }
}

const HOLD_MS = 120_000

async function hold(host: LabHost, uuid: string, target: string): Promise<void> {
  const client = await connectLibvirt({ stream: connect(host.socketPath), uri: 'qemu:///system' })
  try {
    const { dom } = await client.call('domainLookupByUuid', { uuid })
    const begun = performance.now()
    while (performance.now() - begun < HOLD_MS) {
      const isHeld = await client.call('domainBlockJobSetSpeed', { dom, path: target, bandwidth: 1n, flags: 0 }).then(
        () => true,
        () => false,
      )
      if (isHeld) return
    }
    throw new Error('there was no job to hold')
  } finally {
    await client.close()
  }
}
