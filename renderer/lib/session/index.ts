export { useOpenWorkspace } from './open-workspace.ts'
export { type Session, SessionProvider, type SystemInfo, usePermissions, useSession } from './session.tsx'
export { rememberWorkspace, useOffline, useWorkspaceId } from './workspace.ts'
