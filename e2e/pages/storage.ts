import { expect, type Locator, type Page } from '@playwright/test'

/** Pools and their volumes as a person finds them. */
export class StoragePage {
  readonly page: Page
  readonly pools: Locator
  readonly volumes: Locator
  readonly orphans: Locator
  readonly dialog: Locator

  constructor(page: Page) {
    this.page = page
    this.pools = page.getByRole('grid', { name: 'Pools' })
    this.volumes = page.getByRole('grid', { name: 'Volumes' })
    this.orphans = page.getByRole('grid', { name: 'Orphaned volumes' })
    this.dialog = page.getByRole('dialog')
  }

  /** By the app bar, and of one host. */
  async open(host?: string): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: 'Storage' }).click()
    if (host !== undefined) await this.page.getByLabel('Host whose pools are shown').selectOption({ label: host })
  }

  async openPool(name: string): Promise<void> {
    await this.pools.getByRole('link', { name, exact: true }).click()
    await expect(this.page.getByRole('heading', { level: 1, name, exact: true })).toBeVisible()
  }

  /** Rows on screen, without the head. */
  rows(): Locator {
    return this.volumes.getByRole('row').filter({ has: this.page.getByRole('gridcell') })
  }

  row(name: string): Locator {
    return this.page.getByRole('row').filter({ has: this.page.getByRole('checkbox', { name: `Select ${name}`, exact: true }) })
  }

  async act(name: string, entry: string | RegExp): Promise<void> {
    await this.page.getByRole('button', { name: `Actions: ${name}`, exact: true }).click()
    await this.page.getByRole('menuitem', { name: entry }).click()
  }

  /** What is done to the pool whose page is open. */
  async actOnPool(entry: string | RegExp): Promise<void> {
    await this.page.getByRole('button', { name: 'Actions', exact: true }).click()
    await this.page.getByRole('menuitem', { name: entry }).click()
  }

  async confirm(label: string): Promise<void> {
    await this.dialog.getByRole('button', { name: label, exact: true }).click()
    await expect(this.dialog).toHaveCount(0)
  }

  async make(name: string, gib: string): Promise<void> {
    await this.page.getByRole('button', { name: 'New volume…' }).click()
    await this.dialog.getByLabel('Name').fill(name)
    await this.dialog.getByLabel('Size').fill(gib)
    await this.confirm('Make the volume')
    await expect(this.row(name)).toBeVisible()
  }
}
