/** What is used of noVNC, which brings no types: https://github.com/novnc/noVNC/blob/v1.7.0/docs/API.md */
declare module '@novnc/novnc' {
  interface RfbEvents {
    readonly connect: CustomEvent
    readonly disconnect: CustomEvent<{ readonly clean: boolean }>
    readonly clipboard: CustomEvent<{ readonly text: string }>
  }

  export default class RFB extends EventTarget {
    /** The channel is one that behaves like a WebSocket. */
    constructor(target: HTMLElement, channel: object, options?: { readonly shared?: boolean })
    scaleViewport: boolean
    /** Turning it on asks the server for a screen as large as the element; left on it asks again for ever where the guest rounds. */
    resizeSession: boolean
    viewOnly: boolean
    background: string
    /** 0 to 9; taken to the server at once. */
    qualityLevel: number
    compressionLevel: number
    disconnect(): void
    focus(options?: FocusOptions): void
    /** `code` is a KeyboardEvent's: with it a server that can is told which key it was, and not only what stands on it. */
    sendKey(keysym: number, code: string | null, down?: boolean): void
    clipboardPasteFrom(text: string): void
    getImageData(): ImageData
    toBlob(callback: (blob: Blob | null) => void, type?: string): void
    addEventListener<E extends keyof RfbEvents>(type: E, listener: (event: RfbEvents[E]) => void): void

    /** Not of its API: the head of the rectangle that is read, and what reads one of ExtendedDesktopSize; false: not all of it has come. */
    protected readonly _FBU: { readonly x: number; readonly y: number }
    protected _handleExtendedDesktopSize(): boolean
  }
}
