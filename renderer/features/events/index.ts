import type { FeatureDescriptor } from '../../lib/feature.ts'
import { lazyScreen } from '../../lib/lazy-screen.ts'

export const eventsFeature: FeatureDescriptor = {
  id: 'events',
  path: '/events',
  title: 'events.title',
  nav: { order: 60 },
  permission: 'event.read',
  layout: 'page',
  component: lazyScreen(async () => (await import('./events-page.tsx')).EventsPage),
}

export { EventList } from './event-table.tsx'
export { eventText } from './event-words.ts'
export { EventsPanel } from './events-panel.tsx'
export { useEvents } from './use-events.ts'
export { useSlashFocus } from './use-slash-focus.ts'
