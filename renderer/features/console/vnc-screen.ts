import type { EngineChannel } from '../../lib/api/index.ts'
import type { QualityLevels } from './quality.ts'
import { SizingRfb } from './sizing-rfb.ts'

/** `fit`: scaled into the window. `whole`: pixel by pixel. `guest`: the guest is asked for a screen as large as the window. */
export type Sizing = 'fit' | 'whole' | 'guest'

/** Whether the guest takes the size it is asked for: not as long as its server has not said that it does; `refused`: it was asked. */
export type GuestSizing = 'no' | 'yes' | 'refused'

export interface VncScreenEvents {
  /** The picture's size in pixels of the guest, when it is known and when it has changed: at most four times a second. */
  readonly onSize: (size: { readonly width: number; readonly height: number }) => void
  readonly onGuestSizing: (sizing: GuestSizing) => void
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

/** A guest may change its size fifty times a second: nobody reads figures that fast. */
const TELL_SIZE_MS = 250
/** The guest is asked once the window rests: a mode is set for each request, and a drag makes hundreds. */
const WINDOW_RESTS_MS = 250

/** The picture of a display over one channel after the other. The last picture stays until the next one is painted. */
export class VncScreen {
  readonly #box: HTMLElement
  readonly #events: VncScreenEvents
  readonly #kept = document.createElement('canvas')
  readonly #boxSizes = new ResizeObserver(() => this.#askGuestLater())
  #rfb: SizingRfb | null = null
  #sizing: Sizing = 'fit'
  #viewOnly = false
  #levels: QualityLevels | null = null
  #guestSizing: GuestSizing = 'no'
  #askTimer: ReturnType<typeof setTimeout> | undefined
  #tellTimer: ReturnType<typeof setTimeout> | undefined

  constructor(box: HTMLElement, events: VncScreenEvents) {
    this.#box = box
    this.#events = events
    this.#kept.className = 'console-kept'
    this.#kept.hidden = true
    box.append(this.#kept)
    this.#boxSizes.observe(box)
  }

  attach(channel: EngineChannel): void {
    // before noVNC hears of it and takes its picture away
    channel.addEventListener('close', () => this.#keep())
    const rfb = new SizingRfb(this.#box, channel, { shared: true })
    this.#rfb = rfb
    this.#setGuestSizing('no')
    rfb.background = 'transparent'
    rfb.scaleViewport = this.#sizing !== 'whole'
    rfb.viewOnly = this.#viewOnly
    this.#setLevels()
    rfb.onSizing = (answer) => this.#hearSizing(answer)
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

  setSizing(sizing: Sizing): void {
    this.#sizing = sizing
    this.#box.classList.toggle('unscaled', sizing === 'whole')
    if (this.#rfb) this.#rfb.scaleViewport = sizing !== 'whole'
    this.#askGuest()
  }

  setViewOnly(viewOnly: boolean): void {
    this.#viewOnly = viewOnly
    if (this.#rfb) this.#rfb.viewOnly = viewOnly
  }

  setQuality(levels: QualityLevels): void {
    this.#levels = levels
    this.#setLevels()
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
    clearTimeout(this.#askTimer)
    clearTimeout(this.#tellTimer)
    this.#boxSizes.disconnect()
    this.#rfb?.disconnect()
    this.#rfb = null
    this.#kept.remove()
  }

  #setLevels(): void {
    if (!this.#rfb || !this.#levels) return
    this.#rfb.qualityLevel = this.#levels.picture
    this.#rfb.compressionLevel = this.#levels.compression
  }

  #hearSizing(answer: 'takes-sizes' | 'refused'): void {
    if (answer === 'refused') this.#setGuestSizing('refused')
    // one that has refused may say its size again: that takes nothing back
    if (answer === 'refused' || this.#guestSizing !== 'no') return
    this.#setGuestSizing('yes')
    // noVNC is in the middle of a message
    this.#askGuestLater()
  }

  #setGuestSizing(sizing: GuestSizing): void {
    if (sizing === this.#guestSizing) return
    this.#guestSizing = sizing
    this.#events.onGuestSizing(sizing)
  }

  #askGuestLater(): void {
    if (this.#sizing !== 'guest') return
    clearTimeout(this.#askTimer)
    this.#askTimer = setTimeout(() => this.#askGuest(), WINDOW_RESTS_MS)
  }

  /** Once. A guest that takes another size than it was asked for, the next mode it has, is right: asking on would go on for ever. */
  #askGuest(): void {
    if (!this.#rfb || this.#sizing !== 'guest' || this.#guestSizing !== 'yes') return
    this.#rfb.resizeSession = true
    this.#rfb.resizeSession = false
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
    const tell = () => {
      this.#tellTimer = undefined
      this.#events.onSize({ width: canvas.width, height: canvas.height })
    }
    const tellLater = () => {
      this.#tellTimer ??= setTimeout(tell, TELL_SIZE_MS)
    }
    new MutationObserver(tellLater).observe(canvas, { attributes: true, attributeFilter: ['width', 'height'] })
    clearTimeout(this.#tellTimer)
    tell()
  }

  /** noVNC does not say when the first picture has come: it is there when any of it is no longer transparent. */
  #awaitPicture(rfb: SizingRfb, channel: EngineChannel): void {
    let painted = false
    let looksSoon = false
    const look = () => {
      looksSoon = false
      if (painted || this.#rfb !== rfb || !pictureOf(rfb)) return
      painted = true
      this.#kept.hidden = true
      this.#events.onPainted()
    }
    channel.addEventListener('message', () => {
      if (painted || looksSoon) return
      looksSoon = true
      requestAnimationFrame(look)
    })
  }
}

/** What stands on the screen; null as long as nothing does. */
function pictureOf(rfb: SizingRfb): ImageData | null {
  const image = rfb.getImageData()
  for (let at = 3; at < image.data.length; at += 4) if (image.data[at] !== 0) return image
  return null
}
