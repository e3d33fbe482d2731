import { expect, type Locator, type Page } from '@playwright/test'

/** The topology: what is in its canvas is told by the list, by the side panel, and by what the keyboard stands on. */
export class TopologyPage {
  readonly page: Page
  readonly map: Locator
  readonly canvas: Locator
  readonly search: Locator

  constructor(page: Page) {
    this.page = page
    this.map = page.getByRole('application')
    this.canvas = page.locator('.topo-canvas')
    this.search = page.getByRole('main').getByRole('searchbox')
  }

  /** Nodes that are drawn now. */
  async drawn(): Promise<number> {
    return Number(await this.canvas.getAttribute('data-nodes'))
  }

  way(of: string | RegExp): Locator {
    return this.page.getByRole('complementary', { name: typeof of === 'string' ? `The way of ${of}` : of })
  }

  host(name: string): Locator {
    return this.page.getByRole('main').getByRole('region', { name, exact: true })
  }

  async show(view: 'Map' | 'List'): Promise<void> {
    await this.page.getByRole('radio', { name: view }).click()
  }

  async expectHosts(count: number): Promise<void> {
    await expect(this.page.getByText(`${count} hosts`, { exact: true })).toBeVisible()
  }
}
