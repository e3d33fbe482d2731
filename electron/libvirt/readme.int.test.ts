import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWithLibvirtd, type PrivateLibvirtd, startPrivateLibvirtd } from './testing/private-libvirtd.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const readme = readFileSync(join(here, 'README.md'), 'utf8')
const examples = [...readme.matchAll(/## (.+)\n\n```ts\n([\s\S]*?)```/g)].map(([, title = '', code = '']) => ({ title, code }))

describeWithLibvirtd('the examples of the README', () => {
  let daemon: PrivateLibvirtd
  let folder: string

  beforeAll(async () => {
    daemon = await startPrivateLibvirtd()
    folder = mkdtempSync(join(tmpdir(), 'readme-'))
  })

  afterAll(async () => {
    await daemon.stop()
    rmSync(folder, { recursive: true })
  })

  test('there are some', () => {
    expect(examples.length).toBe(6)
  })

  test.each(examples)('$title: runs as it stands', async ({ title, code }) => {
    const file = join(folder, `${title.replaceAll(/\W/g, '-')}.ts`)
    const local = code
      .replaceAll("'node-libvirt'", `'${join(here, 'index.ts')}'`)
      .replaceAll('/run/libvirt/libvirt-sock', daemon.socketPath)
      .replaceAll('qemu:///system', 'test:///default')
    writeFileSync(file, local)
    const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: folder, timeout: 30_000 })
    expect(stdout.trim()).not.toBe('')
  })
})
