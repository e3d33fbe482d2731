import { cloudsGroup } from './clouds.ts'
import { consolesGroup } from './consoles.ts'
import { drainGroup } from './drain.ts'
import { engineGroup } from './engine.ts'
import { hardwareGroup } from './hardware.ts'
import { hostsGroup } from './hosts.ts'
import { libvirtGroup } from './libvirt.ts'
import type { BenchGroup } from './measure.ts'
import { migrationGroup } from './migration.ts'
import { pageGroup } from './page.ts'
import { snapshotsGroup } from './snapshots.ts'
import { storageGroup } from './storage.ts'
import { storagePageGroup } from './storage-page.ts'
import { topologyGroup } from './topology.ts'
import { topologyPageGroup } from './topology-page.ts'
import { volumesGroup } from './volumes.ts'
import { watchingGroup } from './watching.ts'

/** In the order they run. Later work adds its own. */
export const GROUPS: readonly BenchGroup[] = [
  libvirtGroup,
  engineGroup,
  pageGroup,
  topologyPageGroup,
  storagePageGroup,
  hostsGroup,
  consolesGroup,
  volumesGroup,
  storageGroup,
  topologyGroup,
  hardwareGroup,
  snapshotsGroup,
  watchingGroup,
  migrationGroup,
  drainGroup,
  cloudsGroup,
]
