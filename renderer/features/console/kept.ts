/** What this browser remembers of the consoles; nothing where it may not (private mode): a choice then holds as long as its page. */
export function readKept(key: string): string | null {
  try {
    return localStorage.getItem(`novacron.console.${key}`)
  } catch {
    return null
  }
}

export function keep(key: string, value: string): void {
  try {
    localStorage.setItem(`novacron.console.${key}`, value)
  } catch {
    // see above
  }
}
