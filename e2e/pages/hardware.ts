import { expect, type Locator, type Page } from '@playwright/test'

/** The Hardware tab of a machine as a person finds it. */
export class HardwarePage {
  readonly page: Page
  readonly list: Locator
  readonly detail: Locator
  readonly pending: Locator
  /** Earlier definitions, a row each. */
  readonly versions: Locator

  constructor(page: Page) {
    this.page = page
    this.list = page.getByRole('navigation', { name: 'Hardware' })
    this.detail = page.getByRole('region', { name: 'Details' })
    this.pending = page.getByRole('region', { name: 'What runs differs from what is kept' })
    this.versions = page.getByRole('table').filter({ hasText: 'Changed by' }).getByRole('row')
  }

  /** From wherever in the machine's page. */
  async open(): Promise<void> {
    await this.page.getByRole('tab', { name: 'Hardware' }).click()
    await expect(this.list).toBeVisible()
  }

  async choose(item: string | RegExp): Promise<void> {
    await this.list.getByRole('button', { name: item }).first().click()
  }

  async view(name: 'Devices' | 'XML' | 'History'): Promise<void> {
    await this.page.getByRole('radio', { name, exact: true }).click()
  }

  field(label: string): Locator {
    return this.detail.getByLabel(label, { exact: true })
  }

  /** Chooses when it counts, where that is said. */
  async counts(when: string): Promise<void> {
    await this.page.getByRole('main').getByRole('radio', { name: when, exact: true }).check()
  }

  /** Presses it once it can be pressed, and waits until the form has nothing more to save. */
  async save(button: string): Promise<void> {
    await this.press(button)
    await expect(this.page.getByText('Being changed…')).toHaveCount(0)
  }

  async press(button: string): Promise<void> {
    const found = this.page.getByRole('main').getByRole('button', { name: button, exact: true })
    await expect(found).toBeEnabled()
    await found.click()
  }

  async add(kind: RegExp): Promise<void> {
    await this.press('Add a device…')
    await this.detail.getByRole('radio', { name: kind }).check()
  }
}
