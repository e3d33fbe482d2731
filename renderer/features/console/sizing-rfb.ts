import RFB from '@novnc/novnc'

/** rfbproto, ExtendedDesktopSize: why a screen has its size, and what became of a client's request. */
const BY_THIS_CLIENT = 1
/** QEMU's word that it has told the guest, which may follow or not. */
const FORWARDED = 4

/**
 * noVNC with an ear for what the server says of sizes, which noVNC keeps to itself: whether it takes requests at all, and whether it has
 * taken the last one. Looks into noVNC 1.7.0, whose version is pinned; vnc-pane.test.tsx tells when that has changed.
 */
/* oxlint-disable eslint/no-underscore-dangle -- noVNC's names */
export class SizingRfb extends RFB {
  onSizing: ((answer: 'takes-sizes' | 'refused') => void) | null = null

  protected override _handleExtendedDesktopSize(): boolean {
    const isWhole = super._handleExtendedDesktopSize()
    if (!isWhole) return false
    const { x: why, y: status } = this._FBU
    this.onSizing?.(why === BY_THIS_CLIENT && status !== 0 && status !== FORWARDED ? 'refused' : 'takes-sizes')
    return true
  }
}
