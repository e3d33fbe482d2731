import type { FeatureDescriptor } from '../../lib/feature.ts'
import { lazyScreen } from '../../lib/lazy-screen.ts'

export const topologyFeature: FeatureDescriptor = {
  id: 'topology',
  path: '/topology',
  title: 'topology.title',
  nav: { order: 22 },
  permission: 'inventory.read',
  layout: 'page',
  component: lazyScreen(async () => (await import('./topology-page.tsx')).TopologyPage),
}
