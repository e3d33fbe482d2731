export type { BuildingGround, ConformanceAbilities, ConformanceFixture, MakeFixture, ShellGuest } from './fixture.ts'
export { Recorder } from './recorder.ts'
export { runProviderConformance } from './suite.ts'
