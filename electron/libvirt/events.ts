import { LibvirtError } from './errors.ts'
import type { Frame } from './rpc/frame.ts'
import type { CallOptions } from './rpc/pending-call.ts'
import { codecOf } from './wire/codec.ts'
import type { DomainRef, MessageMap, NetworkRef, NodeDeviceRef, SecretRef, StoragePoolRef } from './wire/generated/types.ts'
import { type CallName, type MessageName, messageRow, type ProcedureArgs, type ProcedureRet } from './wire/procedure-table.ts'
import { XdrReader } from './wire/xdr-reader.ts'

/** Whose events: each family has its own procedures to subscribe, and its own numbering of callbacks. */
export type EventFamily = 'domain' | 'network' | 'storage-pool' | 'node-device' | 'secret' | 'qemu-monitor'

interface EventRow {
  readonly family: EventFamily
  /** VIR_…_EVENT_ID_…. */
  readonly id: number
  readonly message: MessageName
}

/** Every event that can be subscribed to. */
export const EVENTS = {
  'domain.lifecycle': { family: 'domain', id: 0, message: 'domainEventCallbackLifecycle' },
  'domain.reboot': { family: 'domain', id: 1, message: 'domainEventCallbackReboot' },
  'domain.rtc-change': { family: 'domain', id: 2, message: 'domainEventCallbackRtcChange' },
  'domain.watchdog': { family: 'domain', id: 3, message: 'domainEventCallbackWatchdog' },
  'domain.io-error': { family: 'domain', id: 4, message: 'domainEventCallbackIoError' },
  'domain.graphics': { family: 'domain', id: 5, message: 'domainEventCallbackGraphics' },
  'domain.io-error-reason': { family: 'domain', id: 6, message: 'domainEventCallbackIoErrorReason' },
  'domain.control-error': { family: 'domain', id: 7, message: 'domainEventCallbackControlError' },
  'domain.block-job': { family: 'domain', id: 8, message: 'domainEventCallbackBlockJob' },
  'domain.disk-change': { family: 'domain', id: 9, message: 'domainEventCallbackDiskChange' },
  'domain.tray-change': { family: 'domain', id: 10, message: 'domainEventCallbackTrayChange' },
  'domain.pm-wakeup': { family: 'domain', id: 11, message: 'domainEventCallbackPmwakeup' },
  'domain.pm-suspend': { family: 'domain', id: 12, message: 'domainEventCallbackPmsuspend' },
  'domain.balloon-change': { family: 'domain', id: 13, message: 'domainEventCallbackBalloonChange' },
  'domain.pm-suspend-disk': { family: 'domain', id: 14, message: 'domainEventCallbackPmsuspendDisk' },
  'domain.device-removed': { family: 'domain', id: 15, message: 'domainEventCallbackDeviceRemoved' },
  'domain.block-job-2': { family: 'domain', id: 16, message: 'domainEventBlockJob2' },
  'domain.tunable': { family: 'domain', id: 17, message: 'domainEventCallbackTunable' },
  'domain.agent-lifecycle': { family: 'domain', id: 18, message: 'domainEventCallbackAgentLifecycle' },
  'domain.device-added': { family: 'domain', id: 19, message: 'domainEventCallbackDeviceAdded' },
  'domain.migration-iteration': { family: 'domain', id: 20, message: 'domainEventCallbackMigrationIteration' },
  'domain.job-completed': { family: 'domain', id: 21, message: 'domainEventCallbackJobCompleted' },
  'domain.device-removal-failed': { family: 'domain', id: 22, message: 'domainEventCallbackDeviceRemovalFailed' },
  'domain.metadata-change': { family: 'domain', id: 23, message: 'domainEventCallbackMetadataChange' },
  'domain.block-threshold': { family: 'domain', id: 24, message: 'domainEventBlockThreshold' },
  'domain.memory-failure': { family: 'domain', id: 25, message: 'domainEventMemoryFailure' },
  'domain.memory-device-size-change': { family: 'domain', id: 26, message: 'domainEventMemoryDeviceSizeChange' },
  'network.lifecycle': { family: 'network', id: 0, message: 'networkEventLifecycle' },
  'storage-pool.lifecycle': { family: 'storage-pool', id: 0, message: 'storagePoolEventLifecycle' },
  'storage-pool.refresh': { family: 'storage-pool', id: 1, message: 'storagePoolEventRefresh' },
  'node-device.lifecycle': { family: 'node-device', id: 0, message: 'nodeDeviceEventLifecycle' },
  'node-device.update': { family: 'node-device', id: 1, message: 'nodeDeviceEventUpdate' },
  'secret.lifecycle': { family: 'secret', id: 0, message: 'secretEventLifecycle' },
  'secret.value-changed': { family: 'secret', id: 1, message: 'secretEventValueChanged' },
  'qemu.monitor': { family: 'qemu-monitor', id: 0, message: 'qemuDomainMonitorEvent' },
} as const satisfies Readonly<Record<string, EventRow>>

export type EventName = keyof typeof EVENTS

/** A message without its envelope: the callback's number is gone and a nested `msg` is lifted. */
type Unwrapped<M> = M extends { readonly msg: infer Inner } ? Omit<M, 'callbackID' | 'msg'> & Inner : Omit<M, 'callbackID'>

/** What a listener of the event gets, e.g. `{ dom, event, detail }` for `domain.lifecycle`. */
export type EventOf<N extends EventName> = Unwrapped<MessageMap[(typeof EVENTS)[N]['message']]>

type FilterOf = {
  domain: DomainRef
  network: NetworkRef
  'storage-pool': StoragePoolRef
  'node-device': NodeDeviceRef
  secret: SecretRef
  'qemu-monitor': DomainRef
}

export interface SubscribeOptions<N extends EventName> extends CallOptions {
  /** Only events of this object; all without it. */
  readonly object?: FilterOf[(typeof EVENTS)[N]['family']] | undefined
}

/** A live subscription; also an async disposable. */
export interface Subscription extends AsyncDisposable {
  readonly event: EventName
  /** Stops at once: no event is delivered after this was called. Settles when the host knows too; never rejects for a lost connection. */
  close(): Promise<void>
}

/** Run inside the reader: before the promise of the call settles, or when its reply came after it was given up. */
export interface ReplyHooks<T> {
  readonly onReply?: (ret: T) => void
  readonly onLate?: (ret: T) => void
}

/** What the events need of a client. */
export interface EventCaller {
  call<P extends CallName>(
    name: P,
    args: ProcedureArgs<P>,
    options: CallOptions,
    hooks?: ReplyHooks<ProcedureRet<P>>,
  ): Promise<ProcedureRet<P>>
  readonly closeReason: LibvirtError | undefined
  /** Closes the connection. */
  destroy(reason: LibvirtError): void
}

type Listener = (event: unknown) => void
type Early = { readonly callbackId: number; readonly event: unknown }

/** Events that may come before the reply to the subscription that they belong to. */
const EARLY_MAX = 1_024

/** The subscriptions of one connection. */
export class LibvirtEvents {
  readonly #caller: EventCaller
  readonly #onListenerError: (error: unknown) => void
  readonly #listeners = new Map<string, Listener>()
  /** Messages for which a subscription is on its way, and what came of them so far. */
  readonly #early = new Map<MessageName, { pending: number; events: Early[] }>()

  constructor(caller: EventCaller, onListenerError: (error: unknown) => void) {
    this.#caller = caller
    this.#onListenerError = onListenerError
  }

  /** Subscriptions that are live. */
  get size(): number {
    return this.#listeners.size
  }

  /**
   * Asks the host for an event. The listener runs inside the reader: keep it short and hand work on; what it throws goes to the client's
   * `onListenerError`. No event between the host's registration and this promise's settling is lost.
   */
  async subscribe<N extends EventName>(
    name: N,
    listener: (event: EventOf<N>) => void,
    options: SubscribeOptions<N> = {},
  ): Promise<Subscription> {
    const row: EventRow = EVENTS[name]
    const early = this.#early.get(row.message) ?? { pending: 0, events: [] }
    early.pending++
    this.#early.set(row.message, early)
    let callbackId = -1
    try {
      await this.#register(row, options, (id) => {
        callbackId = id
        this.#listeners.set(key(row.message, id), listener as Listener)
        for (const past of early.events.splice(0)) {
          if (past.callbackId === id) this.#deliver(listener as Listener, past.event)
          else early.events.push(past)
        }
      })
    } finally {
      early.pending--
      if (early.pending === 0) this.#early.delete(row.message)
    }
    const close = () => this.#unsubscribe(row, callbackId)
    return { event: name, close, [Symbol.asyncDispose]: close }
  }

  /** From the connection: a message came. Unknown ones (a newer daemon) are left alone; a WireError closes the connection. */
  message(frame: Frame): void {
    const row = messageRow(frame.program, frame.procedure)
    if (row === undefined) return
    const reader = new XdrReader(frame.payload)
    const message = codecOf(row.message).read(reader) as { callbackID?: number; msg?: object }
    reader.end()
    const { callbackID, msg, ...rest } = message
    if (row.name === 'connectEventConnectionClosed') this.#caller.destroy(closedBehind(message))
    if (callbackID === undefined) return
    const event = msg === undefined ? rest : { ...rest, ...msg }
    const listener = this.#listeners.get(key(row.name, callbackID))
    if (listener !== undefined) this.#deliver(listener, event)
    else {
      const early = this.#early.get(row.name)
      if (early !== undefined && early.events.length < EARLY_MAX) early.events.push({ callbackId: callbackID, event })
    }
  }

  #deliver(listener: Listener, event: unknown): void {
    try {
      listener(event)
    } catch (error) {
      this.#onListenerError(error)
    }
  }

  async #register(row: EventRow, options: SubscribeOptions<EventName>, accept: (callbackId: number) => void): Promise<void> {
    const call = this.#caller
    const eventID = row.id
    const object = options.object ?? null
    const hooks: ReplyHooks<{ readonly callbackID: number }> = {
      onReply: ({ callbackID }) => accept(callbackID),
      // Nobody listens any more: the daemon need not go on telling.
      onLate: ({ callbackID }) => void this.#deregister(row, callbackID).catch(() => {}),
    }
    switch (row.family) {
      case 'domain':
        await call.call('connectDomainEventCallbackRegisterAny', { eventID, dom: object as DomainRef | null }, options, hooks)
        return
      case 'network':
        await call.call('connectNetworkEventRegisterAny', { eventID, net: object as NetworkRef | null }, options, hooks)
        return
      case 'storage-pool':
        await call.call('connectStoragePoolEventRegisterAny', { eventID, pool: object as StoragePoolRef | null }, options, hooks)
        return
      case 'node-device':
        await call.call('connectNodeDeviceEventRegisterAny', { eventID, dev: object as NodeDeviceRef | null }, options, hooks)
        return
      case 'secret':
        await call.call('connectSecretEventRegisterAny', { eventID, secret: object as SecretRef | null }, options, hooks)
        return
      case 'qemu-monitor':
        await call.call('qemuConnectDomainMonitorEventRegister', { dom: object as DomainRef | null }, options, hooks)
    }
  }

  async #unsubscribe(row: EventRow, callbackID: number): Promise<void> {
    if (this.#listeners.delete(key(row.message, callbackID))) await this.#deregister(row, callbackID)
  }

  async #deregister(row: EventRow, callbackID: number): Promise<void> {
    try {
      await this.#caller.call(DEREGISTER[row.family], { callbackID }, {})
    } catch (error) {
      // With the connection gone the host has dropped the subscription by itself.
      if (this.#caller.closeReason === undefined) throw error
    }
  }
}

const DEREGISTER = {
  domain: 'connectDomainEventCallbackDeregisterAny',
  network: 'connectNetworkEventDeregisterAny',
  'storage-pool': 'connectStoragePoolEventDeregisterAny',
  'node-device': 'connectNodeDeviceEventDeregisterAny',
  secret: 'connectSecretEventDeregisterAny',
  'qemu-monitor': 'qemuConnectDomainMonitorEventDeregister',
} as const satisfies Readonly<Record<EventFamily, CallName>>

/** virConnectCloseReason in words. */
const CLOSE_REASONS: Readonly<Record<number, string>> = {
  0: 'the connection to it failed',
  1: 'it closed the connection',
  2: 'it stopped answering',
  3: 'the connection to it was given up',
}

/**
 * A daemon that stands before another one (virtproxyd before virtqemud) stays when that one goes, and fails every call from then on: the
 * connection is over, though its transport lives.
 */
function closedBehind(message: object): LibvirtError {
  const { reason } = message as { readonly reason: number }
  const words = CLOSE_REASONS[reason] ?? `reason ${reason}`
  return new LibvirtError('unreachable', 'libvirt.daemon-lost', `the daemon behind the host's libvirt is gone: ${words}`)
}

/** Callback numbers repeat between the families. */
function key(message: MessageName, callbackId: number): string {
  return `${message} ${callbackId}`
}
