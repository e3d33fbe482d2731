import type { FeatureDescriptor } from '../../lib/feature.ts'
import { lazyScreen } from '../../lib/lazy-screen.ts'

/** Beside the rest of the machine, and in a window of its own. */
export const consoleFeatures: readonly FeatureDescriptor[] = [
  {
    id: 'console',
    path: '/machines/:machineId/console',
    title: 'console.title',
    permission: 'inventory.read',
    layout: 'page',
    component: lazyScreen(async () => (await import('./console-page.tsx')).ConsolePage),
  },
  {
    id: 'console-window',
    path: '/console/:machineId',
    title: 'console.title',
    permission: 'inventory.read',
    layout: 'plain',
    component: lazyScreen(async () => (await import('./console-page.tsx')).ConsoleWindow),
  },
]
