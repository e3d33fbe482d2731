/** Where the shell leads to in the page. The page's own list is renderer/lib/paths.ts; a test holds the two together. */
export const pagePaths = {
  fleet: '/fleet',
  tasks: '/tasks',
  events: '/events',
  connections: '/connections',
  addHost: '/connections/add',
  settings: '/settings',
  task: (taskId: string): string => `/tasks?task=${encodeURIComponent(taskId)}`,
} as const
