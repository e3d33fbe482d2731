import { buildFeature, cloudBuildFeature, importFeature } from '../features/build/index.ts'
import { connectionsFeatures } from '../features/connections/index.ts'
import { consoleFeatures } from '../features/console/index.ts'
import { eventsFeature } from '../features/events/index.ts'
import { fleetFeature } from '../features/fleet/index.ts'
import { hostFeature } from '../features/host/index.ts'
import { machineFeature } from '../features/machine/index.ts'
import { migrateFeature } from '../features/migration/index.ts'
import { networksFeature } from '../features/networks/index.ts'
import { settingsFeature } from '../features/settings/index.ts'
import { snapshotsFeature } from '../features/snapshots/index.ts'
import { storageFeatures } from '../features/storage/index.ts'
import { tasksFeatures } from '../features/tasks/index.ts'
import { topologyFeature } from '../features/topology/index.ts'
import { transferFeature } from '../features/transfer/index.ts'
import { welcomeFeature } from '../features/welcome/index.ts'
import type { FeatureDescriptor } from '../lib/feature.ts'

/** Every screen there is: one line each. The navigation, the routes and the palette's entries come from it. */
export const FEATURES: readonly FeatureDescriptor[] = [
  fleetFeature,
  ...connectionsFeatures,
  ...tasksFeatures,
  eventsFeature,
  machineFeature,
  ...consoleFeatures,
  hostFeature,
  ...storageFeatures,
  networksFeature,
  topologyFeature,
  buildFeature,
  cloudBuildFeature,
  importFeature,
  migrateFeature,
  transferFeature,
  snapshotsFeature,
  settingsFeature,
  welcomeFeature,
]

/** Loads the code of all screens, so that each opens at once, also when the engine has gone meanwhile. */
export async function preloadScreens(): Promise<void> {
  for (const { component } of FEATURES) if ('preload' in component) await component.preload()
}
