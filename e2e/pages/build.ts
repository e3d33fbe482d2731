import { expect, type Locator, type Page } from '@playwright/test'
import { visit } from './screens.ts'

/** The form for new machines as a person finds it. */
export class BuildPage {
  readonly page: Page
  readonly steps: Locator
  readonly side: Locator

  constructor(page: Page) {
    this.page = page
    this.steps = page.getByRole('navigation', { name: 'Parts of the form' })
    this.side = page.getByRole('complementary', { name: 'What will be made' })
  }

  async open(path = '/build'): Promise<void> {
    await visit(this.page, path)
    await expect(this.field('Name')).toBeVisible()
  }

  field(label: string): Locator {
    return this.page.getByRole('main').getByLabel(label, { exact: true })
  }

  /** A pattern, how many, and who may log in: all that a beginner has to fill in. */
  async enter({
    name,
    count = 1,
    user,
    key,
  }: {
    readonly name: string
    readonly count?: number
    readonly user?: string
    readonly key?: string
  }) {
    await this.field('Name').fill(name)
    await this.field('How many').fill(String(count))
    if (user !== undefined) await this.field('User').fill(user)
    if (key !== undefined) await this.field('SSH public keys').fill(key)
  }

  async goTo(part: string): Promise<void> {
    await this.steps.getByRole('button', { name: part }).click()
  }

  /** Waits for the answer to what stands in the form now. */
  async expectFine(): Promise<void> {
    await expect(this.side.getByText('Nothing stands in the way.')).toBeVisible()
  }

  async create(label: string | RegExp): Promise<void> {
    await this.page.getByRole('main').getByRole('button', { name: label }).click()
  }
}
