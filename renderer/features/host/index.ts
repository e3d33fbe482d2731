import type { FeatureDescriptor } from '../../lib/feature.ts'
import { lazyScreen } from '../../lib/lazy-screen.ts'

export const hostFeature: FeatureDescriptor = {
  id: 'host',
  path: '/hosts/:hostId',
  title: 'host.title',
  permission: 'inventory.read',
  layout: 'page',
  component: lazyScreen(async () => (await import('./host-page.tsx')).HostPage),
}
