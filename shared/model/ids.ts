import { z } from 'zod'

/** Branded ids: a HostId cannot be passed where a MachineId is meant. All ids are opaque, URL-safe strings. */
const id = <B extends string>(brand: B) => z.string().min(1).max(300).brand(brand)

export const workspaceIdSchema = id('WorkspaceId')
export const connectionIdSchema = id('ConnectionId')
export const hostIdSchema = id('HostId')
export const machineIdSchema = id('MachineId')
export const networkIdSchema = id('NetworkId')
export const poolIdSchema = id('PoolId')
export const taskIdSchema = id('TaskId')

export type WorkspaceId = z.infer<typeof workspaceIdSchema>
export type ConnectionId = z.infer<typeof connectionIdSchema>
export type HostId = z.infer<typeof hostIdSchema>
export type MachineId = z.infer<typeof machineIdSchema>
export type NetworkId = z.infer<typeof networkIdSchema>
export type PoolId = z.infer<typeof poolIdSchema>
export type TaskId = z.infer<typeof taskIdSchema>

/** The id of an object is its connection and its native reference: the same object keeps its id over restarts. */
export function objectId<T extends string>(connectionId: ConnectionId, kind: 'h' | 'm' | 'n' | 'p', nativeRef: string): T {
  return `${connectionId}.${kind}.${encodeURIComponent(nativeRef)}` as T
}
