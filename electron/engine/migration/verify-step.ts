import { type MachineId, objectId } from '../../../shared/model/index.ts'
import { type MachineMover, OUTCOME_NOTE } from '../../providers/provider.ts'
import type { DefinitionHistory } from '../hardware/definition-history.ts'
import type { EventSink } from '../ports.ts'
import { delay } from '../tasks/deadline.ts'
import type { Step } from '../tasks/task-kind.ts'
import { markOf } from './definition-mark.ts'
import type { WherePorts } from './journey.ts'
import { notKept, notVerified } from './migration-errors.ts'
import { journeyOf, type MovePlan } from './move-plan.ts'
import { knownHost } from './sides.ts'
import { hasShutDisplays } from './snapshot-steps.ts'
import { linkSoon, moverSoon, settledWhere } from './whereabouts.ts'
import type { WriteProfiles } from './writes/write-profiles.ts'

const MINUTE_MS = 60_000
const AGENT_WAIT_MS = MINUTE_MS
/** A machine that is there is let run within so long. */
const RUNS_WAIT_MS = 10_000
const LOOK_AGAIN_MS = 500

export interface VerifyPorts extends WherePorts {
  readonly events: EventSink
  readonly history: Pick<DefinitionHistory, 'moved'>
  readonly writes: Pick<WriteProfiles, 'moved'>
}

/**
 * The target's own word that it is there as it was: running, paused or off, and kept; nothing of it is left at the source. It starts with its
 * host again if it did. An agent that no longer answers, and words that went missing, are told of: the machine has moved all the same.
 */
export function verifyStep(plan: MovePlan, ports: VerifyPorts): Step {
  const { name, ref, spec, before } = plan
  const journey = journeyOf(plan)
  return {
    id: 'verify',
    weight: 1,
    timeoutMs: 10 * MINUTE_MS,
    cancel: 'never',
    keepsOthers: true,
    async run({ memos, signal, progress }) {
      progress({ note: 'verifying' })
      if ((await settledWhere(journey, ports, { signal }, null)) === 'stayed') throw notVerified(name, 'absent')
      const link = await linkSoon(spec.targetHostId, ports, MINUTE_MS, signal)
      const to = await moverSoon(spec.targetHostId, ports, MINUTE_MS, signal)
      await standsAsItWas(to, signal)
      if (before.autostart) await link.act(ref, { action: 'setAutostart', autostart: true }, { signal, timeoutMs: MINUTE_MS })
      await tellMoved()
      const there = await to.outgoing(ref, { signal, timeoutMs: MINUTE_MS })
      if (before.mark !== null && markOf(there.xml) !== before.mark) progress({ note: `${OUTCOME_NOTE}words-differ` })
      if (before.agentAnswers && !(await agentAnswers(to, signal))) progress({ note: `${OUTCOME_NOTE}agent-silent` })
      if (hasShutDisplays(memos)) progress({ note: `${OUTCOME_NOTE}snapshots-shut` })
    },
    // all of it can be done twice
    probe: () => Promise.resolve('not-done'),
  }

  async function standsAsItWas(to: MachineMover, signal: AbortSignal): Promise<void> {
    const wanted = spec.mode === 'cold' ? 'off' : before.isPaused ? 'paused' : 'running'
    for (const sinceMs = ports.clock.nowMs(); ; ) {
      const { state, isPersistent } = await to.standing(ref, { signal })
      if (state === wanted && (isPersistent || !before.isPersistent)) return
      if (ports.clock.nowMs() - sinceMs > RUNS_WAIT_MS) throw state === wanted ? notKept(name) : notVerified(name, state)
      await delay(ports.clock, LOOK_AGAIN_MS, signal)
    }
  }

  async function agentAnswers(to: MachineMover, signal: AbortSignal): Promise<boolean> {
    for (const sinceMs = ports.clock.nowMs(); ; ) {
      if ((await to.outgoing(ref, { signal, timeoutMs: MINUTE_MS })).agentAnswers) return true
      if (ports.clock.nowMs() - sinceMs > AGENT_WAIT_MS) return false
      await delay(ports.clock, LOOK_AGAIN_MS, signal)
    }
  }

  /** What is kept by its id goes along to its new one. */
  async function tellMoved(): Promise<void> {
    const source = ports.inventory.get('host', journey.sourceHostId)
    const target = knownHost(spec.targetHostId, ports.inventory)
    const machineId = objectId<MachineId>(target.connectionId, 'm', ref)
    if (machineId !== spec.machineId) {
      await ports.history.moved(spec.machineId, machineId)
      ports.writes.moved(spec.machineId, machineId)
    }
    ports.events.append({
      severity: 'info',
      code: 'machine.moved',
      params: { name, from: source?.name ?? null, to: target.name, fromId: spec.machineId, toId: machineId },
      text: `${name} moved from ${source?.name ?? 'its host'} to ${target.name}.`,
      source: 'task',
      connectionId: target.connectionId,
      machineId,
      hostId: target.id,
      objectName: name,
    })
  }
}
