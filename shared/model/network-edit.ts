import { z } from 'zod'
import { reasonSchema } from './connection.ts'
import { machineIdSchema } from './ids.ts'

/** Virtual networks of a host, what is attached to them, and how all of it hangs together. */

export const networkNameSchema = z
  .string()
  .min(1)
  .max(50)
  .regex(/^[^\s/\p{Cc}\p{Cs}.-][^/\p{Cc}\p{Cs}]*$/u, 'not-a-network-name')
/** As the kernel takes it: 15 characters. */
const interfaceNameSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/, 'not-an-interface-name')
const macSchema = z.string().regex(/^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/, 'not-a-mac')
const addressSchema = z.union([z.ipv4(), z.ipv6()])
const dnsNameSchema = z
  .string()
  .max(253)
  .regex(/^[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*\.?$/, 'not-a-dns-name')

export const NETWORK_MODES = ['nat', 'route', 'isolated', 'open', 'bridge', 'openvswitch'] as const

export const macsSchema = z.array(macSchema).min(1).max(1_000)

/** A subnet that the host has a leg in, with or without DHCP. */
export const subnetSchema = z.object({
  /** The host's own address in it. */
  address: addressSchema,
  prefix: z.number().int().min(1).max(128),
  dhcp: z.object({ start: addressSchema, end: addressSchema }).nullable().default(null),
})
const subnetOfSpecSchema = subnetSchema.refine(({ address, prefix }) => prefix <= (address.includes(':') ? 128 : 32), {
  message: 'prefix-too-long',
  path: ['prefix'],
})

export const networkSpecSchema = z
  .object({
    name: networkNameSchema,
    mode: z.enum(NETWORK_MODES),
    /** The bridge: its own (null: the host names it), or the host's for `bridge` and `openvswitch`. */
    bridge: interfaceNameSchema.nullable().default(null),
    /** For `nat` and `route`: the only way out; null: any. */
    device: interfaceNameSchema.nullable().default(null),
    subnets: z.array(subnetOfSpecSchema).max(8).default([]),
    domain: dnsNameSchema.nullable().default(null),
    mtu: z.number().int().min(68).max(65_535).nullable().default(null),
    /** Of `openvswitch`: tags by the name of a port group. */
    portGroups: z
      .array(
        z.object({ name: networkNameSchema, vlan: z.number().int().min(1).max(4_094).nullable(), isDefault: z.boolean().default(false) }),
      )
      .max(200)
      .default([]),
    autostart: z.boolean().default(true),
  })
  .refine((spec) => !['bridge', 'openvswitch'].includes(spec.mode) || spec.bridge !== null, { message: 'bridge-missing', path: ['bridge'] })
  .refine((spec) => !['bridge', 'openvswitch'].includes(spec.mode) || spec.subnets.length === 0, {
    message: 'bridge-has-no-subnets',
    path: ['subnets'],
  })
  .refine((spec) => !['nat', 'route'].includes(spec.mode) || spec.subnets.length > 0, { message: 'subnet-missing', path: ['subnets'] })
export type NetworkSpec = z.infer<typeof networkSpecSchema>

const staticHostSchema = z.object({ mac: macSchema.nullable(), name: dnsNameSchema.nullable(), address: addressSchema })
const dnsHostSchema = z.object({ address: addressSchema, names: z.array(dnsNameSchema).min(1).max(50) })

/** What is kept goes on counting after a restart of the network; libvirt takes most of it live as well, and then both are changed. */
export const networkEditSchema = z.discriminatedUnion('edit', [
  z.object({ edit: z.literal('addHost'), host: staticHostSchema }),
  z.object({ edit: z.literal('removeHost'), address: addressSchema }),
  z.object({ edit: z.literal('addDnsHost'), host: dnsHostSchema }),
  z.object({ edit: z.literal('removeDnsHost'), address: addressSchema }),
  /** Null: no DHCP in this subnet. */
  z.object({ edit: z.literal('setRange'), subnet: addressSchema, dhcp: subnetSchema.shape.dhcp }),
  z.object({ edit: z.literal('setAutostart'), autostart: z.boolean() }),
  z.object({ edit: z.literal('setDefinition'), xml: z.string().min(1).max(1_000_000) }),
])
export type NetworkEdit = z.infer<typeof networkEditSchema>

export const networkDetailSchema = z.object({
  /** An edit that is based on another one is refused. */
  revision: z.string(),
  xml: z.string(),
  keptXml: z.string().nullable(),
  /** What runs is not what was kept: it counts after a restart of the network. */
  hasPending: z.boolean(),
  mode: z.string(),
  bridge: z.string().nullable(),
  domain: z.string().nullable(),
  mtu: z.number().nullable(),
  subnets: z.array(subnetSchema),
  hosts: z.array(staticHostSchema),
  dnsHosts: z.array(dnsHostSchema),
  portGroups: z.array(z.object({ name: z.string(), vlan: z.number().nullable(), isDefault: z.boolean() })),
  leases: z.array(
    z.object({ mac: z.string().nullable(), address: z.string(), hostname: z.string().nullable(), expiresAtMs: z.number().nullable() }),
  ),
  /** Cards whose definition names it. */
  ports: z.array(
    z.object({
      machineId: machineIdSchema.nullable(),
      machine: z.string(),
      mac: z.string(),
      /** On the host, while it runs. */
      target: z.string().nullable(),
      portGroup: z.string().nullable(),
      addresses: z.array(z.string()),
      isRunning: z.boolean(),
      /** Its other end is in the network's bridge. Null: its machine is off, or nobody tells. */
      isPlugged: z.boolean().nullable(),
    }),
  ),
  /** Why it cannot be stopped, and why it cannot be taken away; null: it can. */
  noStop: reasonSchema.nullable(),
  noRemove: reasonSchema.nullable(),
  observedAtMs: z.number(),
})
export type NetworkDetail = z.infer<typeof networkDetailSchema>

export const networkFilterSchema = z.object({
  name: z.string(),
  uuid: z.string(),
  xml: z.string(),
  /** Names of the machines whose cards name it, and of filters that include it. */
  usedBy: z.array(z.string()),
  includedBy: z.array(z.string()),
})
export type NetworkFilter = z.infer<typeof networkFilterSchema>

export const TOPOLOGY_KINDS = ['physical', 'bond', 'vlan', 'bridge', 'network', 'nic'] as const
/** A node of the picture; what runs upwards from a machine's card ends at a wire, or nowhere. */
export const topologyNodeSchema = z.object({
  /** Unique on its host: `nic:52:54:00:…`, `net:<uuid>`, `if:br0`. */
  id: z.string(),
  kind: z.enum(TOPOLOGY_KINDS),
  name: z.string(),
  /** Null: not known. */
  isUp: z.boolean().nullable(),
  speedMbps: z.number().nullable(),
  mac: z.string().nullable(),
  addresses: z.array(z.string()),
  /**
   * nat, route, isolated of a network; 802.3ad of a bond; the tag of a VLAN; the port group of a card, or `unplugged`: it runs, and its other
   * end hangs beside the bridge, as after a restart of its network.
   */
  detail: z.string().nullable(),
  /** Of an unplugged card: the id of the network that it belongs to. */
  beside: z.string().optional(),
  machineId: machineIdSchema.nullable(),
  machine: z.string().nullable(),
})
export type TopologyNode = z.infer<typeof topologyNodeSchema>

export const hostTopologySchema = z.object({
  hostId: z.string(),
  nodes: z.array(topologyNodeSchema),
  /** From the machine's side to the wire's, as indices of `nodes`. */
  edges: z.array(z.tuple([z.number().int(), z.number().int()])),
  /** What could not be looked at. */
  unseen: z.array(reasonSchema),
  observedAtMs: z.number(),
})
export type HostTopology = z.infer<typeof hostTopologySchema>

export const nodeRateSchema = z.object({ id: z.string(), rxBytesPerS: z.number().nullable(), txBytesPerS: z.number().nullable() })
export type NodeRate = z.infer<typeof nodeRateSchema>
