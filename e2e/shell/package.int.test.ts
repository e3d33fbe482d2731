import { spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { extractFile, listPackage, statFile } from '@electron/asar'
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureBuilt, findNode } from '../../scripts/setup.mjs'
import { requirePeer } from '../lab/requires.ts'
import { importedPackages, withDependencies } from './packed-modules.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PACK_MS = 300_000
/** Electron's fuse wire: where it begins, its version, how many fuses, how each stands before they are set. */
const FUSES = Buffer.concat([Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'), Buffer.from([1, 9]), Buffer.from('101000011')])
/** Needed to compile natives that come compiled, or (cpu-features) left out on purpose. */
const NOT_PACKED = ['buildcheck', 'cpu-features', 'nan', 'node-addon-api']

let folder = ''
let unpacked = ''
let archive = ''
let files: readonly string[] = []

/** An Electron without Electron: what the packager copies, and the wire it sets the fuses in. */
async function makeDummyElectron(at: string): Promise<void> {
  await mkdir(join(at, 'resources'), { recursive: true })
  const elf = Buffer.concat([Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]), Buffer.alloc(4_096), FUSES, Buffer.alloc(4_096)])
  await writeFile(join(at, 'electron'), elf)
  await chmod(join(at, 'electron'), 0o755)
  for (const name of ['version', 'LICENSE', 'LICENSES.chromium.html']) await writeFile(join(at, name), 'dummy')
}

async function pack(electronDist: string, output: string): Promise<void> {
  const args = ['--linux', 'dir', '--x64', `-c.electronDist=${electronDist}`, `-c.directories.output=${output}`, '--publish', 'never']
  const child = spawn(process.execPath, [join(ROOT, 'node_modules/electron-builder/cli.js'), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (said += data.toString()))
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  if (code !== 0) throw new Error(`electron-builder ended with ${code}:\n${said}`)
}

// electron-builder takes the natives of the system it runs on
describe.skipIf(!requirePeer('linux-x64').ok)('the package for Linux on x64', () => {
  beforeAll(async () => {
    await ensureBuilt(findNode())
    folder = await mkdtemp(join(tmpdir(), 'novacron-package-'))
    await makeDummyElectron(join(folder, 'electron'))
    await pack(join(folder, 'electron'), join(folder, 'out'))
    unpacked = join(folder, 'out/linux-unpacked')
    archive = join(unpacked, 'resources/app.asar')
    files = listPackage(archive, { isPack: false })
  }, PACK_MS)

  afterAll(() => rm(folder, { recursive: true, force: true }))

  const outside = (): string[] => files.filter((file) => !file.startsWith('/node_modules'))

  test('the program is there, and starts where package.json says', () => {
    expect(outside()).toEqual(
      expect.arrayContaining(['/out/main/index.js', '/out/preload/index.cjs', '/out/renderer/index.html', '/out/workers/store-worker.js']),
    )
    const manifest = JSON.parse(extractFile(archive, 'package.json').toString())
    expect(manifest.main).toBe('./out/main/index.js')
    expect(manifest.devDependencies).toBeUndefined()
  })

  test('nothing of the repository comes along: no sources, tests, configuration, maps', () => {
    const tops = new Set(outside().map((file) => file.split('/').slice(0, 3).join('/')))
    expect([...tops].toSorted((a, b) => a.localeCompare(b))).toEqual([
      '/LICENSE',
      '/out',
      '/out/main',
      '/out/preload',
      '/out/renderer',
      '/out/workers',
      '/package.json',
    ])
    expect(files.filter((file) => /\.(ts|mts|cts|map|tsbuildinfo)$|\/(tests?|__tests__)\//.test(file))).toEqual([])
  })

  test('exactly the packages that the program reaches are there', () => {
    const imported = importedPackages(ROOT, ['out/main/**/*.js', 'out/workers/**/*.js'])
    const needed = withDependencies(ROOT, imported)
    const packed = new Set(files.flatMap((file) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)\/package\.json$/.exec(file)?.[1] ?? []))
    for (const name of NOT_PACKED) needed.delete(name)
    expect(
      [...needed].filter((name) => !packed.has(name)),
      'missing: take its pattern out of electron-builder.yml',
    ).toEqual([])
    expect(
      [...packed].filter((name) => !needed.has(name)),
      'not needed: add a pattern to electron-builder.yml',
    ).toEqual([])
    expect(imported).toContain('better-sqlite3')
  })

  test('natives are those of this system alone, and lie outside the archive', async () => {
    const natives = files.filter((file) => file.endsWith('.node'))
    expect(new Set(natives.map((file) => file.split('/').at(-1)))).toEqual(new Set(['keyring.linux-x64-gnu.node', 'linux-x64.node']))
    for (const native of natives) {
      expect(statFile(archive, native.slice(1))).toMatchObject({ unpacked: true })
      const [real, packed] = await Promise.all([readFile(join(ROOT, native)), readFile(`${archive}.unpacked${native}`)])
      expect(packed.equals(real)).toBe(true)
    }
  })

  test('what the tray and the window show lies beside the archive', async () => {
    for (const icon of ['icon.png', 'tray.png', 'tray@2x.png', 'trayTemplate.png']) {
      expect((await readFile(join(unpacked, 'resources/icons', icon))).subarray(1, 4).toString()).toBe('PNG')
    }
  })

  test('the archive stays small', () => {
    const bytes = files.reduce(
      (sum, file) => sum + ('size' in statFile(archive, file.slice(1)) ? Number(Reflect.get(statFile(archive, file.slice(1)), 'size')) : 0),
      0,
    )
    expect(bytes / 1024 / 1024).toBeLessThan(25)
  })

  test('the fuses of the binary are blown as promised', async () => {
    const wire = await getCurrentFuseWire(join(unpacked, 'novacron-desktop'))
    const stands = (fuse: FuseV1Options): string => String.fromCharCode(wire[fuse] ?? 0)
    expect({
      runAsNode: stands(FuseV1Options.RunAsNode),
      cookieEncryption: stands(FuseV1Options.EnableCookieEncryption),
      nodeOptions: stands(FuseV1Options.EnableNodeOptionsEnvironmentVariable),
      nodeInspect: stands(FuseV1Options.EnableNodeCliInspectArguments),
      asarIntegrity: stands(FuseV1Options.EnableEmbeddedAsarIntegrityValidation),
      onlyAsar: stands(FuseV1Options.OnlyLoadAppFromAsar),
      filePrivileges: stands(FuseV1Options.GrantFileProtocolExtraPrivileges),
    }).toEqual({
      runAsNode: '0',
      cookieEncryption: '1',
      nodeOptions: '0',
      nodeInspect: '0',
      asarIntegrity: '1',
      onlyAsar: '1',
      filePrivileges: '0',
    })
  })
})
