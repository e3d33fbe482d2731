import { expect, type Locator, type Page } from '@playwright/test'

/** The wizard that moves machines, as a person finds it. */
export class MigratePage {
  readonly page: Page
  readonly findings: Locator
  readonly prediction: Locator

  constructor(page: Page) {
    this.page = page
    this.findings = page.getByRole('list', { name: 'Findings' })
    this.prediction = page.getByRole('complementary', { name: 'Prediction' })
  }

  /** From the menu of a machine's own page. */
  async openFromMachine(): Promise<void> {
    await this.page.getByRole('button', { name: 'More actions' }).click()
    await this.page.getByRole('menuitem', { name: 'Migrate…' }).click()
  }

  async chooseTarget(name: string): Promise<void> {
    await this.page.getByRole('radio', { name: new RegExp(`^${name} `) }).check()
    await this.next('Pre-flight')
  }

  async next(step: string): Promise<void> {
    await this.page.getByRole('button', { name: `Next: ${step}` }).click()
  }

  finding(text: string | RegExp): Locator {
    return this.findings.getByRole('listitem').filter({ hasText: text })
  }

  /** One click, and the finding is none any more. */
  async mend(text: string | RegExp, how: string, timeout = 60_000): Promise<void> {
    const row = this.finding(text).filter({ hasNotText: 'Solved' })
    await row.getByRole('button', { name: how }).click()
    await expect(row).toHaveCount(0, { timeout })
  }

  /** What was looked at is of this moment. */
  async expectLooked(timeout = 60_000): Promise<void> {
    await expect(this.page.getByRole('button', { name: 'Check again' })).not.toHaveAttribute('aria-disabled', 'true', { timeout })
  }

  /** Reads the warnings, if there are any, and begins. A double click is one click. */
  async start(): Promise<void> {
    const read = this.page.getByRole('checkbox', { name: /I have read the warning/ })
    const move = this.page.getByRole('button', { name: /^Move / })
    await expect(move).toBeVisible()
    if (await read.isVisible()) await read.check()
    await move.dblclick()
    await expect(this.page).toHaveURL(/\/tasks\?task=/)
  }

  /** At the review: what there is to read is there. */
  async expectPlannable(): Promise<void> {
    await expect(this.prediction.getByText('Total')).toBeVisible()
  }

  /** Reads the warnings, if there are any, and keeps it for its time. A double click is one click. */
  async plan(): Promise<void> {
    const read = this.page.getByRole('checkbox', { name: /I have read the warning/ })
    const save = this.page.getByRole('button', { name: /^Plan the move of/ })
    await expect(save).toBeVisible()
    if (await read.isVisible()) await read.check()
    await save.dblclick()
    await expect(this.page).toHaveURL(/\/tasks$/)
  }
}
