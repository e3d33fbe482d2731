import { build } from './build.ts'
import { clouds } from './clouds.ts'
import { connections } from './connections.ts'
import { consoles } from './consoles.ts'
import { guest } from './guest.ts'
import { hardware } from './hardware.ts'
import { inventory } from './inventory.ts'
import { audit, events, views } from './log.ts'
import { machines } from './machines.ts'
import { maintenance } from './maintenance.ts'
import { migrations } from './migrations.ts'
import { networks } from './networks.ts'
import { ova } from './ova.ts'
import { snapshots } from './snapshots.ts'
import { storage } from './storage.ts'
import { system } from './system.ts'
import { tasks } from './tasks.ts'
import { transfers } from './transfers.ts'
import { volumes } from './volumes.ts'
import { workspaces } from './workspaces.ts'

/** The one contract: IPC, WebSocket, HTTP, OpenAPI, the command line and the page's query keys are derived from it. */
export const contract = {
  system,
  workspaces,
  connections,
  inventory,
  machines,
  consoles,
  guest,
  build,
  volumes,
  hardware,
  storage,
  networks,
  maintenance,
  migrations,
  transfers,
  ova,
  clouds,
  snapshots,
  tasks,
  events,
  audit,
  views,
}
export type Contract = typeof contract

export { type MethodMeta, PERMISSIONS, type Permission, secretRegistry, secretSchema } from './base.ts'
export { targetsSchema } from './machines.ts'
