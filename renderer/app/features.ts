import { connectionsFeatures } from '../features/connections/index.ts'
import { fleetFeature } from '../features/fleet/index.ts'
import { welcomeFeature } from '../features/welcome/index.ts'
import type { FeatureDescriptor } from '../lib/feature.ts'

/** Every screen there is: one line each. The navigation, the routes and the palette's entries come from it. */
export const FEATURES: readonly FeatureDescriptor[] = [fleetFeature, ...connectionsFeatures, welcomeFeature]
