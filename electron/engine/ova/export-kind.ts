import type { Json } from '../../../shared/errors/index.ts'
import { type BuildPorts, keeperOf, refuseStarted, settled, takenError, volumeTakeBack, weightOf } from '../build/disk-step.ts'
import type { Step, TaskKind } from '../tasks/task-kind.ts'
import { EXPORT_KIND, type ExportPlan, exportPlanSchema } from './export-plan.ts'
import type { OvaExports } from './ova-exports.ts'

const HOUR_MS = 3_600_000
const BYTES_TIMEOUT_MS = 24 * HOUR_MS

export interface ExportPorts extends BuildPorts {
  readonly exports: OvaExports
}

/** The kind of task that makes a package of a machine: its disks converted on the host, then handed over, then the copies deleted. */
export function exportKind(ports: ExportPorts): TaskKind {
  return {
    kind: EXPORT_KIND,
    steps: (json) => {
      const plan = exportPlanSchema.parse(json)
      return [...plan.disks.map((disk, index) => convertStep(plan, disk, index, ports)), handOverStep(plan, ports), cleanUpStep(plan)]
    },
  }
}

function convertStep({ hostRef, machineId }: ExportPlan, disk: ExportPlan['disks'][number], index: number, ports: ExportPorts): Step {
  const { clock, inventory } = ports
  const { from, sourceFormat, place } = disk
  return {
    id: `convert-${index}`,
    weight: weightOf(disk.allocationBytes),
    timeoutMs: BYTES_TIMEOUT_MS,
    cancel: 'now',
    async prepare({ link, signal, memo }) {
      if (memo !== null) return AGAIN
      if (await keeperOf({ link }).find(hostRef, place, { signal })) throw takenError(place)
      return FIRST
    },
    async run({ link, signal, memo, progress }) {
      const keeper = keeperOf({ link })
      if (isAgain(memo) && (await settled(keeper, hostRef, place, clock, signal))) return
      refuseStarted(machineId, inventory)
      await keeper.convert(hostRef, place, { from, sourceFormat, format: 'vmdk', isOwnDisk: true }, { signal, onProgress: progress })
      refuseStarted(machineId, inventory)
    },
    takeBack: volumeTakeBack(hostRef, place, clock),
    async probe({ link, signal }) {
      const found = await keeperOf({ link }).find(hostRef, place, { signal })
      return found?.isWhole ? 'done' : 'not-done'
    },
  }
}

const FIRST: Json = { again: false }
const AGAIN: Json = { again: true }
const isAgain = (memo: Json) => (memo as { readonly again?: boolean } | null)?.again === true

/** Ends when the package was taken as a whole. After a restart it waits again: the converted disks are still there. */
function handOverStep(plan: ExportPlan, { exports }: ExportPorts): Step {
  return {
    id: 'hand-over',
    weight: weightOf(plan.disks.reduce((sum, { allocationBytes }) => sum + allocationBytes, 0)),
    timeoutMs: BYTES_TIMEOUT_MS,
    cancel: 'now',
    async run({ signal, progress }) {
      progress({ note: 'waiting-for-download' })
      await exports.wait(plan, signal, (bytesDone, bytesTotal) => progress({ fraction: bytesDone / bytesTotal, bytesDone, bytesTotal }))
    },
    probe: () => Promise.resolve('not-done'),
  }
}

function cleanUpStep({ hostRef, disks }: ExportPlan): Step {
  return {
    id: 'clean-up',
    weight: 1,
    timeoutMs: HOUR_MS,
    cancel: 'never',
    async run({ link, signal }) {
      const keeper = keeperOf({ link })
      for (const { place } of disks) {
        if (await keeper.find(hostRef, place, { signal })) await keeper.remove(hostRef, place, { signal })
      }
    },
    async probe({ link, signal }) {
      const keeper = keeperOf({ link })
      for (const { place } of disks) if (await keeper.find(hostRef, place, { signal })) return 'not-done'
      return 'done'
    },
  }
}
