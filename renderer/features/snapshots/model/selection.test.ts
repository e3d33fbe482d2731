import { expect, test } from 'vitest'
import { file, tree } from '../testing/trees.ts'
import { beneath, fileAt, filesOf, highlightOf, stillThere } from './selection.ts'

const BASE = '/images/base.qcow2'

test('what the machine stands on is never called left behind, needed by a snapshot or not', () => {
  const files = filesOf({
    target: 'vda',
    files: [file('active', { isActive: true }), file('middle'), file('base', { snapshots: ['one'] })],
    others: [
      { ...file('kept', { snapshots: ['two'] }), base: BASE },
      { ...file('top'), base: '/images/under.qcow2' },
      { ...file('under'), base: BASE },
      { ...file('clone', { usedBy: ['web-2'] }), base: BASE },
    ],
  })
  expect(files.map(({ volume, holds }) => [volume, holds])).toEqual([
    ['active.qcow2', 'machine'],
    ['middle.qcow2', 'machine'],
    ['base.qcow2', 'machine'],
    ['kept.qcow2', 'branch'],
    ['top.qcow2', 'nothing'],
    ['under.qcow2', 'branch'],
    ['clone.qcow2', 'branch'],
  ])
})

test('a snapshot lights up its files, a file its snapshots', () => {
  expect([...highlightOf(tree(), { what: 'snapshot', name: 'before' }).files]).toEqual([BASE, '/images/web-1.qcow2'])
  expect([...highlightOf(tree(), { what: 'file', target: 'vda', path: BASE }).snapshots]).toEqual(['before', 'after'])
})

test('a choice lasts as long as what was chosen', () => {
  const chosen = { what: 'snapshot', name: 'before' } as const
  expect(stillThere(tree(), chosen)).toEqual(chosen)
  expect(stillThere(tree({ snapshots: [] }), chosen)).toBeNull()
  expect(stillThere(tree(), { what: 'file', target: 'vdb', path: BASE })).toBeNull()
})

test('what a file may be merged into lies beneath it in the chain of the machine', () => {
  expect(beneath(tree(), 'vda', '/images/before.qcow2').map(({ volume }) => volume)).toEqual(['base.qcow2', 'web-1.qcow2'])
  expect(beneath(tree(), 'vda', '/images/elsewhere.qcow2')).toEqual([])
  expect(fileAt(tree(), 'vda', BASE)?.base).toBe('/images/web-1.qcow2')
})
