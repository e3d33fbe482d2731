/** Of a screen or a window, in pixels of the desktop. */
export interface Area {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

const WINDOW = { width: 1_080, height: 820 }
/** The next window stands this far from the one before, so that both are seen. */
const CASCADE_PX = 32

/** Where so many windows go: each fills a monitor as long as there are several, else they lie one upon the other with their edges seen. */
export function placesFor(count: number, monitors: readonly Area[]): readonly Area[] {
  return Array.from({ length: count }, (_, index) => {
    const monitor = monitors[index % monitors.length] ?? { left: 0, top: 0, ...WINDOW }
    if (monitors.length > 1 && index < monitors.length) return monitor
    const by = CASCADE_PX * (monitors.length > 1 ? Math.floor(index / monitors.length) : index)
    return {
      left: monitor.left + by,
      top: monitor.top + by,
      width: Math.min(WINDOW.width, monitor.width - by),
      height: Math.min(WINDOW.height, monitor.height - by),
    }
  })
}

/** What is used of the Window Management API (https://www.w3.org/TR/window-management/), which only some browsers have. */
export interface ScreenWindow {
  readonly screen: { readonly availWidth: number; readonly availHeight: number; readonly isExtended?: boolean }
  readonly getScreenDetails?: () => Promise<{
    readonly screens: ReadonlyArray<{
      readonly availLeft: number
      readonly availTop: number
      readonly availWidth: number
      readonly availHeight: number
    }>
  }>
}

/** The monitors as far as the browser tells: all of them where the person allows it, else the one that this window is on. */
export async function monitorsOf(window: ScreenWindow): Promise<readonly Area[]> {
  const { availWidth: width, availHeight: height, isExtended } = window.screen
  const alone: readonly Area[] = [{ left: 0, top: 0, width, height }]
  if (isExtended !== true || !window.getScreenDetails) return alone
  try {
    const { screens } = await window.getScreenDetails()
    const found = screens.map((one) => ({ left: one.availLeft, top: one.availTop, width: one.availWidth, height: one.availHeight }))
    return found.length > 0 ? found : alone
  } catch {
    // The person, or whoever set the browser up, does not want it.
    return alone
  }
}
