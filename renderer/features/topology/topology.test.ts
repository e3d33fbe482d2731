import { expect, test } from 'vitest'
import { COLUMNS, columnsFor, HEAD, layoutHost, ROW, spineTop } from './layout.ts'
import { brokenLinks, cardsOn, pathOf, stepsOf } from './path.ts'
import {
  blocksBetween,
  buildScene,
  firstBlockAt,
  nodesBetween,
  nodeY,
  type SceneHost,
  type Spot,
  spineIn,
  spotAt,
  stepFrom,
} from './scene.ts'
import { topology } from './testing/fixture.ts'

const WEB2 = 'nic:52:54:00:00:00:02'
const NFS = 'nic:52:54:00:00:00:03'
const named = (ids: Iterable<number>, from = topology()) =>
  [...ids].map((at) => from.nodes[at]?.id ?? '').toSorted((a, b) => (a < b ? -1 : 1))

test('a card leads to the wire over everything in between, and the way parts at a bond', () => {
  const host = topology()
  const steps = stepsOf(host, host.at[WEB2] ?? -1)
  expect(steps.map(({ at, depth, ending }) => [host.nodes[at]?.id, depth, ending])).toEqual([
    [WEB2, 0, null],
    ['net:prod', 0, null],
    ['if:br-prod', 0, null],
    ['if:bond0.110', 0, null],
    ['if:bond0', 0, null],
    ['if:eno1', 1, 'wire'],
    ['if:eno2', 1, 'wire-down'],
  ])
})

test.each([
  [NFS, 'if:virbr1', 'isolated'],
  ['nic:52:54:00:00:00:04', 'net:off', 'off'],
  ['nic:52:54:00:00:00:05', 'nic:52:54:00:00:00:05', 'unplugged'],
  ['if:virbr1', 'if:virbr1', 'no-port'],
])('the way of %s ends at %s: %s', (from, last, ending) => {
  const host = topology()
  const end = stepsOf(host, host.at[from] ?? -1).at(-1)
  expect([host.nodes[end?.at ?? -1]?.id, end?.ending]).toEqual([last, ending])
})

test('a card whose network was started anew hangs beside it', () => {
  const host = topology()
  const place = host.at['nic:52:54:00:00:00:05'] ?? -1
  const nodes = host.nodes.map((node, at) => (at === place ? { ...node, isUp: false, detail: 'unplugged' } : node))
  expect(stepsOf({ ...host, nodes }, place).map(({ ending }) => ending)).toEqual(['beside'])
})

test('a circle is walked once', () => {
  const host = topology()
  const { at } = host
  const looped = { ...host, edges: [...host.edges, [at['if:eno1'] ?? -1, at['if:br-prod'] ?? -1] satisfies [number, number]] }
  expect(stepsOf(looped, at[WEB2] ?? -1)).toHaveLength(7)
  expect(pathOf(looped, at[WEB2] ?? -1).nodes.size).toBe(7)
})

test('what lights up with a card is its way alone; with a network its cards as well', () => {
  const host = topology()
  expect(named(pathOf(host, host.at[NFS] ?? -1).nodes)).toEqual(['if:virbr1', 'net:lonely', NFS])
  const prod = pathOf(host, host.at['net:prod'] ?? -1)
  expect(named(prod.nodes)).toContain(WEB2)
  expect(named(prod.nodes)).not.toContain('net:lonely')
  expect(prod.edges.size).toBe(7)
  expect(named(cardsOn(host, host.at['if:eno1'] ?? -1))).toEqual([WEB2, 'nic:52:54:00:00:00:0a'])
})

test('a port that is down counts as broken only where something hangs on it', () => {
  const host = topology()
  expect(named(brokenLinks(host))).toEqual(['if:eno2'])
  expect(brokenLinks({ ...topology(), edges: [] })).toEqual([])
})

test('columns hold each node once, in rows that do not overlap, within the block', () => {
  const host = topology()
  const { columns, y, height, spineHeight } = layoutHost(host, null)
  expect(columns.flat().sort((a, b) => a - b)).toEqual(host.nodes.map((_node, at) => at))
  for (const [column, nodes] of columns.entries()) {
    expect(nodes.every((at) => host.nodes[at]?.kind === COLUMNS[column])).toBe(true)
    for (const [row, at] of nodes.entries()) {
      const isCard = column === COLUMNS.length - 1
      const before = row === 0 ? (isCard ? HEAD : 0) - ROW : (y[nodes[row - 1] ?? -1] ?? Number.NaN)
      const here = y[at] ?? Number.NaN
      expect(here - before).toBeGreaterThanOrEqual(ROW)
      expect(here + ROW).toBeLessThanOrEqual(isCard ? height : spineHeight)
    }
  }
  // names as people order them, cards of a network together
  const cards = (columns.at(-1) ?? []).map((at) => host.nodes[at]?.machine)
  expect(cards).toEqual(['nfs-1', 'old-1', 'web-2', 'web-10', 'loose-1'])
})

test('the spine stands in the middle of what is on screen of its host, and never leaves it', () => {
  const layout = { ...layoutHost(topology(), null), height: 2_000, spineHeight: 240 }
  expect(spineTop(layout, 0, 2_000)).toBeGreaterThan(800)
  expect(spineTop(layout, 600, 1_200)).toBe(780)
  expect(spineTop(layout, -5_000, 100)).toBe(HEAD)
  expect(spineTop(layout, 1_900, 9_000)).toBe(2_000 - 8 - 240)
  expect(spineTop({ ...layout, height: 300 }, 250, 260)).toBeLessThan(60)
})

test('columns fill the width there is, and never get narrower than can be read', () => {
  for (const width of [300, 900, 1_400, 2_500]) {
    const { width: whole, columns } = columnsFor(width)
    expect(whole).toBeGreaterThanOrEqual(width)
    expect(columns.at(-1)?.width).toBeGreaterThanOrEqual(190)
    let end = 0
    for (const { x, width: own } of columns) {
      expect(x - end).toBeGreaterThanOrEqual(20)
      end = x + own
    }
    const last = columns.at(-1)
    expect((last?.x ?? 0) + (last?.width ?? 0)).toBeLessThanOrEqual(whole)
  }
})

function hosts(count: number): SceneHost[] {
  return Array.from({ length: count }, (_, number) => ({
    id: `c${number}.h.1`,
    name: `kvm-${number}`,
    topology: number === 2 ? null : topology(`c${number}.h.1`),
  }))
}

test('folded hosts are a line, open ones their picture; blocks follow one another', () => {
  const scene = buildScene(hosts(5), new Set(['c1.h.1', 'c2.h.1']), '')
  expect(scene.blocks.map(({ layout }) => layout !== null)).toEqual([false, true, false, false, false])
  expect(scene.blocks[0]?.height).toBe(HEAD)
  expect(scene.blocks[2]?.height).toBeGreaterThan(HEAD)
  for (const [at, block] of scene.blocks.entries()) {
    const before = scene.blocks[at - 1]
    expect(block.y).toBe(before ? before.y + before.height : 0)
    expect(firstBlockAt(scene, block.y)).toBe(at)
    expect(firstBlockAt(scene, block.y + block.height - 1)).toBe(at)
  }
  expect(firstBlockAt(scene, scene.height)).toBe(scene.blocks.length)
  expect(blocksBetween(scene, HEAD - 1, HEAD + 1).map(({ host }) => host.name)).toEqual(['kvm-0', 'kvm-1'])
})

test('a search opens what it finds and shows nothing but that and its ways', () => {
  const found = buildScene(hosts(4), new Set(), 'web-10')
  expect(found.blocks.map(({ host }) => host.name)).toEqual(['kvm-0', 'kvm-1', 'kvm-3'])
  expect(found.matchCount).toBe(3)
  const block = found.blocks[0]
  expect(named(block?.layout?.columns.flat() ?? [])).not.toContain(WEB2)
  expect(named(block?.layout?.columns.flat() ?? [])).toContain('if:eno1')
  // a host’s name and a word of a node: both have to be met
  expect(buildScene(hosts(4), new Set(), 'kvm-3 10.40.1.2').blocks.map(({ host }) => host.name)).toEqual(['kvm-3'])
  expect(buildScene(hosts(4), new Set(), 'KVM-1').blocks.map(({ host, layout }) => [host.name, layout !== null])).toEqual([['kvm-1', true]])
  expect(buildScene(hosts(4), new Set(), 'nowhere').blocks).toEqual([])
})

test('every node is found where it is drawn, and nothing between', () => {
  const scene = buildScene(hosts(3), new Set(['c1.h.1']), '')
  const { columns } = columnsFor(1_200)
  const block = scene.blocks[1]
  const { layout } = block ?? {}
  if (!block || !layout) throw new Error('the second host is open')
  for (const window of [
    { top: 0, height: 600 },
    { top: 90, height: 120 },
  ]) {
    const spine = spineIn(block, layout, window)
    for (const [column, nodes] of layout.columns.entries()) {
      const box = columns[column]
      for (const at of nodes) {
        const y = nodeY(layout, at, column === COLUMNS.length - 1, spine)
        expect(spotAt(scene, columns, (box?.x ?? 0) + 5, block.y + y + 10, window)).toEqual({ hostId: 'c1.h.1', at })
        expect(nodesBetween(layout, column, y, y, spine)).toContain(at)
      }
    }
  }
  const window = { top: 0, height: 600 }
  expect(spotAt(scene, columns, 5, 5, window)).toEqual({ hostId: 'c0.h.1', at: null })
  expect(spotAt(scene, columns, (columns[0]?.x ?? 0) + (columns[0]?.width ?? 0) + 8, block.y + HEAD + 10, window)).toBe(null)
  expect(spotAt(scene, columns, 50, scene.height + 5, window)).toBe(null)
})

test('arrow keys reach every node of an open host, and the hosts around it', () => {
  const scene = buildScene(hosts(3), new Set(['c1.h.1']), '')
  const start = stepFrom(scene, null, 'down')
  expect(start).toEqual({ hostId: 'c0.h.1', at: null })
  const reached = new Set<string>()
  const waiting: Spot[] = start ? [start] : []
  for (let spot = waiting.pop(); spot; spot = waiting.pop()) {
    const key = `${spot.hostId} ${spot.at}`
    if (reached.has(key)) continue
    reached.add(key)
    for (const way of ['up', 'down', 'left', 'right'] as const) {
      const next = stepFrom(scene, spot, way)
      if (next) waiting.push(next)
    }
  }
  expect(reached.size).toBe(3 + topology().nodes.length)
})
