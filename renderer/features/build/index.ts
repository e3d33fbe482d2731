import type { FeatureDescriptor } from '../../lib/feature.ts'
import { lazyScreen } from '../../lib/lazy-screen.ts'

export const buildFeature: FeatureDescriptor = {
  id: 'build',
  path: '/build',
  title: 'build.title',
  permission: 'machine.create',
  layout: 'steps',
  component: lazyScreen(async () => (await import('./build-page.tsx')).BuildPage),
}

export const cloudBuildFeature: FeatureDescriptor = {
  id: 'cloud-build',
  path: '/cloud-build',
  title: 'cloud-build.title',
  permission: 'machine.create',
  layout: 'steps',
  component: lazyScreen(async () => (await import('./cloud/cloud-build-page.tsx')).CloudBuildPage),
}

export const importFeature: FeatureDescriptor = {
  id: 'import',
  path: '/import',
  title: 'import.title',
  permission: 'machine.create',
  layout: 'steps',
  component: lazyScreen(async () => (await import('./import/import-page.tsx')).ImportPage),
}

export { BuildHost } from './build-host.tsx'
export { regionOf } from './cloud/region.ts'
export { RULES } from './cloud/rules.ts'
export { type PlaceKnowledge, usePlaceKnowledge } from './cloud/use-place-knowledge.ts'
export { requestExport } from './export-request.ts'
export { buildCommands, buildEntries, withCopies } from './offers.ts'
