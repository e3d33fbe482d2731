import RFB from '@novnc/novnc'
import type { EngineChannel } from '../../lib/api/index.ts'

export interface VncScreenEvents {
  /** The picture's size in pixels of the guest, when it is known and whenever it changes. */
  readonly onSize: (size: { readonly width: number; readonly height: number }) => void
  /** The new picture stands; until then an old one may. */
  readonly onPainted: () => void
  /** The guest has put a text on the clipboard it shares. */
  readonly onClipboard: (text: string) => void
}

export interface KeyStroke {
  readonly keysym: number
  readonly code: string
  readonly down: boolean
}

/** The picture of a display over one channel after the other. The last picture stays until the next one is painted. */
export class VncScreen {
  readonly #box: HTMLElement
  readonly #events: VncScreenEvents
  readonly #kept = document.createElement('canvas')
  #rfb: RFB | null = null
  #fits = true
  #viewOnly = false

  constructor(box: HTMLElement, events: VncScreenEvents) {
    this.#box = box
    this.#events = events
    this.#kept.className = 'console-kept'
    this.#kept.hidden = true
    box.append(this.#kept)
  }

  attach(channel: EngineChannel): void {
    // before noVNC hears of it and takes its picture away
    channel.addEventListener('close', () => this.#keep())
    const rfb = new RFB(this.#box, channel, { shared: true })
    this.#rfb = rfb
    rfb.background = 'transparent'
    rfb.scaleViewport = this.#fits
    rfb.viewOnly = this.#viewOnly
    rfb.addEventListener('clipboard', ({ detail }) => this.#events.onClipboard(detail.text))
    rfb.addEventListener('connect', () => {
      this.#followSize()
      this.#awaitPicture(rfb, channel)
      // whoever came to type may begin; whoever is elsewhere on the page stays there
      if (document.activeElement === document.body || this.#box.parentElement?.contains(document.activeElement)) {
        rfb.focus({ preventScroll: true })
      }
    })
  }

  set fits(fits: boolean) {
    this.#fits = fits
    this.#box.classList.toggle('unscaled', !fits)
    if (this.#rfb) this.#rfb.scaleViewport = fits
  }

  set viewOnly(viewOnly: boolean) {
    this.#viewOnly = viewOnly
    if (this.#rfb) this.#rfb.viewOnly = viewOnly
  }

  focus(): void {
    this.#rfb?.focus({ preventScroll: true })
  }

  send({ keysym, code, down }: KeyStroke): void {
    this.#rfb?.sendKey(keysym, code, down)
  }

  /** Gives the guest a text for the clipboard it shares. */
  offerText(text: string): void {
    this.#rfb?.clipboardPasteFrom(text)
  }

  /** Ctrl and V were pressed, and Ctrl is still down in the guest: its own V, once it has the text. */
  paste(text: string): void {
    if (text !== '') this.offerText(text)
    for (const down of [true, false]) this.send({ keysym: 0x76, code: 'KeyV', down })
  }

  picture(): Promise<Blob | null> {
    const rfb = this.#rfb
    return rfb ? new Promise((resolve) => rfb.toBlob(resolve, 'image/png')) : Promise.resolve(null)
  }

  dispose(): void {
    this.#rfb?.disconnect()
    this.#rfb = null
    this.#kept.remove()
  }

  #keep(): void {
    const rfb = this.#rfb
    this.#rfb = null
    const picture = rfb && pictureOf(rfb)
    if (!picture) return
    // the focus would fall to the page, and keys with it
    if (this.#box.contains(document.activeElement)) this.#box.parentElement?.focus({ preventScroll: true })
    this.#kept.width = picture.width
    this.#kept.height = picture.height
    this.#kept.getContext('2d')?.putImageData(picture, 0, 0)
    this.#kept.hidden = false
  }

  #followSize(): void {
    const canvas = this.#box.querySelector<HTMLCanvasElement>('canvas:not(.console-kept)')
    if (!canvas) return
    const tell = () => this.#events.onSize({ width: canvas.width, height: canvas.height })
    new MutationObserver(tell).observe(canvas, { attributes: true, attributeFilter: ['width', 'height'] })
    tell()
  }

  /** noVNC does not say when the first picture has come: it is there when any of it is no longer transparent. */
  #awaitPicture(rfb: RFB, channel: EngineChannel): void {
    let painted = false
    const look = () => {
      if (painted || this.#rfb !== rfb || !pictureOf(rfb)) return
      painted = true
      this.#kept.hidden = true
      this.#events.onPainted()
    }
    channel.addEventListener('message', () => {
      if (!painted) requestAnimationFrame(look)
    })
  }
}

/** What stands on the screen; null as long as nothing does. */
function pictureOf(rfb: RFB): ImageData | null {
  const image = rfb.getImageData()
  for (let at = 3; at < image.data.length; at += 4) if (image.data[at] !== 0) return image
  return null
}
