export { type Session, SessionProvider, type SystemInfo, usePermissions, useSession } from './session.tsx'
export { rememberWorkspace, useWorkspaceId } from './workspace.ts'
