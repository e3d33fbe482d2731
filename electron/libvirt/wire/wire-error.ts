/** What was wrong with bytes that were read, or with a value that was to be written. */
export type WireFault = 'truncated' | 'bound' | 'padding' | 'union' | 'trailing' | 'value'

/**
 * Bytes that do not follow XDR (RFC 4506) or the bounds of libvirt's protocol, or a value that cannot be expressed in them
 * (`fault` is `value` or `bound` then). Nothing is allocated for a length that was not checked first.
 */
export class WireError extends Error {
  readonly fault: WireFault

  constructor(fault: WireFault, message: string) {
    super(message)
    this.name = 'WireError'
    this.fault = fault
  }
}
