import type { MachineState } from '../../../shared/model/index.ts'
import type { ProviderEvent } from '../provider.ts'
import type { SeenMachine } from './api.ts'

const TOLD: Partial<Record<MachineState, { readonly code: string; readonly text: (name: string) => string }>> = {
  running: { code: 'machine.started', text: (name) => `${name} started.` },
  stopped: { code: 'machine.stopped', text: (name) => `${name} is off.` },
  saved: { code: 'machine.saved', text: (name) => `${name} was saved.` },
  paused: { code: 'machine.paused', text: (name) => `${name} was paused.` },
}

/** What is worth a line in the event log between two looks at a machine. Null: there was none, or there is none any more. */
export function narrate(before: SeenMachine | null, after: SeenMachine | null, atMs: number): ProviderEvent[] {
  const one = after ?? before
  if (!one) return []
  const { name, hostRef, attention } = one.facts
  const line = (severity: ProviderEvent['severity'], code: string, text: string, more: ProviderEvent['params'] = {}): ProviderEvent => ({
    atMs,
    severity,
    code,
    text,
    params: { name, ...more },
    machineRef: one.ref,
    hostRef,
  })
  if (!before) return [line('info', 'machine.defined', `${name} was defined.`)]
  if (!after) return [line('info', 'machine.deleted', `${name} was deleted.`)]
  const events: ProviderEvent[] = []
  const told = before.facts.state === after.facts.state ? undefined : TOLD[after.facts.state]
  if (told) events.push(line('info', told.code, told.text(name)))
  else if (before.life !== null && after.life !== null && before.life !== after.life && after.facts.state === 'running') {
    events.push(line('info', 'machine.rebooted', `${name} restarted.`))
  }
  if (attention && before.facts.attention?.code !== attention.code) {
    events.push(line('warning', 'machine.attention', `${name}: ${attention.text}`, { cause: attention.text }))
  }
  return events
}
