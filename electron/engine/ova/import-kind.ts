import { createHash } from 'node:crypto'
import type { Json } from '../../../shared/errors/index.ts'
import { defineStep, startStep } from '../build/build-kinds.ts'
import { type BuildPorts, diskStep, keeperOf, settled, takenError, volumeTakeBack, weightOf } from '../build/disk-step.ts'
import { type DiskPlan, IMPORT_KIND } from '../build/plan.ts'
import type { Step, TaskKind } from '../tasks/task-kind.ts'
import { type ImportPlan, importPlanSchema, type PartPlan } from './import-plan.ts'
import { problem } from './ova-errors.ts'
import { compareDigest } from './ova-package.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
/** A slow line carries a terabyte in some hours; so does a slow disk. */
const BYTES_TIMEOUT_MS = 24 * HOUR_MS

/** The kind of task that makes a machine of a package: its bytes compared, its disks converted where they lie, its definition. */
export function importKind(ports: BuildPorts): TaskKind {
  return {
    kind: IMPORT_KIND,
    steps: (json) => {
      const plan = importPlanSchema.parse(json)
      const { build } = plan
      return [
        ...(plan.verify.length > 0 ? [verifyStep(plan)] : []),
        ...build.disks.map((disk, index) => {
          const part = plan.parts[index]
          return part ? convertStep(plan, disk, part, index, ports) : diskStep(build, disk, index, ports)
        }),
        defineStep(build),
        ...(build.start ? [startStep(build, ports)] : []),
        ...(plan.removePackage ? [removeStep(plan)] : []),
      ]
    },
  }
}

/** Only reads, so it may be done again at any time. */
function verifyStep({ build, package: place, verify }: ImportPlan): Step {
  const totalBytes = verify.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  return {
    id: 'verify',
    weight: weightOf(totalBytes),
    timeoutMs: BYTES_TIMEOUT_MS,
    cancel: 'now',
    async run({ link, signal, progress }) {
      const keeper = keeperOf({ link })
      let bytesDone = 0
      for (const { name, offset, sizeBytes, digest } of verify) {
        const hash = createHash(digest.algorithm)
        const { channel } = await keeper.download(build.hostRef, place, offset, { signal })
        const giveUp = () => channel.close()
        signal.addEventListener('abort', giveUp, { once: true })
        try {
          for (let left = sizeBytes; left > 0; ) {
            const bytes = await channel.read()
            signal.throwIfAborted()
            if (bytes === null) throw problem('invalid-input', 'ova.truncated', `The package ends within “${name}”.`, { name })
            hash.update(bytes.subarray(0, left))
            bytesDone += Math.min(bytes.length, left)
            left -= bytes.length
            progress({ fraction: bytesDone / totalBytes, bytesDone, bytesTotal: totalBytes })
          }
        } finally {
          signal.removeEventListener('abort', giveUp)
          channel.close()
        }
        compareDigest(name, hash.digest('hex'), digest)
      }
    },
    probe: () => Promise.resolve('not-done'),
  }
}

/** As `diskStep`, the disk coming out of the package and not into being. */
function convertStep(
  { build, package: from }: ImportPlan,
  { place, request }: DiskPlan,
  part: PartPlan,
  index: number,
  ports: BuildPorts,
): Step {
  const { hostRef } = build
  const range = { offset: part.offset, length: part.sizeBytes }
  const format = request.kind === 'linked' ? 'qcow2' : request.format
  const wantedBytes = request.capacityBytes ?? 0
  return {
    id: `disk-${index}`,
    weight: weightOf(part.sizeBytes),
    timeoutMs: BYTES_TIMEOUT_MS,
    cancel: 'now',
    async prepare({ link, signal, memo }) {
      if (memo !== null) return AGAIN
      if (await keeperOf({ link }).find(hostRef, place, { signal })) throw takenError(place)
      return FIRST
    },
    async run({ link, signal, memo, progress }) {
      const keeper = keeperOf({ link })
      const begun = isAgain(memo) ? await settled(keeper, hostRef, place, ports.clock, signal) : null
      if (!begun) await keeper.convert(hostRef, place, { from, sourceFormat: part.format, format, range }, { signal, onProgress: progress })
      const made = await keeper.find(hostRef, place, { signal })
      if (made && made.capacityBytes < wantedBytes) await keeper.resize(hostRef, place, wantedBytes, { signal })
    },
    takeBack: volumeTakeBack(hostRef, place, ports.clock),
    waitsForLink: true,
    async probe({ link, signal }) {
      const found = await keeperOf({ link }).find(hostRef, place, { signal })
      return found?.isWhole && found.capacityBytes >= wantedBytes ? 'done' : 'not-done'
    },
  }
}

const FIRST: Json = { again: false }
const AGAIN: Json = { again: true }
const isAgain = (memo: Json) => (memo as { readonly again?: boolean } | null)?.again === true

function removeStep({ build: { hostRef }, package: place }: ImportPlan): Step {
  return {
    id: 'remove-package',
    weight: 1,
    timeoutMs: MINUTE_MS,
    cancel: 'boundary',
    keepsOthers: true,
    run: async ({ link, signal }) => await keeperOf({ link }).remove(hostRef, place, { signal, timeoutMs: MINUTE_MS }),
    probe: async ({ link, signal }) => ((await keeperOf({ link }).find(hostRef, place, { signal })) ? 'not-done' : 'done'),
  }
}
