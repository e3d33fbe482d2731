import type { WireError } from '../../shared/errors/index.ts'
import type { CheckStep, HostKeyInfo } from '../../shared/model/index.ts'
import type { TestEngine } from './engine.ts'

/** What the check list of the wizard came to. */
export interface Checked {
  readonly ok: boolean
  readonly machines: number | null
  readonly key: HostKeyInfo | null
  /** The step that failed, and why. */
  readonly failed: CheckStep['id'] | undefined
  readonly error: WireError | null | undefined
  /** `reach ok`, `host-key ok`, … */
  readonly states: readonly string[]
}

type CheckInput = Parameters<TestEngine['client']['connections']['check']>[0]

/** Runs the check list of a libvirt host to its end. */
export async function check(engine: TestEngine, config: Record<string, unknown>, more: Partial<CheckInput> = {}): Promise<Checked> {
  const steps = new Map<CheckStep['id'], CheckStep>()
  const keys: HostKeyInfo[] = []
  let ok = false
  let machines: number | null = null
  const input: CheckInput = { providerId: 'libvirt', config: config as CheckInput['config'], secrets: {}, ...more }
  for await (const message of await engine.client.connections.check(input)) {
    if (message.type === 'step') steps.set(message.step.id, message.step)
    else if (message.type === 'host-key') keys.push(message.info)
    else if (message.type === 'done') ({ ok, machines } = message)
  }
  const failed = [...steps.values()].find((step) => step.state === 'failed')
  const states = [...steps].map(([id, { state }]) => `${id} ${state}`)
  return { ok, machines, key: keys[0] ?? null, failed: failed?.id, error: failed?.error, states }
}
