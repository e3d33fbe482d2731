import { useCallback, useEffect, useRef, useState } from 'react'
import type { AppError, WireError } from '../../../shared/errors/index.ts'
import { toWireError } from '../../../shared/errors/index.ts'
import type { CheckMessage, CheckStep, CloudChoices, CloudPermission, HostKeyInfo, LoginPrompt } from '../../../shared/model/index.ts'
import { type Api, toPageError, useApi } from '../../lib/api/index.ts'

export type CheckInput = Parameters<Api['connections']['check']>[0]
export type StepId = CheckStep['id']

/** The order in which a connection is tried; a provider skips what it has not. */
export const STEP_IDS: readonly StepId[] = ['reach', 'host-key', 'login', 'socket', 'places', 'permission', 'versions']

export interface CheckRun {
  readonly status: 'idle' | 'running' | 'ok' | 'failed'
  readonly steps: ReadonlyMap<StepId, CheckStep>
  /** The key that a person has to confirm first. */
  readonly hostKey: HostKeyInfo | null
  /** What the host asks of the person now. */
  readonly prompt: LoginPrompt | null
  /** Of a cloud: what can be picked, by the field of the form. */
  readonly choices: ReadonlyMap<string, CloudChoices['choices']>
  readonly permissions: readonly CloudPermission[]
  readonly machines: number | null
  readonly versions: ReadonlyArray<{ readonly name: string; readonly version: string }>
  /** Why there was no check at all, such as a configuration that does not fit. */
  readonly error: AppError | null
}

export const IDLE: CheckRun = {
  status: 'idle',
  steps: new Map(),
  hostKey: null,
  prompt: null,
  choices: new Map(),
  permissions: [],
  machines: null,
  versions: [],
  error: null,
}

/** A run with one more message of its stream. */
export function withMessage(run: CheckRun, message: CheckMessage): CheckRun {
  switch (message.type) {
    case 'step':
      return {
        ...run,
        steps: new Map(run.steps).set(message.step.id, message.step),
        ...(message.prompt !== undefined && { prompt: message.prompt }),
      }
    case 'host-key':
      return { ...run, hostKey: message.info }
    case 'choices':
      return { ...run, choices: new Map(run.choices).set(message.choices.field, message.choices.choices) }
    case 'permission':
      return { ...run, permissions: [...run.permissions, message.permission] }
    case 'done':
      return { ...run, status: message.ok ? 'ok' : 'failed', prompt: null, machines: message.machines, versions: message.versions }
  }
}

/** The first step that failed. */
export function failedStep(run: CheckRun): CheckStep | undefined {
  return STEP_IDS.map((id) => run.steps.get(id)).find((step) => step?.state === 'failed')
}

/** What went wrong, wherever it did. */
export function runError(run: CheckRun): WireError | null {
  return failedStep(run)?.error ?? (run.error ? toWireError(run.error) : null)
}

/** Runs a check to its end and tells each state of it. Never throws. */
export async function followCheck(api: Api, input: CheckInput, signal: AbortSignal, onChange: (run: CheckRun) => void): Promise<CheckRun> {
  let run: CheckRun = { ...IDLE, status: 'running' }
  const become = (next: CheckRun) => {
    run = next
    if (!signal.aborted) onChange(run)
  }
  become(run)
  try {
    for await (const message of await api.connections.check(input, { signal })) become(withMessage(run, message))
    if (run.status === 'running') become({ ...run, status: 'failed', prompt: null })
  } catch (thrown) {
    become({ ...run, status: 'failed', prompt: null, error: toPageError(thrown) })
  }
  return run
}

/** One check at a time, stopped when a new one starts or the page is left. */
export function useCheckRun(): {
  readonly run: CheckRun
  readonly start: (input: CheckInput) => Promise<CheckRun>
  readonly reset: () => void
} {
  const api = useApi()
  const [run, setRun] = useState<CheckRun>(IDLE)
  const current = useRef<AbortController | null>(null)
  useEffect(() => () => current.current?.abort(), [])
  const start = useCallback(
    (input: CheckInput) => {
      current.current?.abort()
      const controller = new AbortController()
      current.current = controller
      return followCheck(api, input, controller.signal, setRun)
    },
    [api],
  )
  const reset = useCallback(() => {
    current.current?.abort()
    setRun(IDLE)
  }, [])
  return { run, start, reset }
}
