import type { FeatureDescriptor } from '../../lib/feature.ts'
import { lazyScreen } from '../../lib/lazy-screen.ts'

export const welcomeFeature: FeatureDescriptor = {
  id: 'welcome',
  path: '/welcome',
  title: 'welcome.window-title',
  permission: 'inventory.read',
  layout: 'plain',
  component: lazyScreen(async () => (await import('./welcome-page.tsx')).WelcomePage),
}
