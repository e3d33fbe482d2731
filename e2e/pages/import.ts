import { expect, type Locator, type Page } from '@playwright/test'

/** The screen that takes packages in, as a person finds it. */
export class ImportPage {
  readonly page: Page
  readonly file: Locator
  readonly contents: Locator

  constructor(page: Page) {
    this.page = page
    this.file = page.getByLabel('File to upload')
    this.contents = page.getByRole('group', { name: 'What is in the package' })
  }

  /** By the fleet's bar. */
  async open(): Promise<void> {
    await this.page.getByRole('main').getByRole('button', { name: 'Import…' }).click()
    await expect(this.page.getByRole('heading', { name: 'Import a machine' })).toBeVisible()
  }

  field(label: string): Locator {
    return this.page.getByRole('main').getByLabel(label, { exact: true })
  }

  async submit(): Promise<void> {
    await this.page.getByRole('main').getByRole('button', { name: 'Import it' }).click()
  }
}
