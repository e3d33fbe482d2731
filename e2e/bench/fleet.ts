import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Client } from '../../electron/api/client.ts'
import type { ConnectionId, InventoryMessage, WorkspaceId } from '../../shared/model/index.ts'
import { engineOf } from '../app/engine-of.ts'
import { type Server, startServer } from '../app/server.ts'
import { until } from '../lab/run.ts'

export const HOSTS = 200
export const MACHINES_PER_HOST = 50
export const MACHINES = HOSTS * MACHINES_PER_HOST

/** The built server with 200 simulated connections of one host and 50 machines each. */
export interface Fleet {
  readonly server: Server
  readonly client: Client
  readonly workspaceId: WorkspaceId
  /** In the order of their numbers. */
  readonly connectionIds: readonly ConnectionId[]
  stop(): Promise<void>
}

/** Starts it and waits until every machine is known. */
export async function startFleet(): Promise<Fleet> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'novacron-bench-'))
  const server = await startServer({ dataDirectory })
  const link = await engineOf({ dataDirectory })
  const { client } = link
  const { id: workspaceId } = await client.workspaces.create({ name: 'Bench' })
  const connectionIds: ConnectionId[] = []
  for (let number = 0; number < HOSTS; number += 1) {
    const { id } = await client.connections.add({
      workspaceId,
      providerId: 'simulated',
      name: `site-${number}`,
      config: siteConfig(number),
    })
    connectionIds.push(id)
  }
  await until('10,000 machines', async () => (await client.inventory.machines({ workspaceId, limit: 1 })).total === MACHINES, 60_000, 200)
  return {
    server,
    client,
    workspaceId,
    connectionIds,
    stop: async () => {
      link.close()
      await server.stop()
      await rm(dataDirectory, { recursive: true, force: true })
    },
  }
}

/** One connection of the fleet. `faults` of a site that cannot be reached: `{ failConnect: 'unreachable' }`. */
export function siteConfig(number: number, faults: Readonly<Record<string, string>> = {}) {
  return {
    site: `Site ${number}`,
    hosts: 1,
    machines: MACHINES_PER_HOST,
    seed: number + 1,
    numberFrom: number * MACHINES_PER_HOST + 1,
    faults,
  }
}

/** Reads the stream as an open page does, until the answer is called. */
export async function followInventory(
  client: Client,
  workspaceId: WorkspaceId,
  see: (message: InventoryMessage) => void,
): Promise<() => void> {
  const gone = new AbortController()
  const messages = await client.inventory.watch({ workspaceId, packed: true }, { signal: gone.signal })
  void (async () => {
    for await (const message of messages) see(message)
  })().catch(() => {
    // ends with an abort, or with the server
  })
  return () => gone.abort()
}

const TICKS_PER_S = 100 // USER_HZ: fixed by Linux's interface to user space

/** Seconds of processor time a process has used so far, all threads (proc(5), fields 14 and 15). */
export async function processorSeconds(pid: number): Promise<number> {
  return processorSecondsIn(await readFile(`/proc/${pid}/stat`, 'utf8'))
}

/** Likewise from what that file says, wherever it was read. */
export function processorSecondsIn(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S
}

/** Resident memory in MB. */
export async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024
}
