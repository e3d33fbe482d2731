import type { Page } from '@playwright/test'

/** Watches for content that moves by itself, from the next page load on. Returns the sum since the load, as browsers count it (CLS). */
export async function watchShifts(page: Page): Promise<() => Promise<{ readonly score: number; readonly moved: readonly string[] }>> {
  await page.addInitScript({ content: SCRIPT })
  return () => page.evaluate('window.__shifts')
}

/** In the page's own language: specs are typed for Node. https://web.dev/articles/cls */
const SCRIPT = `
window.__shifts = { score: 0, moved: [] }
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (entry.hadRecentInput) continue
    window.__shifts.score += entry.value
    for (const { node } of entry.sources) {
      const element = node instanceof Element ? node : node?.parentElement
      window.__shifts.moved.push(entry.value.toFixed(4) + ' ' + (element?.outerHTML ?? '?').slice(0, 120))
    }
  }
}).observe({ type: 'layout-shift', buffered: true })
`
