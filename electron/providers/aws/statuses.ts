import { isAppError } from '../../../shared/errors/index.ts'
import type { ChangedMachines, KnownMachines } from '../cloud/index.ts'
import type { CallOptions } from '../provider.ts'
import type { AwsCalls } from './calls.ts'
import { refOf } from './facts.ts'
import type { Machines } from './machines.ts'

/** AWS would give a thousand, whose XML holds the engine up. */
const PAGE = 200

/**
 * What has changed by the states of all machines, which AWS tells in a tenth of the words of a whole list; those whose state is another, and
 * those that are new or no longer told of, are then read by themselves. Null: the account may not ask for states.
 */
export async function changedMachines(
  calls: AwsCalls,
  machines: Machines,
  region: string,
  known: KnownMachines,
  options: CallOptions,
): Promise<ChangedMachines | null> {
  let states: ReadonlyMap<string, string>
  try {
    states = await statesOf(calls, region, options)
  } catch (thrown) {
    if (isAppError(thrown) && (thrown.kind === 'forbidden' || thrown.kind === 'unsupported')) return null
    throw thrown
  }
  const doubtful: string[] = []
  for (const [id, state] of states) {
    const before = known.get(refOf(region, id))
    if (before ? before.facts.nativeState !== state : state !== 'terminated') doubtful.push(id)
  }
  const missing = [...known.refs()].flatMap((ref) => {
    const id = ref.slice(region.length + 1)
    return states.has(id) ? [] : [id]
  })
  const asked = [...doubtful, ...missing]
  const read = await machines.these(region, asked, options)
  return {
    changed: [...read.values()],
    gone: asked.map((id) => refOf(region, id)).filter((ref) => !read.has(ref) && known.get(ref) !== undefined),
  }
}

async function statesOf(calls: AwsCalls, region: string, options: CallOptions): Promise<ReadonlyMap<string, string>> {
  const states = new Map<string, string>()
  let NextToken: string | undefined
  do {
    const page = await calls.ec2({ region, permission: 'ec2:DescribeInstanceStatus', options }, (client, sdk, sending) =>
      client.send(
        new sdk.DescribeInstanceStatusCommand({
          IncludeAllInstances: true,
          MaxResults: PAGE,
          ...(NextToken !== undefined && { NextToken }),
        }),
        sending,
      ),
    )
    for (const { InstanceId, InstanceState } of page.InstanceStatuses ?? []) {
      if (InstanceId !== undefined) states.set(InstanceId, InstanceState?.Name ?? '')
    }
    NextToken = page.NextToken === '' ? undefined : page.NextToken
  } while (NextToken !== undefined)
  return states
}
