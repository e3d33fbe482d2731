import { AppError, fromWireError } from '../../../shared/errors/index.ts'
import type { CheckMessage, HostKeyInfo } from '../../../shared/model/index.ts'
import type { Client } from '../../api/client.ts'
import { errorLine, printable } from '../output.ts'
import type { Io } from './act.ts'

export interface AddHostOptions {
  readonly address: string
  readonly name?: string
  readonly key?: string
  readonly acceptHostKey?: string
  readonly json: boolean
}

/** Runs the same check list as the page's wizard, then adds the host to the first workspace. Answers the exit code. */
export async function addHost(client: Client, options: AddHostOptions, io: Io): Promise<number> {
  const config = { transport: 'ssh', ...parseAddress(options.address), ...(options.key !== undefined && { keyFile: options.key }) }
  const first = await check(client, config, undefined, io)
  let acceptHostKey: Pick<HostKeyInfo, 'host' | 'port' | 'keyType' | 'fingerprint'> | undefined
  if (first.hostKey) {
    const { host, port, keyType, fingerprint } = first.hostKey
    if (options.acceptHostKey !== fingerprint) {
      io.complain(
        `${host}:${port} shows the ${keyType} key ${fingerprint}. Compare it with "ssh-keygen -lf" on the host, then add --accept-host-key ${fingerprint}`,
      )
      return 1
    }
    acceptHostKey = { host, port, keyType, fingerprint }
    const second = await check(client, config, acceptHostKey, io)
    if (!second.ok) return 1
  } else if (!first.ok) {
    return 1
  }
  const connection = await client.connections.add({
    workspaceId: await firstWorkspace(client),
    providerId: 'libvirt',
    name: options.name ?? options.address,
    config,
    ...(acceptHostKey && { acceptHostKey }),
  })
  io.print(options.json ? JSON.stringify(connection) : `Added ${printable(connection.name)} (${connection.id})`)
  return 0
}

interface CheckOutcome {
  readonly ok: boolean
  readonly hostKey: HostKeyInfo | null
}

async function check(
  client: Client,
  config: Record<string, string | number>,
  acceptHostKey: Pick<HostKeyInfo, 'host' | 'port' | 'keyType' | 'fingerprint'> | undefined,
  io: Io,
): Promise<CheckOutcome> {
  let hostKey: HostKeyInfo | null = null
  let ok = false
  const messages: AsyncIterable<CheckMessage> = await client.connections.check({
    providerId: 'libvirt',
    config,
    ...(acceptHostKey && { acceptHostKey }),
  })
  for await (const message of messages) {
    if (message.type === 'host-key') hostKey = message.info
    else if (message.type === 'done') ok = message.ok
    else if (message.type !== 'step') continue
    else if (message.step.state === 'ok') io.complain(`  ok      ${message.step.id}  ${printable(message.step.detail ?? '')}`)
    else if (message.step.state === 'failed')
      io.complain(`  failed  ${message.step.id}  ${message.step.error ? errorLine(message.step.error) : ''}`)
  }
  return { ok, hostKey: ok ? null : hostKey }
}

async function firstWorkspace(client: Client) {
  for await (const message of await client.inventory.watch({})) {
    if (message.type === 'changes') {
      for (const change of message.changes) {
        if (change.op === 'put' && change.entity === 'workspace' && change.value.demo !== true) return change.id as never
      }
    }
    if (message.type === 'ready') break
  }
  throw new AppError({ kind: 'not-found', code: 'cli.no-workspace', message: 'There is no workspace yet. Open the console once.' })
}

/** `user@host:port`, `[v6]:port`, or an alias. Throws `invalid-input`. */
export function parseAddress(address: string): { host: string; user?: string; port?: number } {
  const match = /^(?:([^@\s]+)@)?(?:\[([^\]]+)\]|([^:@\s]+))(?::(\d{1,5}))?$/.exec(address)
  const host = match?.[2] ?? match?.[3]
  if (!host)
    throw fromWireError({
      kind: 'invalid-input',
      code: 'cli.bad-address',
      message: `"${address}" is no address. Write user@host or user@host:port.`,
    })
  return { host, ...(match?.[1] !== undefined && { user: match[1] }), ...(match?.[4] !== undefined && { port: Number(match[4]) }) }
}
