import { z } from 'zod'
import { type Host, type NetworkDetail, type NetworkEdit, networkEditSchema, networkSpecSchema } from '../../../shared/model/index.ts'
import type { ProbeAnswer } from '../../providers/provider.ts'
import type { Step, StepContext, TaskKind, TaskRequest } from '../tasks/task-kind.ts'
import { filterKey } from './network-places.ts'
import {
  actOptions,
  COMMON,
  keeper,
  type Named,
  networkSchema,
  type Placed,
  placedSchema,
  requestOf,
  type Shown,
  stateOf,
} from './network-plan.ts'
import { restartKinds, starting, startSchema } from './network-restart.ts'

const createSchema = networkSchema.extend({ spec: networkSpecSchema })
const stopSchema = networkSchema.extend({ evenIfUsed: z.boolean() })
const editSchema = networkSchema.extend({ edit: networkEditSchema, revision: z.string() })
const putFilterSchema = placedSchema.extend({ xml: z.string(), expected: z.string().nullable() })

const stateSchema = z.object({ revision: z.string() }).nullable()
const filterSchema = z.object({ xml: z.string().nullable() })

export function filterRequest(task: 'putFilter' | 'removeFilter', host: Host, name: string, more: Shown): TaskRequest {
  const { connectionId, id: hostId, nativeRef: hostRef } = host
  return {
    kind: `network.${task}`,
    plan: { connectionId, hostId, hostRef, name, ...more },
    params: { filter: name },
    target: { entity: 'network', id: filterKey(hostId, name), name },
    connectionId,
    hostId,
  }
}

export function networkKinds(): TaskKind[] {
  return [
    { kind: 'network.create', steps: (json) => [creating(createSchema.parse(json))] },
    { kind: 'network.start', steps: (json) => [starting(startSchema.parse(json))] },
    { kind: 'network.stop', steps: (json) => [stopping(stopSchema.parse(json))] },
    ...restartKinds(),
    { kind: 'network.edit', steps: (json) => [editing(editSchema.parse(json))] },
    { kind: 'network.remove', steps: (json) => [removing(networkSchema.parse(json))] },
    { kind: 'network.putFilter', steps: (json) => [puttingFilter(putFilterSchema.parse(json))] },
    { kind: 'network.removeFilter', steps: (json) => [removingFilter(placedSchema.parse(json))] },
  ]
}

function creating(plan: z.infer<typeof createSchema>): Step {
  const { hostRef, networkRef, spec } = plan
  return {
    ...COMMON,
    id: 'createNetwork',
    run: (context) => keeper(context).create(hostRef, networkRef, spec, actOptions(context)),
    async probe(context) {
      const state = await stateOf(plan, context)
      return state?.isActive && (state.autostart ?? spec.autostart) === spec.autostart ? 'done' : 'not-done'
    },
    undo: () => requestOf('remove', plan),
  }
}

function stopping(plan: z.infer<typeof stopSchema>): Step {
  return {
    ...COMMON,
    id: 'stopNetwork',
    run: (context) => keeper(context).stop(plan.networkRef, plan.evenIfUsed, actOptions(context)),
    // One that is not kept is gone when it is off.
    probe: async (context) => ((await stateOf(plan, context))?.isActive ? 'not-done' : 'done'),
    undo: () => requestOf('start', plan),
  }
}

function editing(plan: z.infer<typeof editSchema>): Step {
  const { networkRef, edit, revision } = plan
  return {
    ...COMMON,
    id: 'editNetwork',
    prepare: async (context) => await stateOf(plan, context).then((state) => state && { revision: state.revision }),
    run: (context) => keeper(context).edit(networkRef, edit, revision, actOptions(context)),
    async probe(context) {
      const state = await stateOf(plan, context)
      if (state === null) return 'not-done'
      if (edit.edit === 'setAutostart') return state.autostart === edit.autostart ? 'done' : 'not-done'
      if (state.revision === stateSchema.parse(context.memo)?.revision) return 'not-done'
      return isThere(edit, await keeper(context).detail(networkRef, { signal: context.signal }))
    },
  }
}

/** Whether a network is as the edit would have it. Unknown: it has changed, and nothing tells by whom. */
export function isThere(
  edit: NetworkEdit,
  { hosts, dnsHosts, subnets }: Pick<NetworkDetail, 'hosts' | 'dnsHosts' | 'subnets'>,
): ProbeAnswer {
  const answer = (is: boolean) => (is ? 'done' : 'not-done')
  switch (edit.edit) {
    case 'addHost':
      return answer(
        hosts.some(
          ({ address, mac }) => address === edit.host.address && (mac ?? '').toLowerCase() === (edit.host.mac ?? '').toLowerCase(),
        ),
      )
    case 'removeHost':
      return answer(!hosts.some(({ address }) => address === edit.address))
    case 'addDnsHost':
      return answer(
        dnsHosts.some(({ address, names }) => address === edit.host.address && edit.host.names.every((name) => names.includes(name))),
      )
    case 'removeDnsHost':
      return answer(!dnsHosts.some(({ address }) => address === edit.address))
    case 'setRange': {
      const dhcp = subnets.find(({ address }) => address === edit.subnet)?.dhcp ?? null
      return answer(dhcp?.start === edit.dhcp?.start && dhcp?.end === edit.dhcp?.end)
    }
    case 'setAutostart':
    case 'setDefinition':
      return 'unknown'
    default:
      return edit satisfies never
  }
}

function removing(plan: Named): Step {
  return {
    ...COMMON,
    id: 'removeNetwork',
    run: (context) => keeper(context).remove(plan.networkRef, actOptions(context)),
    probe: async (context) => ((await stateOf(plan, context)) === null ? 'done' : 'not-done'),
  }
}

function puttingFilter(plan: z.infer<typeof putFilterSchema>): Step {
  return {
    ...COMMON,
    id: 'putFilter',
    prepare: async (context) => ({ xml: await filterXml(plan, context) }),
    run: (context) => keeper(context).putFilter(plan.hostRef, plan.xml, plan.expected, actOptions(context)),
    async probe(context) {
      const before = filterSchema.parse(context.memo).xml
      const after = await filterXml(plan, context)
      if (after === before) return 'not-done'
      // libvirt writes a filter in its own words: that it is another one now does not say whose it is.
      return before === null ? 'done' : 'unknown'
    },
  }
}

function removingFilter(plan: Placed): Step {
  return {
    ...COMMON,
    id: 'removeFilter',
    run: (context) => keeper(context).removeFilter(plan.hostRef, plan.name, actOptions(context)),
    probe: async (context) => ((await filterXml(plan, context)) === null ? 'done' : 'not-done'),
  }
}

async function filterXml({ hostRef, name }: Placed, context: StepContext): Promise<string | null> {
  const filters = await keeper(context).filters(hostRef, { signal: context.signal })
  return filters.find((filter) => filter.name === name)?.xml ?? null
}
