export { useResources } from './queries.ts'
export { ResourcePanel } from './resource-panel.tsx'
