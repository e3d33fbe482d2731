import type { MigrationCheck } from '../../../../shared/model/index.ts'
import { disks } from './disks.ts'
import { firmware, tpm } from './firmware.ts'
import { clock, hostNames } from './hosts.ts'
import type { Check } from './judge.ts'
import { cache, media } from './media.ts'
import { hostDevices, hugePages, memory } from './memory.ts'
import { agent, display, networks } from './networks.ts'
import { options } from './options.ts'
import { busy, identity, maintenance, name, sameHost } from './place.ts'
import { pools, space } from './pools.ts'
import { processor } from './processor.ts'
import { snapshots } from './snapshots.ts'
import { machineType, versions } from './software.ts'
import { bandwidth, dirtyRate, ports, trust } from './ways.ts'
import { writePeak } from './write-peak.ts'

/** In the order in which they are shown. */
export const CHECKS: ReadonlyArray<readonly [MigrationCheck, Check]> = [
  ['same-host', sameHost],
  ['busy', busy],
  ['options', options],
  ['identity', identity],
  ['name', name],
  ['versions', versions],
  ['machine-type', machineType],
  ['cpu', processor],
  ['firmware', firmware],
  ['tpm', tpm],
  ['memory', memory],
  ['huge-pages', hugePages],
  ['host-devices', hostDevices],
  ['disks', disks],
  ['pools', pools],
  ['space', space],
  ['cache', cache],
  ['snapshots', snapshots],
  ['media', media],
  ['networks', networks],
  ['display', display],
  ['agent', agent],
  ['clock', clock],
  ['host-names', hostNames],
  ['ports', ports],
  ['trust', trust],
  ['bandwidth', bandwidth],
  ['dirty-rate', dirtyRate],
  ['write-peak', writePeak],
  ['maintenance', maintenance],
]
