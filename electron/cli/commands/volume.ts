import { access } from 'node:fs/promises'
import { basename } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { AppError } from '../../../shared/errors/index.ts'
import type { TaskId, Volume } from '../../../shared/model/index.ts'
import type { Client } from '../../api/client.ts'
import type { Session } from '../connect.ts'
import { printable, table } from '../output.ts'
import { ProgressLine } from '../progress-line.ts'
import { saveVolume } from '../save-volume.ts'
import { taskFailure } from '../task-failure.ts'
import { uploadFile } from '../upload-file.ts'
import { type Io, waitFor } from './act.ts'
import { poolPlace, volumePlace } from './volume-place.ts'

const GIB = 2 ** 30

/** Answers the exit code, as all of these do. */
export async function listVolumes(session: Session, text: string, json: boolean, io: Io): Promise<number> {
  const { poolId } = await poolPlace(session.client, text)
  const volumes = await session.client.volumes.list({ poolId })
  io.print(json ? JSON.stringify(volumes) : volumeTable(volumes))
  return 0
}

export function volumeTable(volumes: readonly Volume[]): string {
  const cells = volumes.map((volume) => [
    volume.name,
    volume.format ?? '–',
    (volume.capacityBytes / GIB).toFixed(1),
    (volume.allocationBytes / GIB).toFixed(1),
    volume.usedBy.join(', '),
    volume.backingPath ?? '',
  ])
  return table(cells, ['name', 'format', 'size GiB', 'on disk', 'used by', 'built on'], new Set([2, 3]))
}

export async function uploadVolume(session: Session, file: string, to: string, json: boolean, io: Io): Promise<number> {
  const { poolId, pool, volume } = await poolPlace(session.client, to)
  const name = volume ?? basename(file)
  await uploadFile(session, file, { poolId, name }, io)
  io.print(json ? JSON.stringify({ pool, volume: name }) : `${pool}/${name}`)
  return 0
}

export async function downloadVolume(
  session: Session,
  from: string,
  given: string | undefined,
  options: { readonly force: boolean; readonly json: boolean },
  io: Io,
): Promise<number> {
  const { poolId, volume } = await volumePlace(session.client, from)
  const file = given ?? volume
  if (!options.force && (await isThere(file))) {
    throw new AppError({ kind: 'conflict', code: 'cli.file-exists', message: `${file} is there already. Add --force to replace it.` })
  }
  await saveVolume(session, { poolId, name: volume }, file, io)
  io.print(options.json ? JSON.stringify({ file }) : file)
  return 0
}

export async function fetchVolume(
  session: Session,
  url: string,
  to: string,
  options: { readonly sha256: string | undefined; readonly json: boolean },
  io: Io,
): Promise<number> {
  const { client } = session
  const { poolId, pool, volume } = await poolPlace(client, to)
  const name = volume ?? nameIn(url)
  const { taskId } = await client.volumes.fetch({ poolId, name, url, sha256: options.sha256 ?? null })
  await ended(client, taskId, new ProgressLine('The host downloads', io))
  io.print(options.json ? JSON.stringify({ pool, volume: name }) : `${pool}/${name}`)
  return 0
}

export async function convertVolume(
  session: Session,
  from: string,
  to: string,
  options: { readonly from: string | undefined; readonly format: 'qcow2' | 'raw'; readonly json: boolean },
  io: Io,
): Promise<number> {
  const { client } = session
  const { poolId, pool, volume } = await volumePlace(client, to)
  const source = from.startsWith('/') ? { path: from } : await volumePlace(client, from)
  const { taskId } = await client.volumes.convert({
    poolId,
    name: volume,
    from: 'path' in source ? source : { poolId: source.poolId, name: source.volume },
    sourceFormat: options.from ?? null,
    format: options.format,
  })
  await ended(client, taskId, new ProgressLine('The host converts', io))
  io.print(options.json ? JSON.stringify({ pool, volume }) : `${pool}/${volume}`)
  return 0
}

export async function removeVolume(session: Session, text: string, isSure: boolean, io: Io): Promise<number> {
  const { client } = session
  const { poolId, volume } = await volumePlace(client, text)
  if (!isSure && !(await confirmed(text, io))) return 1
  const { taskId } = await client.volumes.remove({ poolId, name: volume })
  await ended(client, taskId, new ProgressLine('Deleting', io))
  return 0
}

async function confirmed(text: string, io: Io): Promise<boolean> {
  if (!io.interactive) {
    io.complain('Nobody to ask here: add --yes to go on.')
    return false
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await terminal.question(`Delete ${printable(text)}, whatever is in it? Type yes: `)
  terminal.close()
  return answer.trim() === 'yes'
}

/** Waits and shows how far it is. Throws what ended it. */
async function ended(client: Client, taskId: TaskId, line: ProgressLine): Promise<void> {
  try {
    const task = await waitFor(client, taskId, ({ progress: { bytesDone, bytesTotal, fraction } }) => {
      if (bytesDone !== null && bytesTotal !== null) line.bytes(bytesDone, bytesTotal)
      else line.say(`${Math.round(fraction * 100)} %`)
    })
    if (task.state !== 'succeeded') throw taskFailure(task)
  } finally {
    line.end()
  }
}

/** The last part of an address's path. */
function nameIn(url: string): string {
  const name = URL.canParse(url) ? decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? '') : ''
  if (name !== '') return name
  throw new AppError({
    kind: 'invalid-input',
    code: 'cli.no-name',
    message: 'The address names no file. Say how to call it: host/pool/name.',
  })
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
