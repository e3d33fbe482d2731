import { type ChildProcess, fork, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { CloudAccount, CloudName } from '../lab/clouds/start.ts'
import type { ProbeAnswer, ProbeRequest } from './clouds-probe.ts'
import { type BenchGroup, type Figure, median } from './measure.ts'

const SERVE = fileURLToPath(new URL('../lab/clouds/serve.ts', import.meta.url))
const PROBE = fileURLToPath(new URL('clouds-probe.ts', import.meta.url))
const MACHINES = 5_000
const ROUNDS = 3

const LABELS: Readonly<Record<CloudName, string>> = { aws: 'AWS', azure: 'Azure', gcp: 'Google Cloud' }

interface Served {
  readonly ca: string
  readonly clouds: Readonly<Record<string, CloudAccount>>
  stop(): Promise<void>
}

/** Accounts of clouds with 5,000 machines each, over loopback endpoints in another process. */
export const cloudsGroup: BenchGroup = {
  name: 'clouds',
  missing: () => Promise.resolve(null),
  run: async function* () {
    const folder = await mkdtemp(join(tmpdir(), 'novacron-bench-'))
    try {
      for (const name of ['aws', 'azure', 'gcp'] as const) yield* cloudFigures(name, folder)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

async function* cloudFigures(name: CloudName, folder: string): AsyncGenerator<Figure> {
  const served = await serve(name)
  try {
    const answers: ProbeAnswer[] = []
    const account = served.clouds[name]
    if (!account) throw new Error(`no ${name} was started`)
    const caFile = join(folder, 'ca.pem')
    await writeFile(caFile, served.ca)
    const config = { ...account.config, ...(name === 'azure' && { caFile }) }
    for (let round = 0; round < ROUNDS; round += 1) {
      answers.push(await ask({ providerId: name, config, secrets: account.secrets, dataDirectory: folder }))
    }
    const of = (pick: (answer: ProbeAnswer) => number) => median(answers.map(pick))
    const label = `${LABELS[name]}, ${of(({ machines }) => machines)} machines`
    yield { name: `${label}: connected and all of it read, library loaded too`, value: of((one) => one.firstMs), unit: 'ms', budget: null }
    yield { name: `${label}: full inventory`, value: of((one) => one.againMs), unit: 'ms', budget: 3_000 }
    yield { name: `${label}: a look with no change, processor time`, value: of((one) => one.lookCpuMs), unit: 'ms', budget: 300 }
    yield { name: `${label}: a whole list with no change, processor time`, value: of((one) => one.wholeCpuMs), unit: 'ms', budget: null }
    yield { name: `${label}: memory above the inventory`, value: of((one) => one.memoryMb), unit: 'MB', budget: 60 }
  } finally {
    await served.stop()
  }
}

async function serve(name: CloudName): Promise<Served> {
  const child = spawn(process.execPath, [SERVE, `--${name}`, String(MACHINES)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const line = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the loopback cloud ended with ${code}`)))
    createInterface({ input: child.stdout }).once('line', resolve)
  })
  return {
    ...(JSON.parse(line) as Pick<Served, 'ca' | 'clouds'>),
    stop: () => {
      const ended = exitOf(child)
      child.stdin.end()
      return ended
    },
  }
}

async function ask(request: ProbeRequest): Promise<ProbeAnswer> {
  const child = fork(PROBE, [], { execArgv: ['--expose-gc'] })
  const answered = new Promise<{ answer?: ProbeAnswer; error?: string }>((resolve, reject) => {
    child.once('message', (message) => resolve(message as { answer?: ProbeAnswer; error?: string }))
    child.once('exit', (code) => reject(new Error(`the probe ended with ${code}`)))
  })
  child.send(request)
  const { answer, error } = await answered
  if (!answer) throw new Error(error ?? 'no answer')
  await exitOf(child)
  return answer
}

async function exitOf(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await new Promise((resolve) => void child.once('exit', resolve))
}
