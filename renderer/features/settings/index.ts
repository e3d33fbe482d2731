import type { FeatureDescriptor } from '../../lib/feature.ts'
import { lazyScreen } from '../../lib/lazy-screen.ts'

export const settingsFeature: FeatureDescriptor = {
  id: 'settings',
  path: '/settings',
  title: 'settings.title',
  permission: 'settings.read',
  layout: 'page',
  component: lazyScreen(async () => (await import('./settings-page.tsx')).SettingsPage),
}
