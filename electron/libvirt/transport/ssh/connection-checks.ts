import type { Duplex } from 'node:stream'
import type { LibvirtDaemon } from '../libvirt-sockets.ts'
import { isTransportError, TransportError, toError } from '../transport-error.ts'
import { createSshLibvirtOpener, type SshLibvirtOpener, type SshLibvirtOptions } from './libvirt-over-ssh.ts'
import { openSshSession, type SshConnectOptions, type SshStage } from './ssh-connect.ts'
import type { SshSession } from './ssh-session.ts'
import type { SshTarget } from './ssh-target.ts'

/** The steps from a host name to a libvirt socket, in order. */
export const CONNECTION_CHECKS = ['reach', 'host-key', 'login', 'socket', 'permission'] as const
export type ConnectionCheckId = (typeof CONNECTION_CHECKS)[number]

/** How one step stands. A step is told of as `running` first, then once more with its outcome. */
export interface ConnectionCheck {
  readonly id: ConnectionCheckId
  readonly state: 'running' | 'ok' | 'failed' | 'skipped'
  /** Facts to show: address, fingerprint, login method, socket path … */
  readonly detail: Readonly<Record<string, unknown>>
  readonly error?: TransportError
}

/** What the checks leave behind when all is well. The caller owns it: close the session when done. */
export interface CheckedConnection {
  readonly session: SshSession
  readonly opener: SshLibvirtOpener
  /** Already open, for a look at the versions. */
  readonly stream: Duplex
}

export interface ConnectionCheckOptions extends SshConnectOptions, SshLibvirtOptions {
  readonly daemon?: LibvirtDaemon | undefined
}

/**
 * Walks the way to a host's libvirt step by step, for an add-host wizard. Yields each change; returns the open connection if every step
 * is ok, else undefined with everything closed. Stopping early (`return()`) closes everything too. Never throws.
 */
export async function* runConnectionChecks(
  target: SshTarget,
  options: ConnectionCheckOptions,
): AsyncGenerator<ConnectionCheck, CheckedConnection | undefined, void> {
  const stop = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal
  const reports = new ReportQueue()
  const work = walk(target, { ...options, signal }, reports)
  let handedOver = false
  try {
    for (let report = await reports.next(); report !== undefined; report = await reports.next()) yield report
    const result = await work
    handedOver = true
    return result
  } finally {
    stop.abort()
    if (!handedOver) await work.then((result) => result?.session.close())
  }
}

async function walk(target: SshTarget, options: ConnectionCheckOptions, reports: ReportQueue): Promise<CheckedConnection | undefined> {
  let session: SshSession | undefined
  try {
    reports.start('reach')
    session = await openSshSession(target, {
      ...options,
      onStage: (stage) => {
        options.onStage?.(stage)
        if (stage.isTarget) reportStage(stage, reports)
      },
    })
    const opener = createSshLibvirtOpener(session, options)
    const stream = await opener.open(options.daemon, { signal: options.signal, timeoutMs: options.timeoutMs })
    const route = opener.route(options.daemon)
    reports.succeed({ path: route?.path, method: route?.method })
    reports.start('permission')
    reports.succeed({ user: session.target.user })
    return { session, opener, stream }
  } catch (error) {
    failCurrent(isTransportError(error) ? error : new TransportError('transport.bug', toError(error).message, { cause: error }), reports)
    await session?.close()
    return undefined
  } finally {
    reports.end()
  }
}

function reportStage(stage: SshStage, reports: ReportQueue): void {
  switch (stage.stage) {
    case 'connected':
      reports.succeed({ address: stage.address, port: stage.port })
      reports.start('host-key')
      return
    case 'host-key': {
      const { keyType, fingerprintSha256, firstUse } = stage.hostKey
      reports.succeed({ keyType, fingerprintSha256, firstUse })
      reports.start('login')
      return
    }
    case 'logged-in':
      reports.succeed({ user: stage.user, method: stage.method })
      reports.start('socket')
  }
}

function failCurrent(error: TransportError, reports: ReportQueue): void {
  if (error.code === 'libvirt.socket-permission') {
    reports.succeed({ path: error.details.path })
    reports.start('permission')
  }
  reports.fail(error)
}

/** Reports on their way from the walk to the reader. */
class ReportQueue {
  readonly #waiting: ConnectionCheck[] = []
  #current: ConnectionCheckId = 'reach'
  #ended = false
  #wake: (() => void) | undefined

  start(id: ConnectionCheckId): void {
    this.#current = id
    this.#push({ id, state: 'running', detail: {} })
  }

  succeed(detail: Readonly<Record<string, unknown>>): void {
    this.#push({ id: this.#current, state: 'ok', detail })
  }

  /** The current step failed; those after it are skipped. */
  fail(error: TransportError): void {
    this.#push({ id: this.#current, state: 'failed', detail: error.details, error })
    for (const id of CONNECTION_CHECKS.slice(CONNECTION_CHECKS.indexOf(this.#current) + 1)) this.#push({ id, state: 'skipped', detail: {} })
  }

  end(): void {
    this.#ended = true
    this.#wake?.()
  }

  async next(): Promise<ConnectionCheck | undefined> {
    while (this.#waiting.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return this.#waiting.shift()
  }

  #push(report: ConnectionCheck): void {
    this.#waiting.push(report)
    this.#wake?.()
  }
}
