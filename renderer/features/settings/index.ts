import type { FeatureDescriptor } from '../../lib/feature.ts'
import { SettingsPage } from './settings-page.tsx'

export const settingsFeature: FeatureDescriptor = {
  id: 'settings',
  path: '/settings',
  title: 'settings.title',
  permission: 'settings.read',
  layout: 'page',
  component: SettingsPage,
}
