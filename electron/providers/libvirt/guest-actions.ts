import type { AppError } from '../../../shared/errors/index.ts'
import { constants as c } from '../../libvirt/index.ts'
import { type ActContext, type ActionOf, change, explained, needState, within } from './act-context.ts'
import { isNoDomain, isUnsupported, libvirtNumber, rebootIgnored, shutdownIgnored, toProblem, VIR_ERR } from './problems.ts'
import type { Signal } from './signals.ts'
import { isActive } from './states.ts'

/** A guest that has not restarted by then does not listen. */
const REBOOT_DEADLINE_MS = 180_000
/** Events may be lost on the way: the state is looked at now and then all the same. */
const LOOK_EVERY_MS = 2_000
/** A guest that is still booting misses the power button: it is pressed again at this pace, as OpenStack does, but not beyond the deadline. */
const BUTTON_AGAIN_MS = 10_000
/** An agent that took the request but did not shut down gets the power button, too, at this share of the deadline. */
const BUTTON_AFTER_AGENT_SHARE = 1 / 3

type Method = 'auto' | 'agent' | 'acpi'

/** Errors after which the power button is worth a try. */
const AGENT_FAILURES: ReadonlySet<number> = new Set([
  VIR_ERR.agentUnresponsive,
  VIR_ERR.agentUnsynced,
  VIR_ERR.argumentUnsupported,
  VIR_ERR.configUnsupported,
])

/** Asks the agent, then the power button, as far as the method allows. Answers which one took it. */
async function ask(context: ActContext, method: Method, procedure: 'domainShutdownFlags' | 'domainReboot'): Promise<'agent' | 'acpi'> {
  const { dom } = context
  const agent = procedure === 'domainReboot' ? c.VIR_DOMAIN_REBOOT_GUEST_AGENT : c.VIR_DOMAIN_SHUTDOWN_GUEST_AGENT
  const button = procedure === 'domainReboot' ? c.VIR_DOMAIN_REBOOT_ACPI_POWER_BTN : c.VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN
  if (method !== 'acpi') {
    try {
      await change(context, procedure, { dom, flags: agent })
      return 'agent'
    } catch (error) {
      const number = libvirtNumber(error)
      if (
        method === 'agent' ||
        number === undefined ||
        !(AGENT_FAILURES.has(number) || isUnsupported(error) || number === VIR_ERR.invalidArgument)
      )
        throw error
    }
  }
  try {
    await change(context, procedure, { dom, flags: button })
  } catch (error) {
    // Drivers without a power button have one way only, and no flag for it.
    if (method !== 'auto' || !(isUnsupported(error) || libvirtNumber(error) === VIR_ERR.invalidArgument)) throw error
    await change(context, procedure, { dom, flags: 0 })
  }
  return 'acpi'
}

/** Returns when the machine is off. Never escalates: a guest that does not listen is a `timeout`, and runs on. */
export async function shutdown(context: ActContext, action: ActionOf<'shutdown'>): Promise<void> {
  const { dom, clock } = context
  const { method, deadlineMs } = action
  const startedMs = clock.nowMs()
  const off = await waitFor(context, (signal) => isStop(signal), isOff)
  try {
    let took: 'agent' | 'acpi'
    try {
      took = await ask(context, method, 'domainShutdownFlags')
    } catch (error) {
      throw await explained(context, 'shutdown', error)
    }
    context.progress({ note: 'waiting-for-guest' })
    const leftMs = () => deadlineMs - (clock.nowMs() - startedMs)
    let pressAfterMs = took === 'agent' ? Math.round(deadlineMs * BUTTON_AFTER_AGENT_SHARE) : BUTTON_AGAIN_MS
    while (!(await off.within(method === 'agent' ? leftMs() : Math.min(pressAfterMs, leftMs())))) {
      if (leftMs() <= 0) throw shutdownIgnored(dom.name, deadlineMs)
      pressAfterMs = BUTTON_AGAIN_MS
      await change(context, 'domainShutdownFlags', { dom, flags: c.VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN }).catch((error: unknown) =>
        context.log.debug('no power button', { code: toProblem(error).code }),
      )
    }
  } finally {
    off.stop()
  }
}

/** Returns when the guest has restarted. */
export async function reboot(context: ActContext, action: ActionOf<'reboot'>): Promise<void> {
  await needState(context, 'reboot')
  const isAgain = (signal: Signal) =>
    signal.name === 'domain.reboot' ||
    isStop(signal) ||
    (signal.name === 'domain.lifecycle' && signal.event.event === c.VIR_DOMAIN_EVENT_STARTED)
  const again = await waitFor(context, isAgain, isOff)
  try {
    await ask(context, action.method, 'domainReboot')
    const { type } = await context.host.call('connectGetType', {}, within(context))
    // Only qemu tells of the guest's restart; elsewhere the request is all there is.
    if (type !== 'QEMU') return
    context.progress({ note: 'waiting-for-guest' })
    if (!(await again.within(REBOOT_DEADLINE_MS))) throw rebootIgnored(context.dom.name, REBOOT_DEADLINE_MS)
  } finally {
    again.stop()
  }
}

function isStop(signal: Signal): boolean {
  return (
    signal.name === 'domain.lifecycle' &&
    (signal.event.event === c.VIR_DOMAIN_EVENT_STOPPED || signal.event.event === c.VIR_DOMAIN_EVENT_CRASHED)
  )
}

async function isOff(context: ActContext): Promise<boolean> {
  try {
    const [native, { dom }] = await Promise.all([
      context.host.call('domainGetState', { dom: context.dom, flags: 0 }, within(context)),
      context.host.call('domainLookupByUuid', { uuid: context.dom.uuid }, within(context)),
    ])
    // Another number: it was off in between.
    return !isActive(native) || (context.dom.id > 0 && dom.id !== context.dom.id)
  } catch (error) {
    // A transient machine is gone once it is off.
    if (isNoDomain(error)) return true
    throw error
  }
}

interface Waiting {
  /** Whether it happened, at the latest after so long. Rejects when the work is over or the host cannot be asked. */
  within(ms: number): Promise<boolean>
  stop(): void
}

/** Listens from now on, so that what happens while a request is under way is not missed. */
async function waitFor(
  context: ActContext,
  happens: (signal: Signal) => boolean,
  look: (context: ActContext) => Promise<boolean>,
): Promise<Waiting> {
  const { signals, dom, clock, work } = context
  await signals.watchDomains()
  let happened = false
  let failure: AppError | undefined
  let wake = () => {}
  let cancelLook: (() => void) | undefined
  const stopListening = signals.listen((signal) => {
    if (!('dom' in signal.event) || signal.event.dom.uuid !== dom.uuid || !happens(signal)) return
    happened = true
    wake()
  })
  const lookAgain = () => {
    cancelLook = clock.after(LOOK_EVERY_MS, () => {
      look(context).then(
        (found) => {
          happened ||= found
          if (happened) wake()
          else if (cancelLook) lookAgain()
        },
        (error: unknown) => {
          failure = toProblem(error)
          wake()
        },
      )
    })
  }
  const aborted = () => wake()
  work.signal.addEventListener('abort', aborted, { once: true })
  return {
    within: async (ms) => {
      if (!cancelLook) lookAgain()
      if (!happened && ms > 0) {
        await new Promise<void>((resolve) => {
          const cancelTimer = clock.after(ms, resolve)
          wake = () => {
            cancelTimer()
            resolve()
          }
        })
      }
      work.signal.throwIfAborted()
      if (failure) throw failure
      return happened
    },
    stop: () => {
      stopListening()
      cancelLook?.()
      cancelLook = undefined
      work.signal.removeEventListener('abort', aborted)
    },
  }
}
