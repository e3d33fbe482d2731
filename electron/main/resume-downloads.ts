import type { DownloadItem, Session } from 'electron'

const FIRST_DELAY_MS = 1_000
const MAX_DELAY_MS = 30_000
/** In a row without a byte more: about two minutes. The engine itself waits for a host that is lost. */
const MAX_TRIES = 8

/**
 * Goes on with downloads that broke: the desktop has no list of downloads in which a person could. What is there already is kept if the engine
 * says that the volume is as it was, else Chromium begins anew.
 */
export function resumeDownloads(session: Pick<Session, 'on'>, after: (delayMs: number, run: () => void) => void): void {
  session.on('will-download', (_event, item) => attend(item, after))
}

function attend(item: DownloadItem, after: (delayMs: number, run: () => void) => void): void {
  let tries = 0
  let bytes = 0
  item.on('updated', (_event, state) => {
    if (state !== 'interrupted') return
    tries = item.getReceivedBytes() > bytes ? 1 : tries + 1
    bytes = item.getReceivedBytes()
    if (tries > MAX_TRIES) return item.cancel()
    after(Math.min(FIRST_DELAY_MS * 2 ** (tries - 1), MAX_DELAY_MS), () => {
      if (item.getState() === 'interrupted' && item.canResume()) item.resume()
    })
    return undefined
  })
}
