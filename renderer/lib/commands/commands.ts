import { useEffect } from 'react'

/** Something a person can do, wherever it is offered: the palette, a menu, a key. */
export interface Command {
  /** Stable and dotted, such as `fleet.open`. A later registration with the same id replaces the earlier. */
  readonly id: string
  /** Worded already, in the chosen language: a verb and its object. */
  readonly title: string
  /** Heading in the palette, worded. */
  readonly group: string
  /** More words to find it by. */
  readonly keywords?: string
  /** As shown in key caps, such as `G T`. */
  readonly shortcut?: string
  /** Why it cannot be run now, worded: shown, never hidden. */
  readonly disabledReason?: string | undefined
  readonly run: () => void
}

type Source = () => readonly Command[]

const sources = new Set<Source>()

/** Registers a source of commands; it is asked each time the palette opens. Returns how to take it back. */
export function registerCommands(source: Source): () => void {
  sources.add(source)
  return () => sources.delete(source)
}

/** All commands of now, by id. */
export function currentCommands(): readonly Command[] {
  const byId = new Map<string, Command>()
  for (const source of sources) for (const command of source()) byId.set(command.id, command)
  return [...byId.values()]
}

/** Commands of a mounted component: there while it is, evaluated with what it last rendered. */
export function useCommands(commands: readonly Command[]): void {
  useEffect(() => registerCommands(() => commands), [commands])
}
