import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import { cloneInput } from '../../../shared/contract/build.ts'
import { AppError } from '../../../shared/errors/index.ts'
import { TEMPLATE_FIELDS, type Template } from '../../../shared/model/index.ts'
import type { Session } from '../connect.ts'
import { diskSizes } from '../quantities.ts'
import { type Io, nobodyWouldFinish, resolveTargets } from './act.ts'
import { badOrder } from './build.ts'
import { type FirstStartFlags, firstStart } from './first-start.ts'
import { follow, type MakeOptions, make } from './make.ts'
import { readOrder } from './order-file.ts'

/** As commander gives them. */
export interface CloneFlags extends FirstStartFlags {
  readonly name?: string
  readonly count?: number
  readonly first?: number
  readonly linked?: boolean
  readonly pool?: string
  readonly cpus?: number
  readonly memory?: number
  readonly diskSize: readonly string[]
  readonly tag: readonly string[]
  readonly start?: boolean
  readonly spec?: string
  readonly reason?: string
}

export interface TemplateFlags {
  readonly family: string
  readonly changeable?: string
  readonly description?: string
  readonly pool?: string
  readonly wait: boolean
  readonly reason?: string
}

type Input = z.input<typeof cloneInput>

/** Makes machines from one that is there; flags go before the file. Answers the exit code. */
export async function clone(session: Session, machine: string, flags: CloneFlags, options: MakeOptions, io: Io): Promise<number> {
  const { client } = session
  const machineId = await idOf(session, machine)
  const file = (flags.spec === undefined ? {} : await readOrder(flags.spec)) as Partial<Input>
  const cloudInit = await firstStart(flags, io)
  const order = withFlags({ ...file, machineId, ...(cloudInit && { cloudInit: { ...file.cloudInit, ...cloudInit } }) }, flags)
  const parsed = cloneInput.safeParse(order)
  if (!parsed.success) throw badOrder(parsed.error)
  const input = order as Input
  const asked = { ...input, token: randomUUID(), ...(flags.reason !== undefined && { reason: flags.reason }) }
  return await make(
    session,
    {
      check: () => client.build.checkClone(input),
      preview: () => client.build.previewClone(input),
      begin: () => client.build.clone(asked),
    },
    options,
    io,
  )
}

export function withFlags(order: Partial<Input>, flags: Omit<CloneFlags, keyof FirstStartFlags>): Partial<Input> {
  const changes = {
    ...order.changes,
    ...(flags.cpus !== undefined && { vcpus: flags.cpus }),
    ...(flags.memory !== undefined && { memoryMiB: flags.memory }),
    ...(flags.diskSize.length > 0 && { diskSizes: { ...order.changes?.diskSizes, ...diskSizes(flags.diskSize) } }),
    ...(flags.tag.length > 0 && { tags: [...flags.tag] }),
  }
  return {
    ...order,
    ...(flags.name !== undefined && { name: flags.name }),
    ...(flags.count !== undefined && { count: flags.count }),
    ...(flags.first !== undefined && { first: flags.first }),
    ...(flags.linked && { mode: 'linked' }),
    ...(flags.pool !== undefined && { pool: flags.pool }),
    ...(flags.start !== undefined && { start: flags.start }),
    ...(Object.keys(changes).length > 0 && { changes }),
  }
}

/** Makes the next version of a template from a machine that is off. Answers the exit code. */
export async function makeTemplate(session: Session, machine: string, flags: TemplateFlags, json: boolean, io: Io): Promise<number> {
  if (session.fresh && !flags.wait) throw nobodyWouldFinish()
  const { taskId, names } = await session.client.build.makeTemplate({
    machineId: await idOf(session, machine),
    family: flags.family,
    token: randomUUID(),
    ...(flags.changeable !== undefined && { changeable: fieldsOf(flags.changeable) }),
    ...(flags.description !== undefined && { description: flags.description }),
    ...(flags.pool !== undefined && { pool: flags.pool }),
    ...(flags.reason !== undefined && { reason: flags.reason }),
  })
  if (!json) io.complain(`Making the template ${names.join(', ')}.`)
  return await follow(session, taskId, { wait: flags.wait, json }, io)
}

/** Throws `invalid-input` cli.bad-order. */
function fieldsOf(text: string): Template['changeable'] {
  const asked = text.split(',').map((field) => field.trim())
  const unknown = asked.find((field) => field !== '' && !(TEMPLATE_FIELDS as readonly string[]).includes(field))
  if (unknown !== undefined) throw badField(unknown)
  return TEMPLATE_FIELDS.filter((field) => asked.includes(field))
}

function badField(field: string): AppError {
  return new AppError({
    kind: 'invalid-input',
    code: 'cli.bad-order',
    message: `"${field}" is nothing that a template lets be changed. There are: ${TEMPLATE_FIELDS.join(', ')}`,
  })
}

async function idOf({ client }: Session, machine: string) {
  const [target] = await resolveTargets(client, { names: [machine], query: undefined })
  if (target) return target.id
  throw new AppError({ kind: 'not-found', code: 'cli.no-such-machine', message: `No machine is named "${machine}".` })
}
