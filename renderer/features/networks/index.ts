import type { FeatureDescriptor } from '../../lib/feature.ts'
import { lazyScreen } from '../../lib/lazy-screen.ts'

export { PlugInButton } from './loose-cards.tsx'
export { useHosts } from './use-hosts.ts'

export const networksFeature: FeatureDescriptor = {
  id: 'networks',
  path: '/networks',
  title: 'networks.title',
  nav: { order: 20 },
  permission: 'inventory.read',
  layout: 'page',
  component: lazyScreen(async () => (await import('./networks-page.tsx')).NetworksPage),
}
