import { describe, expect, test } from 'vitest'
import { type RailNode, railsOf } from './rails.ts'

const chain = (...ids: readonly string[]): RailNode[] => ids.map((id, at) => ({ id, parent: ids[at - 1] ?? null }))
const order = (nodes: readonly RailNode[], head: string | null) => railsOf(nodes, head).rows.map(({ node }) => node.id)

describe('railsOf', () => {
  test('a line of three: newest on top, all in one lane', () => {
    const { rows, lanes } = railsOf(chain('a', 'b', 'c'), 'c')
    expect(rows.map(({ node, lane, hasAbove, below }) => [node.id, lane, hasAbove, below])).toEqual([
      ['c', 0, false, 0],
      ['b', 0, true, 0],
      ['a', 0, true, null],
    ])
    expect(lanes).toBe(1)
  })

  test('a branch stands right over where it leaves, and joins there', () => {
    const nodes = [...chain('a', 'b', 'c', 'here'), { id: 'x', parent: 'a' }, { id: 'y', parent: 'x' }]
    const { rows, lanes } = railsOf(nodes, 'here')
    expect(rows.map(({ node }) => node.id)).toEqual(['here', 'c', 'b', 'y', 'x', 'a'])
    expect(rows.slice(3)).toMatchObject([
      { lane: 1, hasAbove: false, passing: [0], below: 1 },
      { lane: 1, hasAbove: true, passing: [0], below: 0 },
      { lane: 0, hasAbove: true, passing: [], below: null },
    ])
    expect(lanes).toBe(2)
  })

  test('however many branches leave one point, they need two lanes', () => {
    const nodes = [{ id: 'root', parent: null }, ...Array.from({ length: 200 }, (_, at) => ({ id: `s${at}`, parent: 'root' }))]
    expect(railsOf(nodes, 's199').lanes).toBe(2)
  })

  test('where the machine is comes first, also in the middle of the tree', () => {
    const nodes = [...chain('a', 'b', 'c'), { id: 'here', parent: 'a' }]
    expect(order(nodes, 'here')).toEqual(['here', 'c', 'b', 'a'])
  })

  test('several roots, one of them with a parent that nobody knows', () => {
    expect(order([...chain('a', 'b'), { id: 'lost', parent: 'gone' }], 'b')).toEqual(['b', 'a', 'lost'])
  })

  test('a circle ends: each is there once', () => {
    const nodes = [
      { id: 'a', parent: 'b' },
      { id: 'b', parent: 'a' },
    ]
    expect(order(nodes, 'a').toSorted()).toEqual(['a', 'b'])
    expect(order(nodes, null).toSorted()).toEqual(['a', 'b'])
  })

  test('every node is there exactly once, over its parent, in any forest', () => {
    let seed = 7
    const next = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) & 0x7fff_ffff
      return seed % below
    }
    for (let round = 0; round < 60; round++) {
      const count = 1 + next(40)
      const nodes = Array.from({ length: count }, (_, at) => ({
        id: `n${at}`,
        parent: at === 0 || next(8) === 0 ? null : `n${next(at)}`,
      }))
      const head = `n${next(count)}`
      const { rows, lanes } = railsOf(nodes, head)
      const rowOf = new Map(rows.map(({ node }, at) => [node.id, at]))
      expect(rowOf.size).toBe(count)
      for (const { node, lane, passing, below } of rows) {
        expect(Math.max(lane, below ?? 0, ...passing)).toBeLessThan(lanes)
        expect(passing).not.toContain(lane)
        // a root is over nothing
        expect(rowOf.get(node.parent ?? '') ?? count).toBeGreaterThan(rowOf.get(node.id) ?? count)
      }
    }
  })
})
