import type { CallOptions } from '../provider.ts'
import type { GcpClient } from './client.ts'

/** What is used of Resource Manager's `projects.search`. */
interface ProjectsPage {
  readonly projects?: ReadonlyArray<{ readonly projectId?: string; readonly displayName?: string; readonly state?: string }>
  readonly nextPageToken?: string
}

export interface FoundProject {
  readonly id: string
  readonly name: string
}

/** The active projects that these credentials can see, by name. */
export async function projectsFound(client: GcpClient, options: CallOptions): Promise<readonly FoundProject[]> {
  const found: FoundProject[] = []
  let pageToken: string | undefined
  do {
    const page: ProjectsPage = await client.rest<ProjectsPage>(
      'resourceManager',
      { method: 'resourcemanager.projects.search', permission: 'resourcemanager.projects.get', project: null },
      'v3/projects:search',
      options,
      { params: { pageSize: 500, ...(pageToken !== undefined && { pageToken }) } },
    )
    for (const { projectId, displayName, state } of page.projects ?? []) {
      if (projectId && state === 'ACTIVE') found.push({ id: projectId, name: displayName ?? projectId })
    }
    pageToken = page.nextPageToken || undefined
  } while (pageToken !== undefined)
  return found.sort((a, b) => (a.id < b.id ? -1 : 1))
}
