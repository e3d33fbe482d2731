import { isAppError } from '../../../shared/errors/index.ts'
import { osCatalogue } from '../../engine/build/os-catalogue.ts'
import { checkUserData } from '../../engine/build/user-data.ts'
import type { Engine } from '../../engine/engine.ts'
import type { TaskAuthor } from '../../engine/tasks/task-kind.ts'
import type { CallContext, Handlers } from '../handlers.ts'

export function buildHandlers({ build, clones }: Engine): Handlers['build'] {
  return {
    catalogue: () => Promise.resolve(osCatalogue()),
    options: ({ hostId }, { signal }) => build.options(hostId, signal),
    commonCpu: ({ hostIds }, { signal }) => build.commonCpu(hostIds, signal),
    checkUserData: ({ userData }) => Promise.resolve(verdictOn(userData)),
    check: (input, { signal }) => build.check(input, signal),
    preview: (input, { signal }) => build.preview(input, signal),
    create: ({ reason, token, ...input }, context) => build.create(input, authorOf(context, reason), context.signal, token),
    cloneSource: ({ machineId }, { signal }) => clones.source(machineId, signal),
    checkClone: (input, { signal }) => clones.check(input, signal),
    previewClone: (input, { signal }) => clones.preview(input, signal),
    clone: ({ reason, token, ...input }, context) => clones.clone(input, authorOf(context, reason), context.signal, token),
    makeTemplate: ({ reason, token, ...order }, context) => clones.makeTemplate(order, authorOf(context, reason), context.signal, token),
  }
}

function authorOf({ actor, origin }: CallContext, reason: string | undefined): TaskAuthor {
  return { actor, origin, reason: reason ?? null }
}

/** What cloud-init would make of it: a text it cannot read is an answer here, and no error. */
function verdictOn(userData: string): Awaited<ReturnType<Handlers['build']['checkUserData']>> {
  try {
    const { kind, unknownKeys } = checkUserData(userData)
    return { kind, problem: null, unknownKeys: [...unknownKeys] }
  } catch (thrown) {
    if (!isAppError(thrown) || thrown.code !== 'build.bad-user-data') throw thrown
    const { line, column, reason } = thrown.details
    const problem = { line: Number(line), column: Number(column), reason: typeof reason === 'string' ? reason : '', text: thrown.message }
    return { kind: null, problem, unknownKeys: [] }
  }
}
