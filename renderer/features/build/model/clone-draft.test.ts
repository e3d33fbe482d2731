import { describe, expect, test } from 'vitest'
import { type CloneSource, cloneSourceSchema } from '../../../../shared/model/index.ts'
import { options } from '../testing/options.ts'
import { withValue } from './at-path.ts'
import { type CloneForm, cloneTotals, firstClone, mayChange, toCloneInput } from './clone-draft.ts'

const GIB = 1_073_741_824
const ORIGINAL = { tags: ['prod'] }

function source(change: Partial<CloneSource> = {}): CloneSource {
  const disk = { format: 'qcow2', allocationBytes: GIB, linkReason: null }
  return {
    ...cloneSourceSchema.parse({
      machineId: 'c1.m.1',
      name: 'web-1',
      vcpus: 4,
      memoryMiB: 8_192,
      disks: [
        { ...disk, target: 'vda', place: { pool: 'default', volume: 'web-1.qcow2' }, capacityBytes: 20 * GIB, copied: true },
        { ...disk, target: 'vdb', place: { pool: 'fast', volume: 'data.qcow2' }, capacityBytes: 50 * GIB, copied: true },
        { ...disk, target: 'sda', place: { pool: 'default', volume: 'debian.iso' }, capacityBytes: GIB, copied: false },
      ],
      nics: [{ source: { kind: 'network', network: 'default' }, mac: '52:54:00:12:34:56' }],
      firmware: 'bios',
      template: null,
      warnings: [],
    }),
    ...change,
  }
}

const TEMPLATE = { family: 'web', version: 3, changeable: ['vcpus', 'cloudInit'] as const satisfies readonly string[] }
const template = () => source({ template: { ...TEMPLATE, changeable: [...TEMPLATE.changeable] } })

function changed(form: CloneForm, path: string, value: unknown): CloneForm {
  return withValue(form, `draft.${path}`, value)
}

describe('a request for clones', () => {
  test('that nothing was changed in says so: every clone is as its original, with cards of its own', () => {
    const { input } = toCloneInput(firstClone(source(), ORIGINAL), source(), ORIGINAL)
    expect(input).toMatchObject({ machineId: 'c1.m.1', name: 'web-1-{n}', mode: 'full', pool: null, start: false, cloudInit: null })
    expect(input?.changes).toEqual({})
  })

  test('names what differs alone', () => {
    let form = firstClone(source(), ORIGINAL)
    form = changed(form, 'changes.vcpus', 8)
    form = changed(form, 'changes.diskSizes.vda', 40 * GIB)
    form = changed(form, 'changes.nics.0.mac', '52:54:00:aa:bb:cc')
    form = changed(form, 'changes.tags', ['test'])
    expect(toCloneInput(form, source(), ORIGINAL).input?.changes).toEqual({
      vcpus: 8,
      diskSizes: { vda: 40 * GIB },
      nics: [expect.objectContaining({ mac: '52:54:00:aa:bb:cc' })],
      tags: ['test'],
    })
  })

  test.each([
    ['name', '', 'name'],
    ['changes.vcpus', 'four', 'changes.vcpus'],
    ['changes.memoryMiB', 1, 'changes.memoryMiB'],
    ['changes.diskSizes.vda', 'big', 'changes.diskSizes.vda'],
    ['changes.nics.0.mac', 'no', 'changes.nics.0.mac'],
  ])('tells %s = %j at its field', (path, value, at) => {
    const { issues } = toCloneInput(changed(firstClone(source(), ORIGINAL), path, value), source(), ORIGINAL)
    expect(issues.length).toBeGreaterThan(0)
    expect(issues.every((issue) => issue.path.join('.') === at)).toBe(true)
  })
})

describe('a template', () => {
  test('gives linked machines that start, named by its family, with a first start', () => {
    const form = firstClone(template(), ORIGINAL)
    expect(form.draft).toMatchObject({ name: 'web-{nn}', mode: 'linked', start: true })
    expect(form.firstStart).toBe('choices')
  })

  test('is copied whole where a disk of it cannot be a base', () => {
    const raw = template()
    const disks = raw.disks.map((disk, place) => (place === 0 ? { ...disk, linkReason: { code: 'volume.raw', text: 'It is raw.' } } : disk))
    expect(firstClone({ ...raw, disks }, ORIGINAL).draft.mode).toBe('full')
  })

  test('lets be changed what it says, and nothing else', () => {
    const may = (path: string) => mayChange(template(), path)
    expect([may('changes.vcpus'), may('cloudInit.user.name'), may('name'), may('pool')]).toEqual([true, true, true, true])
    expect([may('changes.memoryMiB'), may('changes.diskSizes.vda'), may('changes.nics.0.mac'), may('changes.tags')]).toEqual([
      false,
      false,
      false,
      false,
    ])
    expect(mayChange(source(), 'changes.tags')).toBe(true)
  })
})

test('what clones need is counted by pool; a disk that is only used needs nothing', () => {
  const form = changed(changed(firstClone(source(), ORIGINAL), 'count', 2), 'changes.diskSizes.vda', 30 * GIB)
  expect(cloneTotals(form, source(), options())).toMatchObject({
    vcpus: 8,
    memoryMiB: 16_384,
    pools: [
      { pool: 'default', bytes: 60 * GIB },
      { pool: 'fast', bytes: 100 * GIB },
    ],
  })
  expect(cloneTotals(changed(form, 'pool', 'fast'), source(), options()).pools).toEqual([
    { pool: 'fast', bytes: 160 * GIB, availableBytes: 50_000_000_000 },
  ])
})
