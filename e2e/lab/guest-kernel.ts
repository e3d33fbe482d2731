import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { must, run } from './run.ts'

/** The name of the kernel package that Debian's cloud kernel stands for at present; kept as long as the package lists stay as they are. */
export async function kernelPackage(cache: string): Promise<string> {
  const file = join(cache, 'kernel.json')
  const lists = async (): Promise<number> => (await stat('/var/lib/apt/lists').catch(() => ({ mtimeMs: 0 }))).mtimeMs
  const kept = parsedKernel(await readFile(file, 'utf8').catch(() => ''))
  if (kept?.listsMs === (await lists())) return kept.name
  const name = await askApt()
  await mkdir(cache, { recursive: true })
  const own = `${file}.${randomUUID()}`
  await writeFile(own, JSON.stringify({ listsMs: await lists(), name }))
  await rename(own, file)
  return name
}

function parsedKernel(text: string): { readonly listsMs: number; readonly name: string } | undefined {
  const [, ms, name] = /^\{"listsMs":([\d.]+),"name":"(linux-image-[\w.+-]+)"\}$/.exec(text) ?? []
  return ms === undefined || name === undefined ? undefined : { listsMs: Number(ms), name }
}

async function askApt(): Promise<string> {
  const pattern = /Depends: (linux-image-\S+)/
  const ask = async (): Promise<string | undefined> =>
    pattern.exec((await run('apt-cache', ['depends', 'linux-image-cloud-amd64'])).stdout)?.[1]
  const known = await ask()
  if (known !== undefined) return known
  await must('apt-get', ['update', '-q'], { timeoutMs: 300_000 })
  const name = await ask()
  if (name === undefined) throw new Error('apt knows no linux-image-cloud-amd64: the lab needs the package lists of Debian')
  return name
}
