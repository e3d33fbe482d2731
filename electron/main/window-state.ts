import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'

/** Characters of a view's path, at most. */
export const MAX_PATH = 2_000

const boundsSchema = z.object({
  x: z.number().int(),
  y: z.number().int(),
  width: z.number().int().min(400),
  height: z.number().int().min(300),
})
const windowStateSchema = z.object({
  bounds: boundsSchema.nullable(),
  maximized: z.boolean(),
  fullScreen: z.boolean(),
  // a path, not an address: what a damaged file may name is a view of the page and nothing else
  path: z
    .string()
    .max(MAX_PATH)
    .regex(/^\/(?![/\\])/),
})
const fileSchema = z.array(windowStateSchema).max(20)

export type Bounds = z.infer<typeof boundsSchema>
export type WindowState = z.infer<typeof windowStateSchema>

/** What is at least to be seen of a window on some display, in pixels: enough to grab its title bar. */
const VISIBLE_PX = 64

/** The windows as they stood when the console was closed; none when the file is missing or damaged. */
export async function readWindowStates(file: string): Promise<readonly WindowState[]> {
  return parseWindowStates(await readFile(file, 'utf8').catch(() => ''))
}

/** First start, or half a file: windows open where the system puts them. */
export function parseWindowStates(text: string): readonly WindowState[] {
  try {
    return fileSchema.parse(JSON.parse(text))
  } catch {
    return []
  }
}

/** Replaces the file as a whole, so that a crash leaves the old one. */
export async function writeWindowStates(file: string, states: readonly WindowState[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(`${file}.new`, JSON.stringify(states), { mode: 0o600 })
  await rename(`${file}.new`, file)
}

/** Bounds that can be reached on the displays of today: a window left on a monitor that is gone comes back centred. */
export function reachableBounds(bounds: Bounds | null, displays: readonly Bounds[]): Bounds | null {
  if (!bounds) return null
  const reachable = displays.some((display) => {
    const width = Math.min(bounds.x + bounds.width, display.x + display.width) - Math.max(bounds.x, display.x)
    const titleBarInside = bounds.y >= display.y && bounds.y < display.y + display.height - VISIBLE_PX
    return width >= VISIBLE_PX && titleBarInside
  })
  return reachable ? bounds : null
}

/** What a page asks a window for: the view, and on which monitor, counted from 0; null: wherever the system puts it. */
export function askedWindow(path: string): { readonly path: string; readonly monitor: number | null } {
  const url = new URL(path, 'app://page')
  const asked = url.searchParams.get('monitor')
  if (asked === null) return { path, monitor: null }
  url.searchParams.delete('monitor')
  const monitor = Number(asked)
  return { path: url.pathname + url.search, monitor: Number.isInteger(monitor) && monitor >= 0 ? monitor : null }
}

const CASCADE_PX = 28

/** One of several windows that are opened together: each fills a monitor as long as there are several, else they lie with their edges seen. */
export function boundsOnMonitor(monitor: number, workAreas: readonly Bounds[], size: Pick<Bounds, 'width' | 'height'>): Bounds | null {
  const area = workAreas[monitor % workAreas.length]
  if (!area) return null
  if (workAreas.length > 1 && monitor < workAreas.length) return area
  const by = CASCADE_PX * (workAreas.length > 1 ? Math.floor(monitor / workAreas.length) : monitor + 1)
  return {
    x: area.x + by,
    y: area.y + by,
    width: Math.min(size.width, area.width - by),
    height: Math.min(size.height, area.height - by),
  }
}
