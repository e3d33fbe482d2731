import { AppError } from '../../../shared/errors/index.ts'
import type { MachineConsole } from '../../../shared/model/index.ts'
import type { Clock, ConsoleRequest, ProviderConsole } from '../provider.ts'
import type { CloudApi, SeenMachine } from './api.ts'
import type { LinkCalls } from './link-calls.ts'
import { SerialChannel } from './serial-channel.ts'

/** The one console that a cloud's interface has: what the machine has written to its serial port. */
export function serialOf({ facts }: SeenMachine): MachineConsole {
  const isOff = facts.state !== 'running'
  const reason = { code: 'console.not-running', text: `${facts.name} is off.`, params: { name: facts.name } }
  return { kind: 'serial', index: 0, label: 'Serial output, read only', reason: isOff ? reason : null }
}

/** Throws `not-found` console.not-found, `precondition` with the reason why it cannot be opened now. */
export function openSerial(
  seen: SeenMachine,
  request: ConsoleRequest,
  { api, calls, clock, isOn }: { readonly api: CloudApi; readonly calls: LinkCalls; readonly clock: Clock; readonly isOn: () => boolean },
): ProviderConsole {
  const { name } = seen.facts
  if (request.kind !== 'serial' || request.index !== 0) {
    throw new AppError({ kind: 'not-found', code: 'console.not-found', message: `${name} has no such console.`, details: { name } })
  }
  const { reason } = serialOf(seen)
  if (reason) throw new AppError({ kind: 'precondition', code: reason.code, message: reason.text, details: { name, actual: reason.code } })
  const channel = new SerialChannel({
    look: () => calls.read({}, (signal) => api.serialOutput(seen.ref, { signal })),
    isOn,
    clock,
    everyMs: api.rhythm.busyMs,
  })
  calls.signal.addEventListener('abort', () => channel.close())
  return { channel, password: null }
}
