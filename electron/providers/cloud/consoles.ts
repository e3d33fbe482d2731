import { AppError } from '../../../shared/errors/index.ts'
import type { MachineConsole, Reason } from '../../../shared/model/index.ts'
import type { Clock, ConnectOptions, ConsoleRequest, ProviderConsole, ProviderPorts } from '../provider.ts'
import type { GuestWay } from '../ssh/index.ts'
import type { CloudApi, SeenMachine } from './api.ts'
import type { LinkCalls } from './link-calls.ts'
import { SerialChannel } from './serial-channel.ts'

const NO_ADDRESS: Reason = {
  code: 'console.no-address',
  text: 'The machine has no address. Give it a network card, or start it: some addresses come with a start.',
}

const IMITATION: Reason = {
  code: 'console.ssh-imitation',
  text: 'This account is made up on this computer: behind the addresses of its machines there is none of them.',
}

/** What a link opens consoles with. */
export interface ConsoleBench {
  readonly api: CloudApi
  readonly calls: LinkCalls
  readonly clock: Clock
  readonly ports: ProviderPorts
  readonly way: GuestWay
  readonly isOn: () => boolean
}

/** What a cloud keeps of the machine's serial port, and the SSH server inside it. */
export function consolesOf({ facts }: SeenMachine, { isImitation }: Pick<CloudApi, 'isImitation'>): readonly MachineConsole[] {
  const off: Reason = { code: 'console.not-running', text: `${facts.name} is off.`, params: { name: facts.name } }
  const reason = facts.state === 'running' ? null : off
  const addressless = facts.addresses.length > 0 ? null : NO_ADDRESS
  return [
    { kind: 'serial', index: 0, label: 'Serial output, read only', reason },
    { kind: 'ssh', index: 0, label: 'SSH', reason: reason ?? (isImitation ? IMITATION : addressless) },
  ]
}

/** Throws `not-found` console.not-found, `precondition` with the reason why it cannot be opened now; a login throws `console.ssh-*` besides. */
export async function openConsole(
  seen: SeenMachine,
  request: ConsoleRequest,
  bench: ConsoleBench,
  options: ConnectOptions,
): Promise<ProviderConsole> {
  const { name } = seen.facts
  const found = consolesOf(seen, bench.api).find(({ kind, index }) => kind === request.kind && index === request.index)
  if (!found) {
    throw new AppError({ kind: 'not-found', code: 'console.not-found', message: `${name} has no such console.`, details: { name } })
  }
  const { kind, reason } = found
  if (reason) throw new AppError({ kind: 'precondition', code: reason.code, message: reason.text, details: { name, actual: reason.code } })
  return kind === 'ssh' ? await openShell(seen, request, bench, options) : openSerial(seen, bench)
}

function openSerial({ ref }: SeenMachine, { api, calls, clock, isOn }: ConsoleBench): ProviderConsole {
  const channel = new SerialChannel({
    look: () => calls.read({}, (signal) => api.serialOutput(ref, { signal })),
    isOn,
    clock,
    everyMs: api.rhythm.busyMs,
  })
  calls.signal.addEventListener('abort', () => channel.close())
  return { channel, password: null }
}

/** What speaks SSH is loaded with the first of them. */
async function openShell(
  { ref, facts }: SeenMachine,
  { login }: ConsoleRequest,
  { ports, way }: ConsoleBench,
  options: ConnectOptions,
): Promise<ProviderConsole> {
  if (!login) throw new AppError({ kind: 'invalid-input', code: 'console.no-login', message: 'Say which user logs in to the machine.' })
  const { openGuestShell } = await import('../ssh/index.ts')
  return { channel: await openGuestShell(way, facts.cloud?.id ?? ref, login, ports, options), password: null }
}
