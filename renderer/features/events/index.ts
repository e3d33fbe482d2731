import type { FeatureDescriptor } from '../../lib/feature.ts'
import { EventsPage } from './events-page.tsx'

export const eventsFeature: FeatureDescriptor = {
  id: 'events',
  path: '/events',
  title: 'events.title',
  nav: { order: 60 },
  permission: 'event.read',
  layout: 'page',
  component: EventsPage,
}

export { EventList } from './event-table.tsx'
export { eventText } from './event-words.ts'
export { EventsPanel } from './events-panel.tsx'
export { useDebounced } from './use-debounced.ts'
export { useEvents } from './use-events.ts'
export { useSlashFocus } from './use-slash-focus.ts'
