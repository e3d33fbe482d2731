export type { ConformanceAbilities, ConformanceFixture, MakeFixture } from './fixture.ts'
export { Recorder } from './recorder.ts'
export { runProviderConformance } from './suite.ts'
