export { CloudFactsPanels } from './cloud-facts.tsx'
export { CloudGuestTab } from './cloud-guest-tab.tsx'
export { TagRows } from './tag-rows.tsx'
export { TagsPanel } from './tags-panel.tsx'
