/**
 * Pattern lists of OpenSSH (ssh_config(5) PATTERNS, sshd(8) SSH_KNOWN_HOSTS FILE FORMAT): `*`, `?` and a leading `!`.
 */

/** Whether `text` matches one pattern with `*` (any run) and `?` (one character). Linear in time; case matters. */
export function matchPattern(text: string, pattern: string): boolean {
  let textAt = 0
  let patternAt = 0
  let starAt = -1
  let resumeAt = 0
  while (textAt < text.length) {
    const wanted = pattern[patternAt]
    if (wanted === '*') {
      starAt = patternAt
      patternAt += 1
      resumeAt = textAt
    } else if (wanted === '?' || wanted === text[textAt]) {
      patternAt += 1
      textAt += 1
    } else if (starAt >= 0) {
      patternAt = starAt + 1
      resumeAt += 1
      textAt = resumeAt
    } else {
      return false
    }
  }
  while (pattern[patternAt] === '*') patternAt += 1
  return patternAt === pattern.length
}

/** Result of a pattern list: a negated pattern that matches wins over everything else. */
export type PatternMatch = 'match' | 'negated' | 'none'

/** Matches `text` against many patterns, some of which may be negated with `!`. */
export function matchPatterns(text: string, patterns: readonly string[]): PatternMatch {
  let result: PatternMatch = 'none'
  for (const pattern of patterns) {
    const negated = pattern.startsWith('!')
    if (!matchPattern(text, negated ? pattern.slice(1) : pattern)) continue
    if (negated) return 'negated'
    result = 'match'
  }
  return result
}

/** Whether a word is a plain name, without wildcard or negation. */
export function isConcreteName(pattern: string): boolean {
  return pattern !== '' && !/[*?!]/.test(pattern)
}
