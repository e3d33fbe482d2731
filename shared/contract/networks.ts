import { z } from 'zod'
import { hostIdSchema, networkIdSchema, taskIdSchema } from '../model/ids.ts'
import {
  hostTopologySchema,
  macsSchema,
  networkDetailSchema,
  networkEditSchema,
  networkFilterSchema,
  networkSpecSchema,
  nodeRateSchema,
} from '../model/network-edit.ts'
import { command, query } from './base.ts'

const host = z.object({ hostId: hostIdSchema })
const network = z.object({ networkId: networkIdSchema })
const begun = z.object({ taskId: taskIdSchema })
const hostExample = { hostId: 'c1.h.5d3c' }
const example = { networkId: 'c1.n.77aa' }

/** Virtual networks, filters, and how cards, networks, bridges and wires hang together. */
export const networks = {
  detail: query('/networks/detail', { permission: 'inventory.read', summary: 'A network, its leases, and what is attached to it', example })
    .input(network)
    .output(networkDetailSchema),
  create: command('/networks/create', {
    permission: 'network.write',
    summary: 'Define a network and start it',
    example: {
      ...hostExample,
      spec: {
        name: 'lab',
        mode: 'nat',
        subnets: [{ address: '10.20.0.1', prefix: 24, dhcp: { start: '10.20.0.100', end: '10.20.0.199' } }],
      },
    },
  })
    .input(host.extend({ spec: networkSpecSchema }))
    .output(begun),
  start: command('/networks/start', { permission: 'network.write', summary: 'Start a network', example })
    .input(
      network.extend({
        /** Runs until it is stopped; what is kept stays. Null: what is kept. */
        definition: z.string().min(1).max(1_000_000).nullable().default(null),
      }),
    )
    .output(begun),
  stop: command('/networks/stop', { permission: 'network.write', summary: 'Stop a network; machines that are attached lose it', example })
    .input(network.extend({ evenIfUsed: z.boolean().default(false) }))
    .output(begun),
  restart: command('/networks/restart', {
    permission: 'network.write',
    summary: 'Stop a network, start it as it is kept, and plug the cards of running machines back in',
    example,
  })
    .input(network.extend({ evenIfUsed: z.boolean().default(false) }))
    .output(begun),
  plugIn: command('/networks/plug-in', {
    permission: 'network.write',
    summary: 'Plug cards of running machines that hang beside the network back in',
    example: { ...example, macs: ['52:54:00:12:34:56'] },
  })
    .input(
      network.extend({
        /** Null: all that hang beside it. */
        macs: macsSchema.nullable().default(null),
      }),
    )
    .output(begun),
  edit: command('/networks/edit', {
    permission: 'network.write',
    summary: 'Change hosts, names, ranges or the definition',
    example: { ...example, edit: { edit: 'setAutostart', autostart: true }, revision: 'b3a1' },
    invalidates: ['networks'],
  })
    .input(network.extend({ edit: networkEditSchema, revision: z.string().min(1).max(200) }))
    .output(begun),
  remove: command('/networks/remove', { permission: 'network.write', summary: 'Take away a network that no machine names', example })
    .input(network)
    .output(begun),
  filters: query('/networks/filters', { permission: 'inventory.read', summary: 'The network filters of a host', example: hostExample })
    .input(host)
    .output(z.array(networkFilterSchema)),
  putFilter: command('/networks/put-filter', {
    permission: 'network.write',
    summary: 'Define a network filter, or another version of it',
    example: { ...hostExample, xml: '<filter name="no-spoof"/>', expected: null },
    invalidates: ['networks.filters'],
  })
    .input(
      host.extend({
        xml: z.string().min(1).max(1_000_000),
        /** The XML that the change is based on; null: there is none of that name yet. */
        expected: z.string().max(1_000_000).nullable(),
      }),
    )
    .output(begun),
  removeFilter: command('/networks/remove-filter', {
    permission: 'network.write',
    summary: 'Take away a filter that nothing names',
    example: { ...hostExample, name: 'no-spoof' },
    invalidates: ['networks.filters'],
  })
    .input(host.extend({ name: z.string().min(1).max(200) }))
    .output(begun),
  topology: query('/networks/topology', {
    permission: 'inventory.read',
    summary: 'From each machine’s card over networks, bridges and bonds to the wire',
    example: { hostIds: ['c1.h.5d3c'] },
  })
    .route({ method: 'POST' })
    .input(z.object({ hostIds: z.array(hostIdSchema).min(1).max(1_000) }))
    .output(z.array(hostTopologySchema)),
  rates: query('/networks/rates', {
    permission: 'inventory.read',
    summary: 'What goes over the nodes of a host’s topology now',
    example: hostExample,
  })
    .input(host)
    .output(z.object({ atMs: z.number(), rates: z.array(nodeRateSchema) })),
}
