import type { Engine } from '../../engine/engine.ts'
import type { Handlers } from '../handlers.ts'
import { buildHandlers } from './build.ts'
import { cloudHandlers } from './clouds.ts'
import { connectionHandlers } from './connections.ts'
import { consoleHandlers } from './consoles.ts'
import { guestHandlers } from './guest.ts'
import { hardwareHandlers } from './hardware.ts'
import { inventoryHandlers } from './inventory.ts'
import { auditHandlers, eventHandlers, viewHandlers } from './log.ts'
import { machineHandlers } from './machines.ts'
import { maintenanceHandlers } from './maintenance.ts'
import { migrationHandlers } from './migrations.ts'
import { networkHandlers } from './networks.ts'
import { ovaHandlers } from './ova.ts'
import { snapshotHandlers } from './snapshots.ts'
import { storageHandlers } from './storage.ts'
import { systemHandlers } from './system.ts'
import { taskHandlers } from './tasks.ts'
import { transferHandlers } from './transfers.ts'
import { volumeHandlers } from './volumes.ts'
import { workspaceHandlers } from './workspaces.ts'

/** The contract bound to an engine: exhaustive by type. */
export function createHandlers(engine: Engine): Handlers {
  return {
    system: systemHandlers(engine),
    workspaces: workspaceHandlers(engine),
    connections: connectionHandlers(engine),
    inventory: inventoryHandlers(engine),
    machines: machineHandlers(engine),
    consoles: consoleHandlers(engine),
    guest: guestHandlers(engine),
    build: buildHandlers(engine),
    volumes: volumeHandlers(engine),
    hardware: hardwareHandlers(engine),
    storage: storageHandlers(engine),
    networks: networkHandlers(engine),
    maintenance: maintenanceHandlers(engine),
    migrations: migrationHandlers(engine),
    transfers: transferHandlers(engine),
    ova: ovaHandlers(engine),
    clouds: cloudHandlers(engine),
    snapshots: snapshotHandlers(engine),
    tasks: taskHandlers(engine),
    events: eventHandlers(engine),
    audit: auditHandlers(engine),
    views: viewHandlers(engine),
  }
}
