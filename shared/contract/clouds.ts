import { z } from 'zod'
import {
  callBudgetSchema,
  cloudMachineSpecSchema,
  cloudPermissionSchema,
  cloudPolicySchema,
  cloudResourceKindSchema,
  cloudResourceSchema,
  commandOutcomeSchema,
  machineTypeSchema,
} from '../model/cloud.ts'
import { connectionIdSchema, hostIdSchema, machineIdSchema, taskIdSchema } from '../model/ids.ts'
import { priceListSchema } from '../prices/index.ts'
import { command, query, secretSchema } from './base.ts'

const account = z.object({ connectionId: connectionIdSchema })
const machine = z.object({ machineId: machineIdSchema })
const example = { connectionId: 'c1' }

/** What only accounts of clouds have. */
export const clouds = {
  policies: query('/clouds/policies', {
    permission: 'inventory.read',
    summary: 'The least an account must be allowed, to copy',
    example: { providerId: 'aws', config: {} },
  })
    .route({ method: 'POST' })
    .input(z.object({ providerId: z.string(), config: z.record(z.string(), z.json()) }))
    .output(z.array(cloudPolicySchema)),
  permissions: query('/clouds/permissions', {
    permission: 'inventory.read',
    summary: 'What an account is allowed, and what a missing permission takes away',
    example,
  })
    .input(account)
    .output(z.array(cloudPermissionSchema)),
  budget: query('/clouds/budget', { permission: 'inventory.read', summary: 'Calls made to a cloud, and how many are allowed', example })
    .input(account)
    .output(callBudgetSchema),
  prices: query('/clouds/prices', { permission: 'inventory.read', summary: 'The dated list prices that ship with the console' })
    .input(z.object({}))
    .output(priceListSchema),
  types: query('/clouds/types', {
    permission: 'inventory.read',
    summary: 'Types of machines of a region, subscription or project; for a machine, which of them it can have',
    example: { hostId: 'c1.h.eu-central-1' },
  })
    .input(z.object({ hostId: hostIdSchema, machineId: machineIdSchema.optional() }))
    .output(z.array(machineTypeSchema)),
  resources: query('/clouds/resources', {
    permission: 'inventory.read',
    summary: 'Images, disks, snapshots, addresses, networks, firewalls, keys and zones of a region, subscription or project',
    example: { hostId: 'c1.h.eu-central-1', kind: 'disk' },
  })
    .input(z.object({ hostId: hostIdSchema, kind: cloudResourceKindSchema, search: z.string().max(200).default('') }))
    .output(z.array(cloudResourceSchema)),
  screenshot: query('/clouds/screenshot', {
    permission: 'machine.console',
    summary: 'The picture of a machine’s display, as the cloud sees it',
    example: { machineId: 'c1.m.i-1' },
  })
    .input(machine)
    .output(z.object({ mediaType: z.enum(['image/png', 'image/jpeg']), base64: z.string() })),
  runCommand: command('/clouds/run-command', {
    permission: 'machine.modify',
    summary: 'Run a script in a machine by the cloud’s own agent, and wait for its end',
    example: { machineId: 'c1.m.i-1', script: 'uptime' },
  })
    /** A script may set a password: the audit says who ran one where, and not what is in it. */
    .input(machine.extend({ script: secretSchema.trim().min(1).max(50_000) }))
    .output(commandOutcomeSchema),
  create: command('/clouds/create', {
    permission: 'machine.create',
    summary: 'Make a machine from an image',
    example: {
      hostId: 'c1.h.eu-central-1',
      spec: {
        name: 'web-1',
        zone: null,
        type: 't3.small',
        imageId: 'ami-1',
        subnetId: null,
        groupIds: [],
        publicAddress: false,
        keyName: null,
        sshKey: null,
        user: null,
        tags: [],
      },
    },
  })
    .input(
      z.object({
        hostId: hostIdSchema,
        spec: cloudMachineSpecSchema,
        /** A second call with the same one gives the first one's task. */
        token: z.string().min(8).max(100).optional(),
      }),
    )
    .output(z.object({ taskId: taskIdSchema })),
}
