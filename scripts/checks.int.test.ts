import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const repository = join(import.meta.dirname, '..')
let dir = ''

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'novacron-checks-'))
})
afterEach(() => {
  rmSync(dir, { recursive: true })
})

function plant(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, name), text)
  }
}

function tool(name: string, args: readonly string[]): { code: number | null; output: string } {
  const done = spawnSync(process.execPath, [join(repository, 'node_modules', name), ...args], { cwd: dir, encoding: 'utf8' })
  return { code: done.status, output: done.stdout + done.stderr }
}

describe('the linter', () => {
  const lint = () => tool('oxlint/bin/oxlint', ['-c', join(repository, '.oxlintrc.json'), '.'])

  test('refuses a file of more than 500 lines, generated ones apart', () => {
    const long = `export const table = [\n${'  1,\n'.repeat(520)}]\n`
    plant({ 'shared/generated/table.ts': long })
    expect(lint()).toMatchObject({ code: 0 })
    plant({ 'shared/table.ts': long })
    expect(lint()).toMatchObject({ code: 1, output: expect.stringContaining('max-lines') })
  })

  test('refuses an import cycle', () => {
    plant({
      'shared/a.ts': "import { b } from './b.ts'\n\nexport const a = (): number => b()\n",
      'shared/b.ts': "import { a } from './a.ts'\n\nexport const b = (): number => a()\n",
    })
    expect(lint()).toMatchObject({ code: 1, output: expect.stringContaining('no-cycle') })
  })
})

describe('the environments of the type check', () => {
  const typecheck = (environment: string, source: string) => {
    const base = join(repository, `tsconfig.${environment}.json`)
    plant({
      'planted.ts': source,
      'tsconfig.json': JSON.stringify({
        extends: base,
        compilerOptions: {
          typeRoots: [join(repository, 'node_modules/@types')],
          types: environment === 'node' ? ['node'] : [],
          tsBuildInfoFile: join(dir, 'info'),
        },
        include: ['planted.ts'],
        exclude: [],
      }),
    })
    return tool('typescript/bin/tsc', ['-p', 'tsconfig.json'])
  }

  test.each([
    ['shared', "document.title = ''", 'document'],
    ['shared', 'Buffer.alloc(1)', 'Buffer'],
    ['shared', 'process.exit(1)', 'process'],
    ['node', "document.title = ''", 'document'],
    ['dom', 'Buffer.alloc(1)', 'Buffer'],
  ])('%s does not know: %s', (environment, source, name) => {
    const { code, output } = typecheck(environment, `${source}\nexport {}\n`)
    expect(code).not.toBe(0)
    expect(output).toContain(`Cannot find name '${name}'`)
  })

  test.each([
    ['shared', 'Array.from([1])'],
    ['node', 'Buffer.alloc(1)'],
    ['dom', "document.title = ''"],
  ])('%s knows: %s', (environment, source) => {
    expect(typecheck(environment, `${source}\nexport {}\n`)).toMatchObject({ code: 0 })
  })
})
