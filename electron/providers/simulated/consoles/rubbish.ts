import type { Clock } from '../../provider.ts'

const PIECE_BYTES = 4_096

/** What answers at a display's address and is no VNC server: noise at once, and more for all that it is told. */
export function rubbish(
  clock: Clock,
  send: (bytes: Uint8Array) => void,
): { readonly hear: () => void; readonly update: () => void; readonly stop: () => void } {
  const noise = () => send(Uint8Array.from({ length: PIECE_BYTES }, () => Math.floor(clock.random() * 256)))
  noise()
  return { hear: noise, update: () => undefined, stop: () => undefined }
}
