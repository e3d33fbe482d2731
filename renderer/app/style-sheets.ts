const AGAIN_MS = [100, 500, 2_000, 5_000]

/**
 * Asks again for style sheets that did not come: a laptop that changes its network breaks off what is being loaded, even from itself,
 * and without them nothing can be read. To be called from a module script, which runs when each has come or failed.
 */
export function mendStyleSheets(): void {
  for (const link of document.querySelectorAll<HTMLLinkElement>('link[rel="stylesheet"]')) if (!hasRules(link)) ask(link, 0)
}

/** Of a sheet that was broken off Chromium makes an empty one, or one that nobody may read. */
function hasRules({ sheet }: HTMLLinkElement): boolean {
  try {
    return sheet !== null && sheet.cssRules.length > 0
  } catch {
    return false
  }
}

function ask(failed: HTMLLinkElement, tries: number): void {
  const delayMs = AGAIN_MS[tries]
  if (delayMs === undefined) return
  setTimeout(() => {
    const again = document.createElement('link')
    again.rel = 'stylesheet'
    again.crossOrigin = failed.crossOrigin
    again.href = failed.href
    again.addEventListener('error', () => ask(again, tries + 1), { once: true })
    failed.replaceWith(again)
  }, delayMs)
}
