import { expect, type Locator, type Page } from '@playwright/test'

/** A machine's console as a person finds it. */
export class ConsolePage {
  readonly page: Page
  readonly status: Locator
  readonly stage: Locator
  readonly text: Locator

  constructor(page: Page) {
    this.page = page
    this.status = page.locator('.console-status')
    this.stage = page.getByRole('group', { name: /^((Display|Serial) \d+|SSH) of / })
    this.text = this.stage.locator('.xterm-rows')
  }

  async choose(name: string): Promise<void> {
    await this.page.getByRole('radiogroup', { name: 'Console' }).getByRole('radio', { name }).click()
  }

  async expectOpen(timeout = 60_000): Promise<void> {
    await expect(this.status).toHaveText(/^Connected/, { timeout })
  }

  /** Chooses one that is open, or opens by itself. */
  async open(name: string, timeout?: number): Promise<void> {
    await this.choose(name)
    // what stands beside it is of the console before until then
    await expect(this.page.getByRole('group', { name: `${name} of ` })).toBeVisible()
    await this.expectOpen(timeout)
  }

  /** Types into the terminal, as a person who clicked into it. */
  async type(text: string): Promise<void> {
    await this.stage.getByRole('textbox').focus()
    await this.page.keyboard.type(text)
  }

  async enter(line: string): Promise<void> {
    await this.type(line)
    await this.page.keyboard.press('Enter')
  }

  /** The size that the guest takes its terminal for; `mark` tells one answer from another. */
  async sizeTold(mark: string): Promise<{ readonly rows: number; readonly columns: number }> {
    await this.enter(`echo ${mark}-$(stty size | tr ' ' x).`)
    const answer = new RegExp(`${mark}-(\\d+)x(\\d+)\\.`)
    await expect(this.text).toContainText(answer)
    const [, rows, columns] = answer.exec((await this.text.textContent()) ?? '') ?? []
    return { rows: Number(rows), columns: Number(columns) }
  }

  /** Every word the status has had from here on, the first included. */
  async watchStatus(): Promise<() => Promise<readonly string[]>> {
    await this.page.evaluate(`(() => {
      const status = document.querySelector('.console-status')
      const seen = (window.__statuses = [status.textContent])
      new MutationObserver(() => seen.push(status.textContent)).observe(status, { subtree: true, childList: true, characterData: true })
    })()`)
    return () => this.page.evaluate<readonly string[]>('window.__statuses')
  }

  /** A button of the bar, or of what has no room on it. */
  async press(name: string): Promise<void> {
    const inBar = this.page.locator('.console-tools').getByRole('button', { name })
    if (await inBar.isVisible()) {
      await inBar.click()
      return
    }
    await this.page.locator('.console-tools').getByRole('button', { name: 'More' }).click()
    await this.page.getByRole('menuitem', { name }).click()
  }

  /** A size or a quality of the picture. */
  async choosePicture(name: string | RegExp): Promise<void> {
    await this.page.getByRole('button', { name: /^Display: / }).click()
    await this.page.getByRole('menuitem', { name }).click()
  }

  /** Of the picture, in pixels of the guest. */
  async size(): Promise<{ readonly width: number; readonly height: number }> {
    return this.page.evaluate<{ width: number; height: number }>(`(() => {
      const { width, height } = document.querySelector('.console-screen canvas:not(.console-kept)')
      return { width, height }
    })()`)
  }

  /** How many colours the picture of the display has. */
  async colours(): Promise<number> {
    // in the page's own language: specs are typed for Node
    return this.page.evaluate<number>(`(() => {
      const canvas = document.querySelector('.console-screen canvas:not(.console-kept)')
      if (!canvas || canvas.width === 0) return 0
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
      return new Set(new Uint32Array(data.buffer)).size
    })()`)
  }
}
