import type { VolumePlace } from '../../../shared/model/index.ts'
import type { MachineBuilder, VolumeKeeper } from '../provider.ts'
import { type Bench, type BuildingGround, type MakeFixture, setUp } from './fixture.ts'

/** A bench with what is needed to make volumes on the host of its machines. */
export interface Pools {
  readonly bench: Bench
  readonly hostRef: string
  readonly ground: BuildingGround
  readonly volumes: VolumeKeeper
  /** A name that nothing has. */
  readonly fresh: (what: string) => string
  /** A volume of that name in the ground's pool. */
  readonly place: (volume: string) => VolumePlace
}

/** The same with what makes machines. */
export interface BuildingSite extends Pools {
  readonly builder: MachineBuilder
}

let count = 0

export async function setUpPools(makeFixture: MakeFixture): Promise<Pools> {
  const bench = await setUp(makeFixture)
  const { connection, ground, refs, seen } = bench
  const hostRef = seen.machine(refs.stopped)?.hostRef
  const { volumes } = connection
  if (!ground || !volumes || hostRef === undefined) throw new Error('The fixture has no ground to build on')
  return {
    bench,
    hostRef,
    ground,
    volumes,
    fresh: (what) => `conf-${what}-${++count}`,
    place: (volume) => ({ pool: ground.pool, volume }),
  }
}

export async function setUpSite(makeFixture: MakeFixture): Promise<BuildingSite> {
  const pools = await setUpPools(makeFixture)
  const { builder } = pools.bench.connection
  if (!builder) throw new Error('The connection makes no machines')
  return { ...pools, builder }
}
