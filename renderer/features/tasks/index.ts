import type { FeatureDescriptor } from '../../lib/feature.ts'
import { lazyScreen } from '../../lib/lazy-screen.ts'

const tasksPage = lazyScreen(async () => (await import('./tasks-page.tsx')).TasksPage)

export const tasksFeatures: readonly FeatureDescriptor[] = [
  { id: 'tasks', path: '/tasks', title: 'tasks.title', nav: { order: 50 }, permission: 'task.read', layout: 'page', component: tasksPage },
  { id: 'task', path: '/tasks/:taskId', title: 'tasks.title', permission: 'task.read', layout: 'page', component: tasksPage },
]

export { TaskChildren } from './task-children.tsx'
export { TasksPanel } from './tasks-panel.tsx'
