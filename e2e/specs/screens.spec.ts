import { expect, test } from '../app/fixture.ts'
import { watchShifts } from '../app/shifts.ts'
import { accessibility } from '../pages/axe.ts'
import { screensOf, visit } from '../pages/screens.ts'

/** The budget of a whole page view; "good" by the web's own measure is 0.1. */
const SHIFT = 0.02

/** Colours on their way from one scheme to the other have no contrast to speak of. */
const TRANSITIONS_OVER = `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
  .then(() => Promise.allSettled(document.getAnimations()
  .filter((each) => each.effect?.getComputedTiming().iterations !== Infinity).map((each) => each.finished)))`

test('every screen, in light and dark: no axe findings, nothing moves by itself, no error in the console', async ({
  console: page,
}, info) => {
  const shifts = await watchShifts(page)
  const found: string[] = []
  for (const { name, path, settled, pushes } of await screensOf(page)) {
    await page.emulateMedia({ colorScheme: 'light' })
    await visit(page, path)
    await expect(page.getByRole('main').getByText(settled).first()).toBeVisible()
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme })
      await page.evaluate(TRANSITIONS_OVER)
      // only colours differ the second time
      const { violations } = await accessibility(page, scheme === 'light' ? undefined : ['color-contrast']).analyze()
      for (const { id, nodes } of violations) found.push(`${name} in ${scheme}: ${id}: ${nodes[0]?.html.slice(0, 200)}`)
      await page.screenshot({ path: info.outputPath(`${name}-${scheme}.png`) })
    }
    const { score, moved } = await shifts()
    if (score > SHIFT && !pushes)
      found.push(`${name}: moved by ${score.toFixed(3)}: ${moved.toSorted().toReversed().slice(0, 6).join(' | ')}`)
  }
  expect(found).toEqual([])
})
