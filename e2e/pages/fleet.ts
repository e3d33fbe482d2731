import { expect, type Locator, type Page } from '@playwright/test'

/** The machine grid as a person finds it: by roles and names. */
export class FleetPage {
  readonly page: Page
  readonly grid: Locator
  readonly query: Locator
  readonly count: Locator
  readonly tree: Locator
  readonly bulk: Locator

  constructor(page: Page) {
    this.page = page
    this.grid = page.getByRole('grid', { name: 'Machines' })
    this.query = page.getByRole('combobox', { name: 'Filter machines' })
    this.count = page.getByRole('main').getByRole('status').first()
    this.bulk = page.getByRole('region', { name: 'Selected machines' })
    this.tree = page.getByRole('tree', { name: 'Inventory' })
  }

  /** Waits until that many machines are known. */
  async expectCount(text: string | RegExp): Promise<void> {
    await expect(this.count).toHaveText(text)
  }

  async filter(query: string): Promise<void> {
    await this.query.fill(query)
    await this.page.keyboard.press('Enter') // closes the list of completions and goes to the grid
  }

  /** Rows on screen, without the head. */
  rows(): Locator {
    return this.grid.getByRole('row').filter({ has: this.page.getByRole('gridcell') })
  }

  row(name: string): Locator {
    return this.rows().filter({ has: this.page.getByRole('checkbox', { name: `Select ${name}`, exact: true }) })
  }

  async select(name: string, selected = true): Promise<void> {
    await this.row(name).getByRole('checkbox').setChecked(selected)
  }

  /** Presses a button of the bar that acts on the selection. */
  async act(label: string): Promise<void> {
    await this.bulk.getByRole('button', { name: label, exact: true }).click()
  }

  /** Says yes to the dialog that names what would happen. */
  async confirm(label: RegExp): Promise<void> {
    await this.page.getByRole('dialog').getByRole('button', { name: label }).click()
  }

  /** Waits until the row says so. */
  async expectState(name: string, state: string | RegExp, timeout = 60_000): Promise<void> {
    await expect(this.row(name).getByRole('gridcell').nth(COLUMN.state)).toHaveText(state, { timeout })
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
