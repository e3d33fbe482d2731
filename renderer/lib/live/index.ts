export { createLive, type LiveService } from './create-live.ts'
export { HISTORY_POINTS } from './history.ts'
export {
  type Live,
  LiveContext,
  type MachineScene,
  useBusyTask,
  useEntity,
  useHasClouds,
  useIndexVersion,
  useLive,
  useLivePhase,
  useLiveProblem,
  useMachineScene,
  useTable,
} from './hooks.ts'
export { BusyIndex, type BusyTask, FleetIndex } from './indexes.ts'
export { type EntityDelta, type LiveDelta, type LivePhase, LiveStore } from './store.ts'
export { until } from './until.ts'
