export { MoveBanner } from './live-banner.tsx'
export { MoveView } from './live-view.tsx'
