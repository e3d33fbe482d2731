import type { FeatureDescriptor } from '../../lib/feature.ts'
import { TasksPage } from './tasks-page.tsx'

export const tasksFeatures: readonly FeatureDescriptor[] = [
  { id: 'tasks', path: '/tasks', title: 'tasks.title', nav: { order: 50 }, permission: 'task.read', layout: 'page', component: TasksPage },
  { id: 'task', path: '/tasks/:taskId', title: 'tasks.title', permission: 'task.read', layout: 'page', component: TasksPage },
]

export { TasksPanel } from './tasks-panel.tsx'
