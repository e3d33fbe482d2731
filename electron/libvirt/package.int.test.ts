import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FakeDaemon } from './testing/fake-daemon.ts'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const MODULES = join(ROOT, 'node_modules')

let folder: string
let project: string
let files: readonly string[]

/** Built and packed as for npm, then unpacked into the node_modules of a project that knows nothing of this one. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'node-libvirt-'))
  project = join(folder, 'project')
  const built = join(folder, 'built')
  await run(process.execPath, [join(ROOT, 'scripts/build-libvirt.ts'), built])
  const { stdout } = await run('npm', ['pack', '--json', '--offline', '--pack-destination', folder], { cwd: built })
  const [packed] = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[]
  files = packed?.files.map((file) => file.path) ?? []
  const home = join(project, 'node_modules/node-libvirt')
  await mkdir(home, { recursive: true })
  await run('tar', ['-xzf', join(folder, packed?.filename ?? ''), '-C', home, '--strip-components=1'])
  await mkdir(join(project, 'node_modules/@types'))
  for (const name of ['ssh2', '@types/ssh2', '@types/node', 'undici-types'])
    await symlink(join(MODULES, name), join(project, 'node_modules', name))
  await writeFile(join(project, 'package.json'), JSON.stringify({ type: 'module' }))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

test('the package holds what its index reaches, with types, and nothing for tests', () => {
  expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'dist/index.js', 'dist/index.d.ts']))
  expect(files.filter((file) => /test|golden|facts\/|generate\./.test(file))).toEqual([])
})

test('its dependencies are those that it imports, in versions that it is tested with', async () => {
  const { dependencies, license } = JSON.parse(await readFile(join(ROOT, 'electron/libvirt/package.json'), 'utf8')) as {
    dependencies: Record<string, string>
    license: string
  }
  const own = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Record<string, Record<string, string>>
  const tested = { ...own.dependencies, ...own.devDependencies }
  expect(license).toBe('Apache-2.0')
  expect(dependencies).toEqual(Object.fromEntries(['@types/ssh2', 'ssh2'].map((name) => [name, `^${tested[name]}`])))
})

test.each([
  ['NodeNext', 'NodeNext'],
  ['ESNext', 'bundler'],
])('a strict project with %s modules (%s) sees its types', async (module, moduleResolution) => {
  await writeFile(
    join(project, 'use.ts'),
    `import { connectLibvirt, constants, type DomainRef, openSshSession, type SshSession } from 'node-libvirt'
import type { Duplex } from 'node:stream'
export async function names(stream: Duplex): Promise<string[]> {
  const client = await connectLibvirt({ stream, uri: 'qemu:///system' })
  const { domains } = await client.call('connectListAllDomains', { needResults: 1, flags: constants.VIR_CONNECT_LIST_DOMAINS_ACTIVE })
  // @ts-expect-error: no such procedure, so the types are not lost on the way
  await client.call('connectListAllDwarfs', {})
  return domains.map((dom: DomainRef) => dom.name)
}
export const open: (...args: Parameters<typeof openSshSession>) => Promise<SshSession> = openSshSession
`,
  )
  const options = ['--strict', '--noEmit', '--target', 'ES2023', '--lib', 'ES2023,ESNext.Disposable', '--types', 'node']
  const tsc = join(MODULES, 'typescript/bin/tsc')
  const args = [tsc, ...options, '--module', module, '--moduleResolution', moduleResolution, 'use.ts']
  expect(await run(process.execPath, args, { cwd: project })).toEqual({ stdout: '', stderr: '' })
})

test('imported by its name it connects, calls and hears events', async () => {
  const daemon = new FakeDaemon()
  daemon.on('connectGetHostname', () => ({ hostname: 'kvm-01' }))
  const socketPath = join(folder, 'libvirt-sock')
  const server: Server = createServer((socket) => socket.pipe(daemon.stream).pipe(socket))
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  await writeFile(
    join(project, 'use.js'),
    `import { connect } from 'node:net'
import { connectLibvirt } from 'node-libvirt'
const client = await connectLibvirt({ stream: connect(process.argv[2]), uri: 'qemu:///system' })
await client.events.subscribe('domain.lifecycle', () => {})
const { hostname } = await client.call('connectGetHostname')
console.log(client.facts.version.text, hostname)
await client.close()
`,
  )
  const { stdout } = await run(process.execPath, ['use.js', socketPath], { cwd: project })
  server.close()
  expect(stdout).toBe('9.0.0 kvm-01\n')
})
