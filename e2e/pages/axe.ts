import { AxeBuilder } from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

/** What WCAG 2.2 AA asks for, as far as it can be measured. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']

/** All of it, or single rules. */
export function accessibility(page: Page, rules?: readonly string[]): AxeBuilder {
  // the other mode opens a page for each analysis, for the frames of other origins that the console may not have: twice the time
  const builder = new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).setLegacyMode(true)
  return rules === undefined ? builder.withTags(TAGS) : builder.withRules([...rules])
}

/** The page as it stands has no findings. */
export async function expectAccessible(page: Page, where: string): Promise<void> {
  const { violations } = await accessibility(page).analyze()
  expect(violations.map(({ id, nodes }) => `${where}: ${id}: ${nodes[0]?.html.slice(0, 200)}`)).toEqual([])
}
