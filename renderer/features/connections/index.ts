import type { FeatureDescriptor } from '../../lib/feature.ts'
import { AddHostPage } from './add-page.tsx'
import { ConnectionsPage } from './connections-page.tsx'

export const connectionsFeatures: readonly FeatureDescriptor[] = [
  {
    id: 'connections',
    path: '/connections',
    title: 'connections.title',
    nav: { order: 40 },
    permission: 'inventory.read',
    layout: 'page',
    component: ConnectionsPage,
  },
  {
    id: 'add-host',
    path: '/connections/add',
    title: 'connection.add-title',
    permission: 'connection.write',
    layout: 'plain',
    component: AddHostPage,
  },
  {
    id: 'edit-connection',
    path: '/connections/:connectionId/edit',
    title: 'connection.edit',
    permission: 'connection.write',
    layout: 'plain',
    component: AddHostPage,
  },
]

export { type CheckInput, type CheckRun, failedStep, followCheck, IDLE, runError } from './check-run.ts'
export { connectionLook } from './connection-words.ts'
export { HostKeyDialog } from './host-key-dialog.tsx'
export { SecretPlace, UnlockDialog } from './secrets.tsx'
export { useTargetWorkspace } from './target-workspace.ts'
