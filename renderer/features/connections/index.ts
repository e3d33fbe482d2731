import type { FeatureDescriptor } from '../../lib/feature.ts'
import { lazyScreen } from '../../lib/lazy-screen.ts'

const addHost = lazyScreen(async () => (await import('./add-page.tsx')).AddHostPage)

export const connectionsFeatures: readonly FeatureDescriptor[] = [
  {
    id: 'connections',
    path: '/connections',
    title: 'connections.title',
    nav: { order: 40 },
    permission: 'inventory.read',
    layout: 'page',
    component: lazyScreen(async () => (await import('./connections-page.tsx')).ConnectionsPage),
  },
  {
    id: 'add-host',
    path: '/connections/add',
    title: 'connection.add-window',
    permission: 'connection.write',
    layout: 'plain',
    component: addHost,
  },
  {
    id: 'edit-connection',
    path: '/connections/:connectionId/edit',
    title: 'connection.edit',
    permission: 'connection.write',
    layout: 'plain',
    component: addHost,
  },
]

export { type CheckInput, type CheckRun, failedStep, followCheck, IDLE, runError } from './check-run.ts'
export { connectionLook, keyInQuestion } from './connection-words.ts'
export { HostKeyDialog } from './host-key-dialog.tsx'
export { PromptDialog } from './prompt-dialog.tsx'
export { SecretPlace, UnlockDialog } from './secrets.tsx'
export { useTargetWorkspace } from './target-workspace.ts'
