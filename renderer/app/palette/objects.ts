import type { Command } from '../../lib/commands/index.ts'
import type { Translate } from '../../lib/i18n/index.ts'
import type { LiveStore } from '../../lib/live/index.ts'
import { paths } from '../../lib/paths.ts'
import { rank, wordsOf } from './search.ts'

const MACHINES = 12
const HOSTS = 6

/** Machines and hosts whose names match, as commands that open them. Nothing for an empty query: it would be everything. */
export function searchObjects(store: LiveStore, query: string, t: Translate, go: (path: string) => void): readonly Command[] {
  const words = wordsOf(query)
  if (words.length === 0) return []
  const machines = best(store.tables.machine.values(), words, MACHINES).map((machine) => ({
    id: `machine.${machine.id}`,
    title: machine.name,
    group: t('palette.group.machines'),
    run: () => go(paths.machine(machine.id)),
  }))
  const hosts = best(store.tables.host.values(), words, HOSTS).map((host) => ({
    id: `host.${host.id}`,
    title: host.name,
    group: t('palette.group.hosts'),
    run: () => go(paths.host(host.id)),
  }))
  return [...hosts, ...machines]
}

function best<T extends { readonly name: string }>(objects: Iterable<T>, words: readonly string[], limit: number): readonly T[] {
  const hits: { readonly object: T; readonly score: number }[] = []
  for (const object of objects) {
    const score = rank(object.name, '', words)
    if (score !== null) hits.push({ object, score })
  }
  return hits
    .sort((a, b) => a.score - b.score)
    .slice(0, limit)
    .map((hit) => hit.object)
}
