import { LibvirtError, type LibvirtErrorDetails } from '../errors.ts'
import type { XdrReader } from '../wire/xdr-reader.ts'
import type { XdrWriter } from '../wire/xdr-writer.ts'
import type { CallOptions } from './call-options.ts'
import type { Clock } from './clock.ts'
import type { RpcStream } from './rpc-stream.ts'

export type { CallOptions } from './call-options.ts'

/** A call as the connection needs it. */
export interface RpcCall<T> extends CallOptions {
  /** For errors. */
  readonly name: string
  readonly program: number
  readonly procedure: number
  /** Whether sending it twice changes nothing: a lost reply is then an ordinary failure, else it is `indeterminate`. */
  readonly idempotent: boolean
  /** Made with frameWriter(), the arguments written. */
  readonly writer: XdrWriter
  /** Reads the reply, inside the reader: a WireError from here closes the connection. */
  readonly decode: (reader: XdrReader) => T
  /** Reads a reply that came after the call had been given up, for what must be undone then. */
  readonly late?: ((reader: XdrReader) => void) | undefined
  /** The stream that this call opens. */
  readonly stream?: RpcStream | undefined
}

/** A call that waits for its turn or its reply. It is settled once, whatever comes first, and later ones change nothing. */
export class PendingCall<T = unknown> {
  readonly call: RpcCall<T>
  readonly promise: Promise<T>
  /** Zero until it is sent. */
  serial = 0
  #settled = false
  #resolve: (value: T) => void = () => {}
  #reject: (error: LibvirtError) => void = () => {}
  #cancelDeadline: (() => void) | undefined
  #onAbort: (() => void) | undefined

  constructor(call: RpcCall<T>) {
    this.call = call
    this.promise = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  get settled(): boolean {
    return this.#settled
  }

  get sent(): boolean {
    return this.serial !== 0
  }

  /** Starts the deadline and listens to the signal; `giveUp` runs when one of them settled the call. */
  watch(clock: Clock, giveUp: () => void): void {
    const { signal, timeoutMs } = this.call
    if (timeoutMs !== undefined && Number.isFinite(timeoutMs)) {
      this.#cancelDeadline = clock.after(timeoutMs, () => {
        if (this.rejectUnanswered('timeout', 'libvirt.call-timeout', `no reply within ${timeoutMs} ms`)) giveUp()
      })
    }
    if (signal !== undefined) {
      this.#onAbort = () => {
        if (this.rejectUnanswered('cancelled', 'libvirt.call-cancelled', 'given up by the caller', signal.reason)) giveUp()
      }
      signal.addEventListener('abort', this.#onAbort, { once: true })
    }
  }

  resolve(value: T): boolean {
    if (!this.#settle()) return false
    this.#resolve(value)
    return true
  }

  reject(error: LibvirtError): boolean {
    if (!this.#settle()) return false
    this.#reject(error)
    return true
  }

  /**
   * Fails a call that got no answer. A change that had left is `indeterminate`: the host may or may not have done it. Anything else keeps
   * the kind given.
   */
  rejectUnanswered(kind: LibvirtError['kind'], code: string, reason: string, cause?: unknown): boolean {
    const { name, idempotent } = this.call
    const details: LibvirtErrorDetails = { procedure: name, sent: this.sent, cause }
    if (!this.sent) return this.reject(new LibvirtError(kind, code, `${name} was not sent: ${reason}`, details))
    if (idempotent) return this.reject(new LibvirtError(kind, code, `${name}: ${reason}`, details))
    return this.reject(
      new LibvirtError('indeterminate', code, `${name} was sent and not answered (${reason}): the host may have done it`, details),
    )
  }

  #settle(): boolean {
    if (this.#settled) return false
    this.#settled = true
    this.#cancelDeadline?.()
    if (this.#onAbort !== undefined) this.call.signal?.removeEventListener('abort', this.#onAbort)
    return true
  }
}
