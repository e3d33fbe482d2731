/**
 * Runs in the page before its own scripts: what the page group measures is measured here, by the page's own clock. Read as text,
 * its types stripped; not imported.
 */
interface Probe {
  /** Milliseconds since navigation until that many rows were known, painted and a key was answered; null: not yet. */
  opened: { readonly painted: number; readonly answering: number } | null
  /** Tasks above 50 ms, as the browser reports them. */
  readonly longTasks: Array<{ readonly at: number; readonly took: number }>
  /** Starts watching for the first paint of a grid of that many machines. */
  watchOpening(machines: number): void
  /** Machines and headings the grid holds now. */
  rows(): number
  /** Date.now() at which the grid of that many machines was painted. */
  rowsPainted(machines: number): Promise<number>
  /** Milliseconds from the input event to the frame after the one that shows its effect. */
  filter(query: string, selector?: string): Promise<number>
  sort(column: string): Promise<number>
  /** By the head of a column as it is read. */
  sortBy(label: string): Promise<number>
  /** Radio of the open columns menu. */
  group(label: string): Promise<number>
  /** From the press of the button until the form for new machines is there, filled from a host's options, and painted. */
  openBuild(): Promise<number>
  /** From the press of a pool's link until the first of so many volumes stand there, painted, and what all of them are named is known. */
  openPool(name: string, volumes: number): Promise<{ readonly first: number; readonly listed: number }>
  /** From the press of its link until the topology is there, with nodes in it, and painted. */
  openTopology(): Promise<number>
  /** From the press of the button until every host of the topology is open, and painted. */
  openAllHosts(leastPixels: number): Promise<number>
  /** Scrolls so many pixels a frame for that long: milliseconds of each frame. */
  scroll(pixels: number, forMs: number, selector?: string): Promise<readonly number[]>
  /** Date.now() at which a machine's row shows that state. */
  stateShown(name: string, word: string, timeoutMs: number): Promise<number>
}

const probe = ((): Probe => {
  const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve))
  /** The frame that shows a change has been handed over when the next one begins. */
  async function painted(): Promise<number> {
    await frame()
    await frame()
    return performance.now()
  }
  const grid = (): HTMLElement | null => document.querySelector<HTMLElement>('[role=grid]')
  const rowCount = (): number => Number(grid()?.getAttribute('aria-rowcount') ?? 0) - 1
  const firstRows = (): string =>
    [...document.querySelectorAll('[role=grid] [role=row]')]
      .slice(1, 8)
      .map((row) => `${row.getAttribute('data-machine') ?? row.querySelector('.storage-name')?.textContent}|${row.className}`)
      .join()

  async function measured(act: () => void): Promise<number> {
    const [count, rows] = [rowCount(), firstRows()]
    await frame()
    const start = performance.now()
    act()
    while (rowCount() === count && firstRows() === rows) {
      await frame()
      if (performance.now() - start > 5_000) throw new Error('nothing changed within 5 s')
    }
    return (await painted()) - start
  }

  function type(text: string, selector: string): void {
    const input = document.querySelector<HTMLInputElement>(selector)
    if (!input) throw new Error('no query box')
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(input, text)
    input.dispatchEvent(new InputEvent('input', { bubbles: true }))
  }

  const self: Probe = {
    opened: null,
    longTasks: [],
    watchOpening(machines) {
      const look = async (): Promise<void> => {
        while (rowCount() < machines || document.querySelector('[data-machine]') === null) await frame()
        const first = await painted()
        const target = grid()
        target?.focus()
        target?.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true, cancelable: true }))
        while (!target?.hasAttribute('aria-activedescendant')) await frame()
        self.opened = { painted: first, answering: await painted() }
      }
      void look()
    },
    rows: rowCount,
    async rowsPainted(machines) {
      while (rowCount() < machines || document.querySelector('[data-machine]') === null) await frame()
      return performance.timeOrigin + (await painted())
    },
    filter: (query, selector = '[role=combobox]') => measured(() => type(query, selector)),
    sort: (column) =>
      measured(() => {
        const head = document.querySelector<HTMLElement>(`[role=columnheader].cell-${column} button`)
        if (!head) throw new Error(`no column ${column}`)
        head.click()
      }),
    sortBy: (label) =>
      measured(() => {
        const heads = [...document.querySelectorAll<HTMLElement>('[role=columnheader] button')]
        const head = heads.find((one) => one.textContent === label)
        if (!head) throw new Error(`no column ${label}`)
        head.click()
      }),
    group: (label) =>
      measured(() => {
        const radio = [...document.querySelectorAll<HTMLInputElement>('input[name=group-by]')].find((one) => one.id === label)
        if (!radio) throw new Error(`no radio ${label}`)
        radio.click()
      }),
    async openBuild() {
      const button = document.querySelector<HTMLButtonElement>('.query-row button.pf-m-primary')
      if (!button) throw new Error('no button for a new machine')
      await frame()
      const start = performance.now()
      button.click()
      while (document.getElementById('build-name') === null) {
        await frame()
        if (performance.now() - start > 5_000) throw new Error('no form within 5 s')
      }
      return (await painted()) - start
    },
    async openPool(name, volumes) {
      const link = [...document.querySelectorAll<HTMLAnchorElement>('.storage-grid a')].find((one) => one.textContent === name)
      if (!link) throw new Error(`no link to the pool ${name}`)
      await frame()
      const start = performance.now()
      link.click()
      while (document.querySelector('.storage-name') === null) {
        await frame()
        if (performance.now() - start > 10_000) throw new Error('no volume within 10 s')
      }
      const first = (await painted()) - start
      while (rowCount() < volumes) await frame()
      return { first, listed: (await painted()) - start }
    },
    async openTopology() {
      const link = document.querySelector<HTMLAnchorElement>('.nav a[href="/topology"]')
      if (!link) throw new Error('no link to the topology')
      const nodes = () => Number(document.querySelector<HTMLElement>('.topo-canvas')?.dataset['nodes'] ?? 0)
      await frame()
      const start = performance.now()
      link.click()
      while (nodes() === 0) {
        await frame()
        if (performance.now() - start > 10_000) throw new Error('no picture within 10 s')
      }
      return (await painted()) - start
    },
    async openAllHosts(leastPixels) {
      const button = document.querySelector<HTMLButtonElement>('.topo-bar button')
      if (!button) throw new Error('no button that opens all hosts')
      await frame()
      const start = performance.now()
      button.click()
      while ((document.querySelector('.topo-map')?.scrollHeight ?? 0) < leastPixels) {
        await frame()
        if (performance.now() - start > 10_000) throw new Error('not open within 10 s')
      }
      return (await painted()) - start
    },
    async scroll(pixels, forMs, selector = '.grid-rows') {
      const scroller = document.querySelector(selector)
      if (!scroller) throw new Error('nothing to scroll')
      const frames: number[] = []
      const start = await frame()
      let before = start
      for (let now = before; now - start < forMs; ) {
        scroller.scrollTop += pixels
        now = await frame()
        frames.push(now - before)
        before = now
      }
      return frames
    },
    stateShown(name, word, timeoutMs) {
      const wordOf = (): string | undefined => {
        for (const row of document.querySelectorAll('[data-machine]')) {
          if (row.querySelector('.cell-name')?.textContent === name) return row.querySelector('.cell-state')?.textContent ?? ''
        }
        return undefined
      }
      return new Promise((resolve, reject) => {
        const look = (): void => {
          if (wordOf() !== word) return
          clearTimeout(timer)
          observer.disconnect()
          resolve(performance.timeOrigin + performance.now())
        }
        const observer = new MutationObserver(look)
        const timer = setTimeout(() => {
          observer.disconnect()
          reject(new Error(`${name} is ${wordOf()} and not ${word} after ${timeoutMs} ms`))
        }, timeoutMs)
        observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true })
        look()
      })
    },
  }
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) self.longTasks.push({ at: entry.startTime, took: entry.duration })
  }).observe({ type: 'longtask', buffered: true })
  return self
})()

;(globalThis as unknown as { probe: Probe }).probe = probe
