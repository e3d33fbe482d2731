import { type AppError, toAppError, toWireError, wireErrorSchema } from '../../../shared/errors/index.ts'
import type { CheckMessage, CheckStep, CloudChoices } from '../../../shared/model/index.ts'
import type { CallOptions } from '../provider.ts'
import type { CloudApi } from './api.ts'

export interface CloudCheck {
  readonly api: CloudApi
  /** Who logged in, as the cloud says: an ARN, an application, an address. Proves the credentials. */
  readonly identity: (options: CallOptions) => Promise<string>
  /** What can be picked in the form with these credentials. */
  readonly choices: (options: CallOptions) => Promise<readonly CloudChoices[]>
  readonly versions: ReadonlyArray<{ readonly name: string; readonly version: string }>
}

const STEPS = ['reach', 'login', 'places', 'permission'] as const
type StepId = (typeof STEPS)[number]

/** The live check list of an account. Ends with `done`. A permission that is missing is named, and does not hinder what can be done without it. */
export async function* runCheck(check: CloudCheck, { signal }: CallOptions): AsyncGenerator<CheckMessage> {
  const { api } = check
  const options: CallOptions = { ...(signal && { signal }) }
  for (const id of STEPS) yield step(id, 'pending')
  let at: StepId = 'reach'
  let machines = 0
  try {
    yield step('reach', 'running')
    const who = await check.identity(options)
    yield step('reach', 'ok', api.label)
    at = 'login'
    yield step('login', 'running')
    yield step('login', 'ok', who)
    at = 'places'
    yield step('places', 'running')
    for (const choices of await check.choices(options)) yield { type: 'choices', choices }
    const places = await api.places(options)
    yield step('places', 'ok', places.map(({ facts }) => facts.name).join(', '))
    at = 'permission'
    yield step('permission', 'running')
    const permissions = await api.permissions(options)
    for (const permission of permissions) yield { type: 'permission', permission }
    const missing = permissions.filter(({ state }) => state === 'missing')
    for (const place of places) for await (const page of api.machines(place.ref, options)) machines += page.length
    yield step('permission', 'ok', missing.length === 0 ? `${permissions.length}` : missing.map(({ name }) => name).join(', '))
  } catch (thrown) {
    const error = toAppError(thrown)
    const failing = failingStep(at, error)
    if (failing !== at) yield step(at, 'ok')
    yield step(failing, 'failed', null, error)
    yield { type: 'done', ok: false, machines: null, versions: [] }
    return
  }
  yield { type: 'done', ok: true, machines, versions: [...check.versions] }
}

/** The first call meets both the network and the login. */
function failingStep(at: StepId, error: AppError): StepId {
  return at === 'reach' && (error.kind === 'unauthenticated' || error.kind === 'forbidden' || error.kind === 'invalid-input') ? 'login' : at
}

function step(id: StepId, state: CheckStep['state'], detail: string | null = null, error: AppError | null = null): CheckMessage {
  return { type: 'step', step: { id, state, detail, error: error && wireErrorSchema.parse(toWireError(error)) } }
}
