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

  async expectOpen(timeout = 30_000): Promise<void> {
    await expect(this.status).toHaveText(/^Connected/, { timeout })
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
