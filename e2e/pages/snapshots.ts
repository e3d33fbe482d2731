import { expect, type Locator, type Page } from '@playwright/test'

/** The snapshots of a machine as a person finds them: the tree, the files beneath, and one dialog an operation. */
export class SnapshotsPage {
  readonly page: Page
  readonly tree: Locator
  readonly dialog: Locator
  readonly chosen: Locator

  constructor(page: Page) {
    this.page = page
    this.tree = page.getByRole('table', { name: 'Tree of snapshots' })
    this.dialog = page.getByRole('dialog')
    this.chosen = page.getByRole('complementary', { name: 'What is chosen' })
  }

  async open(): Promise<void> {
    await this.page.getByRole('tab', { name: 'Snapshots' }).click()
    await expect(this.page.getByRole('button', { name: 'Take a snapshot…' })).toBeVisible()
  }

  snapshot(name: string): Locator {
    return this.tree.getByRole('button', { name: new RegExp(`^${name}, `) })
  }

  /** The files of a disk, the one that is written first. */
  files(target = 'vda'): Locator {
    return this.page.getByRole('table', { name: `Files of ${target}` }).getByRole('button')
  }

  /** Names from top to bottom; the first row is where the machine is. */
  async expectTree(...names: readonly string[]): Promise<void> {
    const rows = this.tree.getByRole('rowheader')
    await expect(rows).toHaveText(['You are here', ...names])
  }

  /** Takes one as the dialog proposes it, but for its name. */
  async take(name: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Take a snapshot…' }).click()
    await this.dialog.getByLabel('Name', { exact: true }).fill(name)
    await this.confirm('Take it')
    await expect(this.snapshot(name)).toBeVisible()
  }

  /** Opens the dialog of what can be done with the chosen one. */
  async act(verb: string): Promise<void> {
    await this.chosen.getByRole('button', { name: verb }).click()
    await expect(this.dialog).toBeVisible()
  }

  /** Waits for the plan and agrees to it. */
  async confirm(verb: string): Promise<void> {
    await this.dialog.getByRole('button', { name: verb, exact: true }).click()
    await expect(this.dialog).toHaveCount(0)
    await this.settled()
  }

  /** Nothing works on the machine. */
  async settled(): Promise<void> {
    await expect(this.page.getByRole('button', { name: 'Take a snapshot…' })).not.toHaveAttribute('aria-disabled', 'true')
  }
}
