import type { FeatureDescriptor } from '../../lib/feature.ts'
import { lazyScreen } from '../../lib/lazy-screen.ts'

export const storageFeatures: readonly FeatureDescriptor[] = [
  {
    id: 'storage',
    path: '/storage',
    title: 'storage.title',
    nav: { order: 20 },
    permission: 'inventory.read',
    layout: 'page',
    component: lazyScreen(async () => (await import('./storage-page.tsx')).StoragePage),
  },
  {
    id: 'new-pool',
    path: '/storage/new',
    title: 'storage.new.title',
    permission: 'volume.write',
    layout: 'page',
    component: lazyScreen(async () => (await import('./new-pool/new-pool-page.tsx')).NewPoolPage),
  },
  {
    id: 'pool',
    path: '/pools/:poolId',
    title: 'storage.pool.title',
    permission: 'inventory.read',
    layout: 'page',
    component: lazyScreen(async () => (await import('./pool-page.tsx')).PoolPage),
  },
]
