import { z } from 'zod'
import { workspaceSchema } from '../model/connection.ts'
import { workspaceIdSchema } from '../model/ids.ts'
import { command, done } from './base.ts'

const name = z.string().trim().min(1).max(100)

/** Workspaces are read through the inventory stream; these change them. */
export const workspaces = {
  create: command('/workspaces/create', {
    permission: 'connection.write',
    summary: 'Create a workspace',
    example: { name: 'Kestrel Logistics' },
  })
    .input(z.object({ name }))
    .output(workspaceSchema),
  rename: command('/workspaces/rename', {
    permission: 'connection.write',
    summary: 'Rename a workspace',
    example: { workspaceId: 'w1', name: 'Kestrel' },
  })
    .input(z.object({ workspaceId: workspaceIdSchema, name }))
    .output(workspaceSchema),
  remove: command('/workspaces/remove', {
    permission: 'connection.write',
    summary: 'Forget a workspace and its connections; nothing on any host changes',
    example: { workspaceId: 'w1' },
  })
    .input(z.object({ workspaceId: workspaceIdSchema }))
    .output(done),
}
