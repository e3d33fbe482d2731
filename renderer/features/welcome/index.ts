import type { FeatureDescriptor } from '../../lib/feature.ts'
import { WelcomePage } from './welcome-page.tsx'

export const welcomeFeature: FeatureDescriptor = {
  id: 'welcome',
  path: '/welcome',
  title: 'welcome.window-title',
  permission: 'inventory.read',
  layout: 'plain',
  component: WelcomePage,
}
