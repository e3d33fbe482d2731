import { expect, type Locator, type Page } from '@playwright/test'

/** The machine grid as a person finds it: by roles and names. */
export class FleetPage {
  readonly page: Page
  readonly grid: Locator
  readonly query: Locator
  readonly count: Locator
  readonly tree: Locator

  constructor(page: Page) {
    this.page = page
    this.grid = page.getByRole('grid', { name: 'Machines' })
    this.query = page.getByRole('combobox', { name: 'Filter machines' })
    this.count = page.getByRole('main').getByRole('status').first()
    this.tree = page.getByRole('tree', { name: 'Inventory' })
  }

  /** Waits until that many machines are known. */
  async expectCount(text: string | RegExp): Promise<void> {
    await expect(this.count).toHaveText(text, { timeout: 30_000 })
  }

  async filter(query: string): Promise<void> {
    await this.query.fill(query)
    await this.page.keyboard.press('Escape') // closes the list of completions
  }

  /** Rows on screen, without the head. */
  rows(): Locator {
    return this.grid.getByRole('row').filter({ has: this.page.getByRole('gridcell') })
  }

  row(name: string): Locator {
    return this.rows().filter({ has: this.page.getByRole('checkbox', { name: `Select ${name}`, exact: true }) })
  }

  /** What stands in a column, for the rows on screen. */
  async column(index: number): Promise<readonly string[]> {
    return this.rows().evaluateAll(
      (rows, cell) => rows.map((row) => row.querySelectorAll('[role=gridcell]')[cell]?.textContent ?? ''),
      index,
    )
  }

  async sortBy(name: string): Promise<void> {
    await this.grid.getByRole('columnheader', { name }).getByRole('button').click()
  }
}

export const COLUMN = { state: 1, name: 2, tags: 3, host: 4 } as const
