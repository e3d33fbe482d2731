import { expect, type Locator, type Page } from '@playwright/test'
import type { LabHost } from '../lab/lab.ts'

export interface HostForm {
  readonly host: string
  readonly user: string
  readonly keyFile?: string
  readonly password?: string
  readonly name?: string
}

/** The add-host wizard: a form beside the live check list. */
export class AddHostPage {
  readonly page: Page
  readonly keyDialog: Locator

  constructor(page: Page) {
    this.page = page
    this.keyDialog = page.getByRole('dialog')
  }

  async enter({ host, user, keyFile, password, name }: HostForm): Promise<void> {
    await this.page.getByLabel('Host', { exact: true }).fill(host)
    await this.page.getByLabel('User', { exact: true }).fill(user)
    if (name !== undefined) await this.page.getByLabel('Name', { exact: true }).fill(name)
    if (password !== undefined) await this.page.getByLabel('Password', { exact: true }).fill(password)
    if (keyFile !== undefined) {
      await this.page.getByRole('button', { name: 'More options' }).click()
      await this.page.getByLabel('Private key', { exact: true }).fill(keyFile)
    }
  }

  async check(): Promise<void> {
    await this.page.getByRole('button', { name: /^Check (the connection|again)$/ }).click()
  }

  /** Confirms the host key if, and only if, it is the one that the host itself told. */
  async trust(fingerprint: string): Promise<void> {
    await expect(this.keyDialog).toContainText(fingerprint)
    await this.keyDialog.getByRole('button', { name: 'Trust this key' }).click()
  }

  /** A line of the check list. */
  step(name: string): Locator {
    return this.page.getByRole('listitem').filter({ hasText: name })
  }

  async expectAllFine(): Promise<void> {
    await expect(this.page.getByText('Everything answers.')).toBeVisible()
  }

  /** All of it for a host of the lab, its key compared. Begins at the form. */
  async addHost(host: LabHost): Promise<void> {
    await this.enter({ host: host.address, user: 'root', keyFile: host.keyFile, name: `kvm-${host.name}` })
    await this.check()
    await this.trust(host.hostKeyFingerprint)
    await this.expectAllFine()
    await this.add()
    await expect(this.page).not.toHaveURL(/\/add$/)
  }

  async add(): Promise<void> {
    await this.page.getByRole('button', { name: 'Add host', exact: true }).click()
  }
}
