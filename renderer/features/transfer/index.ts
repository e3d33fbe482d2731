import type { FeatureDescriptor } from '../../lib/feature.ts'
import { lazyScreen } from '../../lib/lazy-screen.ts'

export const transferFeature: FeatureDescriptor = {
  id: 'transfer',
  path: '/machines/:machineId/transfer',
  title: 'transfer.title',
  permission: 'inventory.read',
  layout: 'page',
  component: lazyScreen(async () => (await import('./transfer-page.tsx')).TransferPage),
}
