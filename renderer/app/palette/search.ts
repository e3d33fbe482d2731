import type { Command } from '../../lib/commands/index.ts'

/** Lower is better; null: no match. All words must occur; at the start of the title is best, then at the start of a word. */
export function rank(text: string, keywords: string, words: readonly string[]): number | null {
  const title = text.toLocaleLowerCase()
  const more = keywords.toLocaleLowerCase()
  let sum = 0
  for (const word of words) {
    const at = title.indexOf(word)
    if (at === 0) sum += 0
    else if (at > 0) sum += /[\s\-_.:/]/.test(title[at - 1] ?? '') ? 1 : 3
    else if (more.includes(word)) sum += 5
    else return null
  }
  return sum + title.length / 1_000
}

export function wordsOf(query: string): readonly string[] {
  return query.toLocaleLowerCase().split(/\s+/).filter(Boolean)
}

/** Commands that match, best first; disabled ones after enabled ones of the same rank. */
export function searchCommands(commands: readonly Command[], query: string, limit: number): readonly Command[] {
  const words = wordsOf(query)
  return commands
    .flatMap((command) => {
      const score = rank(command.title, `${command.group} ${command.keywords ?? ''}`, words)
      return score === null ? [] : [{ command, score: score + (command.disabledReason === undefined ? 0 : 0.5) }]
    })
    .sort((a, b) => a.score - b.score)
    .slice(0, limit)
    .map((hit) => hit.command)
}
