import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { AppError } from '../../../shared/errors/index.ts'
import type { TransferPlan, TransferSource, TransferSpecInput, TransferWay, TransferWayPlan } from '../../../shared/model/index.ts'
import type { Session } from '../connect.ts'
import { findHost } from '../find-host.ts'
import { printable } from '../output.ts'
import { ProgressLine } from '../progress-line.ts'
import { type Io, nobodyWouldFinish, report, resolveTargets, waitFor } from './act.ts'

/** As commander gives them. */
export interface TransferFlags {
  readonly rename?: string
  readonly name?: string
  readonly pool?: string
  readonly network?: string
  readonly type?: string
  readonly zone?: string
  readonly subnet?: string
  readonly publicAddress?: boolean
  readonly disk: readonly string[]
  readonly source: TransferSource
  readonly region?: string
  readonly plan?: boolean
  readonly runBook?: string
  readonly way?: TransferWay
  readonly acceptWarnings?: boolean
  readonly wait: boolean
  readonly reason?: string
}

/** Shows the ways, writes a run-book, or moves a machine that is off through this console. Answers the exit code. */
export async function transfer(
  session: Session,
  machine: string,
  to: string,
  flags: TransferFlags,
  json: boolean,
  io: Io,
): Promise<number> {
  const { client } = session
  const [target] = await resolveTargets(client, { names: [machine], query: undefined })
  if (!target) return 1
  const host = await findHost(client, to)
  const spec: TransferSpecInput = { machineId: target.id, targetHostId: host.id, ...wishOf(flags) }
  if (flags.runBook !== undefined) return await writeRunBook(session, spec, flags.runBook, flags.way, io)
  if (flags.plan) return show(await client.transfers.plan({ spec }), json, io)
  if (!flags.wait && session.fresh) throw nobodyWouldFinish()
  const { taskId } = await client.transfers.start({
    spec,
    acceptsWarnings: flags.acceptWarnings ?? false,
    token: randomUUID(),
    ...(flags.reason !== undefined && { reason: flags.reason }),
  })
  if (!flags.wait) {
    io.print(json ? JSON.stringify({ taskId }) : taskId)
    return 0
  }
  const line = new ProgressLine(`Moving ${printable(target.name)}`, io)
  const task = await waitFor(client, taskId, ({ progress }) => line.say(`${Math.round(progress.fraction * 100)} %`)).finally(() =>
    line.end(),
  )
  return await report(client, task, 0, { json }, io)
}

/** What the flags say beside the two ends. Throws `invalid-input` cli.bad-disk, cli.bad-network. */
export function wishOf(flags: TransferFlags): Omit<TransferSpecInput, 'machineId' | 'targetHostId'> {
  const { disk, source, rename, name, region, pool, network, type, zone, subnet, publicAddress } = flags
  const isForCloud = [type, zone, subnet, publicAddress].some((flag) => flag !== undefined)
  return {
    disks: disk.map(diskOf),
    source,
    rename: rename ?? name ?? null,
    region: region ?? null,
    pool: pool ?? null,
    network: network === undefined ? null : networkOf(network),
    cloud: isForCloud ? { type: type ?? null, zone: zone ?? null, subnetId: subnet ?? null, publicAddress: publicAddress ?? false } : null,
  }
}

function networkOf(text: string): NonNullable<TransferSpecInput['network']> {
  const [, bridge, name = ''] = /^(bridge:)?(.*)$/.exec(text) ?? []
  if (name !== '') return { kind: bridge === undefined ? 'network' : 'bridge', name }
  throw new AppError({
    kind: 'invalid-input',
    code: 'cli.bad-network',
    message: `“${text}” is no network. Write its name, or bridge:br0.`,
  })
}

/** `vda=pool`, `vda=pool/volume`, or `vda=-` for one that stays. Throws `invalid-input` cli.bad-disk. */
export function diskOf(text: string): NonNullable<TransferSpecInput['disks']>[number] {
  const [, target, pool, volume] = /^([^=/]+)=([^/]+)(?:\/(.+))?$/.exec(text) ?? []
  if (target === undefined || pool === undefined) {
    throw new AppError({
      kind: 'invalid-input',
      code: 'cli.bad-disk',
      message: `“${text}” is no disk and pool. Write vda=pool or vda=pool/volume.`,
    })
  }
  if (pool === '-') return { target, how: 'leave', pool: null, volume: null }
  return { target, how: 'copy', pool, volume: volume ?? null }
}

async function writeRunBook(
  { client }: Session,
  spec: TransferSpecInput,
  file: string,
  way: TransferWay | undefined,
  io: Io,
): Promise<number> {
  const chosen = way ?? (await client.transfers.plan({ spec })).ways[0]?.way
  if (chosen === undefined) {
    io.complain('There is no way from here to there.')
    return 1
  }
  const { markdown } = await client.transfers.runBook({ spec, way: chosen })
  if (file === '-') io.print(markdown)
  else await writeFile(file, markdown, { flag: 'wx' })
  return 0
}

function show(plan: TransferPlan, json: boolean, io: Io): number {
  if (json) io.print(JSON.stringify(plan))
  else for (const way of plan.ways) io.print(wayLines(plan, way).map(printable).join('\n'))
  return plan.ways.some(isOpen) ? 0 : 1
}

function isOpen({ obstacle, findings }: TransferWayPlan): boolean {
  return obstacle === null && !findings.some(({ severity }) => severity === 'blocks')
}

const DONE: Readonly<Record<TransferWayPlan['done'], string>> = {
  task: 'this console does it as one task',
  elsewhere: 'this console does each step, you start them',
  'run-book': 'you do it; --run-book writes it down with checks',
}

function wayLines(
  { machine, source, target }: TransferPlan,
  { way, done, obstacle, steps, costs, differs, findings }: TransferWayPlan,
): string[] {
  return [
    `${machine}: ${source.name} -> ${target.name}, by ${way} (${DONE[done]})`,
    ...(obstacle ? [`  not possible: ${obstacle.text}`] : []),
    ...findings.filter(({ severity }) => severity !== 'passed').map(({ severity, reason }) => `  ${severity}: ${reason.text}`),
    ...steps.map(({ what }, index) => `  ${index + 1}. ${what.text}`),
    ...differs.map(({ topic, reason }) => `  differs, ${topic}: ${reason.text}`),
    ...costs.map(
      ({ what, usdPerMonth }) => `  costs: ${what.text}${usdPerMonth === null ? '' : ` (${usdPerMonth.toFixed(2)} USD a month)`}`,
    ),
  ]
}
