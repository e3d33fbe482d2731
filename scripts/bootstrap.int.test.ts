import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

let repository = ''
beforeEach(() => {
  repository = mkdtempSync(join(tmpdir(), 'novacron-bootstrap-'))
})
afterEach(() => {
  rmSync(repository, { recursive: true })
})

function plant(name: string, text: string): void {
  mkdirSync(dirname(join(repository, name)), { recursive: true })
  writeFileSync(join(repository, name), text)
}

const OUTPUTS = ['out/main/index.js', 'out/preload/index.cjs', 'out/renderer/index.html', 'out/coordinator/index.js', 'out/cli/index.js']

/** A repository whose packages are installed, whose build writes empty bundles, and whose benchmark says which it found. */
function makeRepository(): void {
  mkdirSync(join(repository, 'scripts'))
  for (const name of readdirSync(import.meta.dirname).filter((each) => /\.mjs$|^system-packages\.json$/.test(each))) {
    copyFileSync(join(import.meta.dirname, name), join(repository, 'scripts', name))
  }
  plant('package.json', '{}')
  plant('package-lock.json', '{}')
  plant('node_modules/.package-lock.json', '{}')
  plant('node_modules/.bin/node.cmd', `@"${process.execPath}" %*`) // Windows finds programs by their ending
  symlinkSync(process.execPath, join(repository, 'node_modules/.bin/node'))
  const build = `
    const { mkdirSync, writeFileSync } = require('node:fs')
    console.log('this is the bundler')
    for (const file of ${JSON.stringify(OUTPUTS)}) {
      mkdirSync(require('node:path').dirname(file), { recursive: true })
      writeFileSync(file, '')
    }`
  plant('node_modules/electron-vite/bin/electron-vite.js', build)
  plant('node_modules/vite/bin/vite.js', '')
  plant('e2e/bench/index.ts', `console.log(JSON.stringify([require('node:fs').existsSync('out/cli/index.js'), ...process.argv.slice(2)]))`)
}

function bench(env: Readonly<Record<string, string>> = {}): { out: string; err: string } {
  const { NOVACRON_ROOT: _other, ...own } = process.env
  const { stdout, stderr } = spawnSync(process.execPath, [join(repository, 'scripts/bootstrap.mjs'), 'bench', 'page', '--json'], {
    encoding: 'utf8',
    env: { ...own, ...env },
  })
  return { out: stdout, err: stderr }
}

describe('npm run bench', () => {
  beforeEach(makeRepository)

  test('builds what it measures, once, and leaves standard output to the figures', () => {
    const first = bench()
    expect(first.out).toBe('[true,"page","--json"]\n')
    expect(first.err).toContain('Building (not built yet)')
    expect(first.err).toContain('this is the bundler')
    expect(bench()).toEqual({ out: first.out, err: '' })
  })

  test('after a change of the sources it builds anew', () => {
    bench()
    plant('electron/engine/engine.ts', '// changed')
    expect(bench().err).toContain('Building (the sources have changed)')
  })

  test('measures another build as it is', () => {
    expect(bench({ NOVACRON_ROOT: '/srv/other' })).toEqual({ out: '[false,"page","--json"]\n', err: '' })
  })
})
