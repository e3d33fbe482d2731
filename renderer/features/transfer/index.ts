import type { FeatureDescriptor } from '../../lib/feature.ts'
import { lazyScreen } from '../../lib/lazy-screen.ts'

export const transferFeature: FeatureDescriptor = {
  id: 'transfer',
  path: '/machines/:machineId/transfer',
  title: 'transfer.title',
  permission: 'inventory.read',
  layout: 'steps',
  component: lazyScreen(async () => (await import('./wizard/transfer-page.tsx')).TransferPage),
}

export { TransferView } from './live/transfer-view.tsx'
