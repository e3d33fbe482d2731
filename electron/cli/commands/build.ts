import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import { buildInput } from '../../../shared/contract/build.ts'
import { AppError } from '../../../shared/errors/index.ts'
import type { BuildOptions, MachineSpec, OsEntry } from '../../../shared/model/index.ts'
import type { Client } from '../../api/client.ts'
import type { Session } from '../connect.ts'
import { findHost } from '../find-host.ts'
import { findOs, specForOs } from '../os-spec.ts'
import { bytesOf, placeOf } from '../quantities.ts'
import type { Io } from './act.ts'
import { type FirstStartFlags, firstStart } from './first-start.ts'
import { changed } from './import.ts'
import { type MakeOptions, make } from './make.ts'
import { readOrder } from './order-file.ts'

/** As commander gives them. */
export interface BuildFlags extends FirstStartFlags {
  readonly host?: string
  readonly name?: string
  readonly count?: number
  readonly first?: number
  readonly os?: string
  readonly image?: string
  readonly iso?: string
  readonly linked: boolean
  readonly pool?: string
  readonly size?: string
  readonly memory?: number
  readonly cpus?: number
  readonly network?: string
  readonly tag: readonly string[]
  readonly start?: boolean
  readonly spec?: string
  readonly reason?: string
}

type Input = z.input<typeof buildInput>
type Order = Partial<Input>

const GIB = 1_073_741_824

/** Makes machines as flags or a file say; flags go before the file. Answers the exit code. */
export async function build(session: Session, flags: BuildFlags, options: MakeOptions, io: Io): Promise<number> {
  const { client } = session
  const input = await orderOf(client, flags, io)
  const asked = { ...input, token: randomUUID(), ...(flags.reason !== undefined && { reason: flags.reason }) }
  return await make(
    session,
    {
      check: () => client.build.check(input),
      preview: () => client.build.preview(input),
      begin: () => client.build.create(asked),
    },
    options,
    io,
  )
}

async function orderOf(client: Client, flags: BuildFlags, io: Io): Promise<Input> {
  const { host: named, ...file } = (flags.spec === undefined ? {} : await readOrder(flags.spec)) as Order & { readonly host?: unknown }
  const wanted = flags.host ?? (typeof named === 'string' ? named : file.hostId)
  if (wanted === undefined) throw missing('Say on which host: --host.')
  const hostId = (await findHost(client, wanted)).id
  const cloudInit = await firstStart(flags, io)
  const order = {
    ...file,
    hostId,
    ...(flags.name !== undefined && { name: flags.name }),
    ...(flags.count !== undefined && { count: flags.count }),
    ...(flags.first !== undefined && { first: flags.first }),
    ...(cloudInit && { cloudInit: { ...file.cloudInit, ...cloudInit } }),
    ...(flags.start !== undefined && { start: flags.start }),
    ...(flags.spec === undefined && { start: flags.start ?? false }),
    spec: file.spec === undefined ? await specOf(client, await client.build.options({ hostId }), flags) : fileSpec(file.spec, flags),
  }
  return checked(order)
}

/** Of a file: what flags say otherwise of size and network. */
function fileSpec(spec: Input['spec'], flags: BuildFlags): unknown {
  return {
    ...spec,
    ...(flags.memory !== undefined && { memoryMiB: flags.memory }),
    ...(flags.cpus !== undefined && { cpu: { ...spec.cpu, vcpus: flags.cpus, topology: null } }),
    ...(flags.tag.length > 0 && { tags: flags.tag }),
  }
}

async function specOf(client: Client, here: BuildOptions, flags: BuildFlags): Promise<MachineSpec> {
  const os = await findOs(client, flags.os ?? 'linux')
  return fromFlags(here, os, flags)
}

/** A machine of the flags, on what the host would choose for that operating system. Throws `invalid-input`. */
export function fromFlags(here: BuildOptions, os: OsEntry, flags: Omit<BuildFlags, keyof FirstStartFlags>): MachineSpec {
  const spec = changed(specForOs(here, os), { network: flags.network, cpus: flags.cpus, memoryMiB: flags.memory, os: undefined })
  const media = flags.iso === undefined ? [] : [placeOf(flags.iso)]
  return {
    ...spec,
    tags: [...flags.tag],
    media,
    disks: [{ source: sourceOf(here, os, flags), bus: os.diskBus, cache: 'default', discard: true, ioThread: false }],
    // an empty disk does not start: the installation does, until there is something on it
    boot: flags.image === undefined ? ['disk', media.length > 0 ? 'cdrom' : 'network'] : ['disk'],
  }
}

function sourceOf(here: BuildOptions, os: OsEntry, flags: Omit<BuildFlags, keyof FirstStartFlags>): MachineSpec['disks'][number]['source'] {
  const base = flags.image === undefined ? null : placeOf(flags.image)
  const pool = flags.pool ?? base?.pool ?? defaultPool(here)
  const sizeBytes = flags.size === undefined ? null : bytesOf(flags.size)
  if (base) return { kind: 'image', pool, base, mode: flags.linked ? 'linked' : 'copy', sizeBytes, format: 'qcow2' }
  if (flags.linked) throw missing('--linked needs an --image to link to.')
  return { kind: 'new', pool, sizeBytes: sizeBytes ?? os.recommended.diskGiB * GIB, format: 'qcow2' }
}

function defaultPool({ pools, hostName }: BuildOptions): string {
  const active = pools.filter((pool) => pool.active)
  const pool = active.find(({ name }) => name === 'default') ?? active[0]
  if (pool) return pool.name
  throw new AppError({ kind: 'not-found', code: 'cli.no-such-pool', message: `${hostName} has no pool that is on.` })
}

/** Said here with its place, before anything is asked of the console. Throws `invalid-input` cli.bad-order. */
function checked(order: Readonly<Record<string, unknown>>): Input {
  const parsed = buildInput.safeParse(order)
  if (parsed.success) return order as Input
  throw badOrder(parsed.error)
}

export function badOrder({ issues }: z.ZodError): AppError {
  const [first] = issues
  const place = first?.path.join('.') ?? ''
  return new AppError({
    kind: 'invalid-input',
    code: 'cli.bad-order',
    message: `${place === '' ? 'The order' : place}: ${first?.message ?? 'cannot be read'}`,
    details: { field: place },
  })
}

function missing(message: string): AppError {
  return new AppError({ kind: 'invalid-input', code: 'cli.flags-missing', message })
}
