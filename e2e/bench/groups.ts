import { engineGroup } from './engine.ts'
import { libvirtGroup } from './libvirt.ts'
import type { BenchGroup } from './measure.ts'

/** In the order they run. Later work adds its own. */
export const GROUPS: readonly BenchGroup[] = [libvirtGroup, engineGroup]
