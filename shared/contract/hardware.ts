import { z } from 'zod'
import {
  definitionVersionSchema,
  editTimeSchema,
  hardwareEditSchema,
  hardwareOptionsSchema,
  hardwarePreviewSchema,
  hardwareViewSchema,
} from '../model/hardware-edit.ts'
import { machineIdSchema, taskIdSchema } from '../model/ids.ts'
import { command, query } from './base.ts'

const machine = z.object({ machineId: machineIdSchema })
const example = { machineId: 'c1.m.5d3c' }
const edit = { edit: 'setMemory', memoryKiB: 4_194_304 }

/** Virtual hardware: what runs, what the next start reads, and changes of both. */
export const hardware = {
  view: query('/hardware/view', {
    permission: 'inventory.read',
    summary: 'What runs, what the next start reads, and what differs',
    example,
  })
    .input(machine)
    .output(hardwareViewSchema),
  options: query('/hardware/options', { permission: 'inventory.read', summary: 'What the host can give to a machine', example })
    .input(machine)
    .output(hardwareOptionsSchema),
  preview: query('/hardware/preview', {
    permission: 'inventory.read',
    summary: 'When an edit can count, and the definitions before and after',
    example: { ...example, edit },
  })
    .route({ method: 'POST' })
    .input(machine.extend({ edit: hardwareEditSchema }))
    .output(hardwarePreviewSchema),
  /** Throws `conflict` hardware.changed-meanwhile, with both definitions in `details`, when `revision` is not the machine's any more. */
  apply: command('/hardware/apply', {
    permission: 'machine.modify',
    summary: 'Change virtual hardware now, from the next start on, or both',
    example: { ...example, edit, when: 'both', revision: 'b3a1' },
    invalidates: ['hardware', 'machines.detail'],
  })
    .input(
      machine.extend({
        edit: hardwareEditSchema,
        when: editTimeSchema,
        /** Of the view that the edit is based on. */
        revision: z.string().min(1).max(200),
        reason: z.string().max(1_000).optional(),
        token: z.string().max(100).optional(),
      }),
    )
    .output(z.object({ taskId: taskIdSchema })),
  /** Off and on again: a restart inside the guest would keep the hardware that runs. */
  restart: command('/hardware/restart', {
    permission: 'machine.operate',
    summary: 'Shut a machine down and start it again, so that what waits for the next start counts',
    example: { ...example, force: false },
    invalidates: ['hardware', 'machines.detail'],
  })
    .input(
      machine.extend({
        /** Powers it off: what the guest has not written is lost. */
        force: z.boolean().default(false),
        reason: z.string().max(1_000).optional(),
        token: z.string().max(100).optional(),
      }),
    )
    .output(z.object({ taskId: taskIdSchema })),
  history: query('/hardware/history', {
    permission: 'inventory.read',
    summary: 'The definitions a machine had before, newest first',
    example,
  })
    .input(machine.extend({ limit: z.coerce.number().int().min(1).max(1_000).default(100) }))
    .output(z.array(definitionVersionSchema)),
  version: query('/hardware/version', {
    permission: 'inventory.read',
    summary: 'One earlier definition',
    example: { ...example, versionId: '42' },
  })
    .input(machine.extend({ versionId: z.string().min(1).max(100) }))
    .output(
      z.object({
        xml: z.string(),
        /** What replaced it; null: not known. */
        after: z.string().nullable(),
        /** The same under today's name, which is what takes it back, and the name it had; null: the machine has not been renamed since. */
        back: z.object({ xml: z.string(), was: z.string() }).nullable(),
      }),
    ),
}
