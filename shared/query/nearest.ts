/** Edit distance with transpositions of neighbours (optimal string alignment), for "did you mean". */
function distance(a: string, b: string): number {
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      let best = Math.min(change, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, (before[j - 2] ?? 0) + 1)
      row.push(best)
    }
    before = previous
    previous = row
  }
  return previous[b.length] ?? 0
}

/** Up to three of the names that the typed one was probably meant to be, the nearest first. */
export function nearestNames(typed: string, names: Iterable<string>): readonly string[] {
  const word = typed.toLowerCase().slice(0, 64)
  const allowed = Math.max(1, Math.min(3, Math.floor(word.length / 3)))
  const scored: { name: string; score: number }[] = []
  for (const name of names) {
    const lower = name.toLowerCase()
    const starts = word.length >= 2 && (lower.startsWith(word) || word.startsWith(lower))
    const score = starts ? 0.5 : distance(word, lower)
    if (score <= allowed) scored.push({ name, score })
  }
  scored.sort((a, b) => a.score - b.score || a.name.localeCompare(b.name, 'en'))
  return scored.slice(0, 3).map((entry) => entry.name)
}
