import { describe, expect, test } from 'vitest'
import { type BuildFinding, type OvaContents, ovaContentsSchema, type PoolId } from '../../../../shared/model/index.ts'
import { options } from '../testing/options.ts'
import { fileKindOf, freeName } from './file-kind.ts'
import { firstImport, joined, toImportInput, withContents, withPackage } from './import-draft.ts'

const POOL = 'c1.p.1' as PoolId
const PLACE = { pool: 'default', volume: 'shop.ova' }

function contents(change: Partial<OvaContents> = {}): OvaContents {
  const empty = { sizeBytes: 9, guest: null, disks: [], networks: [], manifest: null, findings: [] }
  return ovaContentsSchema.parse({ name: 'web shop', ...empty, spec: options().defaults, ...change })
}

const finding = (code: string, change: Partial<BuildFinding> = {}): BuildFinding => ({
  code,
  severity: 'warns',
  field: null,
  text: code,
  params: {},
  mend: null,
  ...change,
})

describe('a file', () => {
  test.each([
    ['shop.ova', 'package'],
    ['SHOP.OVA', 'package'],
    ['disk-0.vmdk', 'disk'],
    ['disk.tar.qcow2', 'disk'],
    ['shop.ovf', 'descriptor'],
    ['shop.zip', 'other'],
    ['ova', 'other'],
    ['', 'other'],
  ] as const)('%j is a %s', (name, kind) => expect(fileKindOf(name)).toBe(kind))

  test('whose name is taken gets a number before its ending', () => {
    expect(freeName('shop.ova', new Set(['other.ova']))).toBe('shop.ova')
    expect(freeName('shop.ova', new Set(['shop.ova', 'shop-2.ova']))).toBe('shop-3.ova')
    expect(freeName('shop', new Set(['shop']))).toBe('shop-2')
  })
})

describe('an import', () => {
  test('is no request before it is known what is in the package', () => {
    expect(toImportInput(withPackage(firstImport(options()), PLACE, true), POOL)).toEqual({ input: null, issues: [] })
  })

  test('asks for what the package proposes, compared with its manifest, and deletes what was uploaded for it', () => {
    const draft = withContents(withPackage(firstImport(options()), PLACE, true), contents())
    expect(toImportInput(draft, POOL).input).toMatchObject({
      poolId: POOL,
      name: 'shop.ova',
      machine: 'web shop',
      verify: true,
      removePackage: true,
      start: false,
      spec: { disks: [{ source: { kind: 'new', pool: 'default' } }] },
    })
    expect(withPackage(draft, { pool: 'default', volume: 'kept.ova' }, false)).toMatchObject({
      removePackage: false,
      machine: '',
      spec: null,
    })
  })

  test('takes the file’s name where the package’s can be none, and says what is wrong with any', () => {
    const draft = withContents(withPackage(firstImport(options()), PLACE, true), contents({ name: '../shop' }))
    expect(draft.machine).toBe('shop')
    const { input, issues } = toImportInput({ ...draft, machine: ' ' }, POOL)
    expect(input).toBeNull()
    expect(issues.map(({ path }) => path.join('.'))).toContain('machine')
  })

  test('shows each finding once, and those of the package that only warn', () => {
    const said = [finding('ova.no-manifest'), finding('ova.card-changed'), finding('ova.in-pieces', { severity: 'blocks' })]
    const checked = [finding('ova.no-manifest'), finding('build.name-taken', { severity: 'blocks' })]
    expect(joined(said, checked).map(({ code }) => code)).toEqual(['ova.no-manifest', 'build.name-taken', 'ova.card-changed'])
  })
})
