import type { BuildInput } from '../../../shared/contract/build.ts'
import type { BuildFinding, TaskId } from '../../../shared/model/index.ts'
import type { Clock, VolumeKeeper } from '../../providers/provider.ts'
import type { InventoryReader, Links } from '../ports.ts'
import type { TaskAuthor, TaskRequest } from '../tasks/task-kind.ts'
import type { Blueprint } from './blueprint.ts'
import type { BuildSecrets } from './build-secrets.ts'
import { READ_TIMEOUT_MS } from './known.ts'
import { buildRequest, type Order } from './plan.ts'
import { hashPassword, type RandomBytes } from './sha512-crypt.ts'

export interface BuildServiceOptions {
  readonly inventory: InventoryReader
  readonly links: Links
  readonly tasks: {
    submit(request: TaskRequest, author: TaskAuthor): Promise<{ readonly id: TaskId }>
    submitBulk(requests: readonly TaskRequest[], author: TaskAuthor): Promise<{ readonly id: TaskId }>
  }
  readonly secrets: BuildSecrets
  readonly clock: Clock
  readonly randomBytes: RandomBytes
}

export interface Checked {
  readonly names: string[]
  readonly findings: BuildFinding[]
}

export interface Begun {
  readonly taskId: TaskId
  readonly names: string[]
}

type CloudInit = BuildInput['cloudInit']

/** Puts away what is secret and starts one task, with a child a machine when there are several. Throws `precondition` secrets.locked. */
export async function begin(
  options: Pick<BuildServiceOptions, 'tasks' | 'secrets' | 'randomBytes'>,
  blueprints: readonly Blueprint[],
  order: Order,
  cloudInit: CloudInit,
  author: TaskAuthor,
): Promise<Begun> {
  const { tasks, secrets } = options
  const requests = blueprints.map((blueprint) => buildRequest(blueprint, order))
  try {
    await keepSecrets(options, blueprints, cloudInit)
    const [only] = requests
    const task = requests.length === 1 && only ? await tasks.submit(only, author) : await tasks.submitBulk(requests, author)
    return { taskId: task.id, names: blueprints.map(({ definition }) => definition.name) }
  } catch (thrown) {
    for (const { definition } of blueprints) await secrets.forget(definition.uuid)
    throw thrown
  }
}

async function keepSecrets(
  { secrets, randomBytes }: Pick<BuildServiceOptions, 'secrets' | 'randomBytes'>,
  blueprints: readonly Blueprint[],
  cloudInit: CloudInit,
): Promise<void> {
  const password = cloudInit?.user?.password
  // one salt for all: that they share the password is no news to whoever reads two of their seeds
  const passwordHash = password === undefined ? undefined : hashPassword(password, randomBytes)
  for (const { definition, seed } of blueprints) {
    if (!seed) continue
    await secrets.keep(definition.uuid, {
      passwordHash: seed.withPassword ? passwordHash : undefined,
      userData: seed.withUserData ? cloudInit?.userData : undefined,
    })
  }
}

/** How many bytes a copy of each volume that is copied takes. */
export async function sizesOf(
  blueprints: readonly Blueprint[],
  keeper: VolumeKeeper,
  hostRef: string,
  signal: AbortSignal,
): Promise<Order['bytesOf']> {
  const sizes = new Map<string, number>()
  const [first] = blueprints
  for (const { request } of first?.disks ?? []) {
    if (request.kind !== 'copy') continue
    const found = await keeper.find(hostRef, request.from, { signal, timeoutMs: READ_TIMEOUT_MS })
    sizes.set(JSON.stringify(request.from), found?.allocationBytes ?? 0)
  }
  return (place) => sizes.get(JSON.stringify(place)) ?? 0
}
