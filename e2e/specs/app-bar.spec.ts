import { expect, type Page } from '@playwright/test'
import type { ClientConnection } from '../../electron/api/client.ts'
import type { WorkspaceId } from '../../shared/model/index.ts'
import { engineOf } from '../app/engine-of.ts'
import { test as base, logIn } from '../app/fixture.ts'
import { startServer } from '../app/server.ts'
import { visit } from '../pages/screens.ts'

interface Parts {
  /** A site of one host in a workspace with a name of usual length. */
  readonly shown: { readonly page: Page; readonly client: ClientConnection['client'] }
}

const test = base.extend<Parts>({
  shown: async ({ page }, use) => {
    const server = await startServer()
    const engine = await engineOf(server)
    const { client } = engine
    const { id: workspaceId } = (await client.workspaces.create({ name: 'Kestrel Logistics' })) as { id: WorkspaceId }
    await client.connections.add({ workspaceId, providerId: 'simulated', name: 'Calm', config: { site: 'Calm', hosts: 1, machines: 5 } })
    await logIn(page, server)
    await use({ page, client })
    engine.close()
    await server.stop()
  },
})

/** Its height, and which of its parts are cut off, or lie over another one. The name of the workspace may be shortened: its menu has it whole. */
async function barOf(page: Page): Promise<{ readonly height: number; readonly wrong: readonly string[] }> {
  return page.evaluate<{ height: number; wrong: string[] }>(`(() => {
    const bar = document.querySelector('.appbar')
    const frame = bar.getBoundingClientRect()
    const wrong = []
    const parts = [...bar.querySelectorAll('.workspace, .nav a, .nav-menu, .palette-button, .link-state, :scope > button')]
      .map((part) => ({ part, box: part.getBoundingClientRect(), name: part.textContent.trim() || part.className }))
      .filter(({ box }) => box.width > 0)
      .sort((a, b) => a.box.left - b.box.left)
    parts.forEach(({ part, box, name }, index) => {
      if (box.left < frame.left || box.right > innerWidth || box.top < frame.top || box.bottom > frame.bottom) wrong.push('outside: ' + name)
      if (part.scrollWidth > part.clientWidth + 1 && !part.matches('.workspace')) wrong.push('cut: ' + name)
      if (index > 0 && box.left < parts[index - 1].box.right - 0.5) wrong.push('over ' + parts[index - 1].name + ': ' + name)
    })
    const name = bar.querySelector('.workspace-name')
    if (name.clientWidth < 24) wrong.push('no name of the workspace')
    if (document.documentElement.scrollWidth > innerWidth) wrong.push('the page is wider than its window')
    return { height: frame.height, wrong }
  })()`)
}

test('the app bar is one line in both languages, from 700 pixels up, and nothing of it is lost', async ({
  shown: { page, client },
}, info) => {
  for (const [language, screens, tasks] of [
    ['en', 'Screens', 'Tasks'],
    ['de', 'Ansichten', 'Aufgaben'],
  ] as const) {
    await client.system.updateSettings({ language })
    await visit(page, '/fleet')
    await expect(page.locator('.nav').getByText(tasks)).toBeAttached()
    await expect(page.getByRole('banner').getByRole('link', { name: /1 (of|von) 1/ })).toBeAttached()
    for (const width of [700, 900, 950, 1_099, 1_100, 1_280]) {
      await page.setViewportSize({ width, height: 500 })
      await page.screenshot({ path: info.outputPath(`${language}-${width}.png`) })
      await expect.poll(() => barOf(page), { message: `${language} ${width}` }).toEqual({ height: 40, wrong: [] })
    }
    await page.setViewportSize({ width: 700, height: 500 })
    const menu = page.getByRole('banner').getByRole('button', { name: screens })
    await menu.click()
    await page.getByRole('menuitem', { name: tasks }).click()
    await expect(page).toHaveURL(/\/tasks$/)
    await expect(menu).toContainText(tasks)
  }
})
