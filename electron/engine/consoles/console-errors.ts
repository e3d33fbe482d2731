import { AppError } from '../../../shared/errors/index.ts'
import type { Reason } from '../../../shared/model/index.ts'

/** The far side does not speak as it should. */
export function consoleProtocol(message: string): AppError {
  return new AppError({ kind: 'protocol', code: 'console.protocol', message })
}

export function vncRefused(reason: string): AppError {
  return new AppError({
    kind: 'unauthenticated',
    code: 'console.vnc-refused',
    message: `The VNC server let nobody in: ${reason}`,
    details: { reason },
  })
}

/** It only offers ways of proving who one is that are not spoken here. */
export function vncSecurityUnsupported(types: readonly number[]): AppError {
  return new AppError({
    kind: 'unsupported',
    code: 'console.vnc-security',
    message: `The VNC server asks for a kind of security that is not supported here (types ${types.join(', ')}). Set it to a password or none in qemu.conf: the connection goes through SSH anyway.`,
    details: { expected: 'none or password', actual: types.join(', '), reason: 'vnc-security' },
  })
}

export function vncPasswordMissing(): AppError {
  return new AppError({
    kind: 'unauthenticated',
    code: 'console.vnc-password',
    message: 'The VNC server asks for a password, and the machine’s definition holds none.',
  })
}

export function vncScreenTooLarge(width: number, height: number): AppError {
  return new AppError({
    kind: 'protocol',
    code: 'console.vnc-too-large',
    message: `The VNC server claims a screen of ${width} × ${height} pixels, which no display has.`,
    details: { width, height },
  })
}

export function consoleTimedOut(): AppError {
  return new AppError({
    kind: 'timeout',
    code: 'console.timeout',
    message: 'The console did not answer within 15 s.',
  })
}

/** A viewer that does not take what the machine writes. */
export function viewerTooSlow(): AppError {
  return new AppError({
    kind: 'exhausted',
    code: 'console.too-slow',
    message: 'The window did not keep up with the machine’s text. Open the console again: the last part is kept.',
  })
}

export function unknownToken(): AppError {
  return new AppError({
    kind: 'not-found',
    code: 'console.token-unknown',
    message: 'This console was opened already, or too long ago. Open it again.',
  })
}

export const NO_ADDRESS: Reason = {
  code: 'console.no-address',
  text: 'No address of the machine is known. On a KVM host the guest agent inside it tells them, and so do the leases of libvirt’s own networks; in a cloud its network card has them.',
}

export function noAddress(): AppError {
  const { code, text } = NO_ADDRESS
  const details = { expected: 'an address', actual: code, reason: text }
  return new AppError({ kind: 'precondition', code, message: text, details })
}

export function unknownAddress(name: string, address: string): AppError {
  return new AppError({
    kind: 'invalid-input',
    code: 'console.unknown-address',
    message: `${name} is not known to have the address ${address}. Choose one of those it has.`,
    details: { name, address },
  })
}
