import type { MachineBuilder, MachineDefinition, ProviderConnection } from '../../../providers/provider.ts'
import { defineStep } from '../../build/build-kinds.ts'
import { isBusyState, keeperOf, noBuilderError } from '../../build/disk-step.ts'
import type { Step, StepContext, TaskKind } from '../../tasks/task-kind.ts'
import { exportsOf, freezeStepId, frozenMemoSchema, NOT_FROZEN } from '../copy-cloud-ends.ts'
import type { CopyPorts } from '../copy-disk.ts'
import { atLink, copyDiskSteps, isAccountAway } from '../copy-disk-steps.ts'
import type { ExportCopy } from '../copy-plans.ts'
import { machineOn, transferNotVerified } from '../transfer-errors.ts'
import { lookStep } from '../transfer-kind.ts'
import { openRange } from '../volume-ranges.ts'
import { BOOT_BYTES, firmwareOf } from './boot-sectors.ts'
import { OUT_OF_CLOUD_KIND, type OutOfCloudTask, outOfCloudTaskSchema } from './out-of-cloud-task.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const PATIENCE_MS = 10 * MINUTE_MS
const LOOK_PATIENCE_MS = 20_000

export interface OutOfCloudPorts extends CopyPorts {
  /** Looks at both ends once more. Throws what stops it. */
  readonly lookAgain: (plan: OutOfCloudTask, signal: AbortSignal) => Promise<void>
}

/**
 * Moves a machine that is off out of a cloud: looked at, all its disks made to stand still, each read into a volume and read back there, the machine
 * defined with them. The machine in the cloud stays as it is.
 */
export function outOfCloudKind(ports: OutOfCloudPorts): TaskKind {
  return {
    kind: OUT_OF_CLOUD_KIND,
    steps(json) {
      const plan = outOfCloudTaskSchema.parse(json)
      return [
        lookStep((signal) => ports.lookAgain(plan, signal)),
        ...plan.copies.map((copy, index) => freezeStep(plan, copy, index, ports)),
        ...copyDiskSteps(plan.copies, ports),
        defineHereStep(plan, ports),
        confirmStep(plan, ports),
      ]
    },
  }
}

/** All disks stand still before the first is read, so that they are of one moment. The copy lets go of what stood still when it has been read. */
function freezeStep({ wish, name }: OutOfCloudTask, { from, allocationBytes }: ExportCopy, index: number, ports: OutOfCloudPorts): Step {
  const { machineRef, diskId, token } = from
  const there = atLink(ports, from.connectionId)
  const refuseRunning = () => {
    const machine = ports.inventory.get('machine', wish.machineId)
    if (machine && isBusyState(machine.state)) throw machineOn(name, machine.state)
  }
  let isGone = false
  return {
    id: freezeStepId(index),
    weight: Math.max(1, Math.round(allocationBytes / 1_073_741_824)),
    timeoutMs: 12 * HOUR_MS,
    cancel: 'now',
    waitsForLink: true,
    puzzles: isAccountAway,
    prepare: ({ memo }) => Promise.resolve(memo ?? NOT_FROZEN),
    async run(context) {
      const { signal, progress: onProgress } = context
      const out = exportsOf((await there(context, PATIENCE_MS)).link)
      refuseRunning()
      await context.remember({ ...NOT_FROZEN, isAsked: true })
      const { handle, sizeBytes } = await out.begin(machineRef, diskId, token, { signal, onProgress })
      await context.remember({ isAsked: true, handle, sizeBytes })
      refuseRunning()
    },
    // asked for once more under the same token it is the same one
    probe: () => Promise.resolve('not-done'),
    takeBack: {
      what: from.name,
      timeoutMs: HOUR_MS,
      async run(context) {
        const { signal } = context
        const { isAsked, handle } = frozenMemoSchema.parse(context.memo ?? NOT_FROZEN)
        if (!isAsked) return
        const out = exportsOf((await there(context, PATIENCE_MS)).link)
        // asked for, and no answer came: under the same token it is the same one
        await out.discard(handle ?? (await out.begin(machineRef, diskId, token, { signal })).handle, { signal })
        isGone = true
      },
      // a cloud is not asked whether one is there: to discard it twice does no harm
      probe: ({ memo }) => Promise.resolve(isGone || !frozenMemoSchema.parse(memo ?? NOT_FROZEN).isAsked ? 'done' : 'not-done'),
    },
  }
}

/** As every new machine is defined, but at the target, which is not the task's own connection. */
function defineHereStep({ build }: OutOfCloudTask, ports: OutOfCloudPorts): Step {
  const there = atLink(ports, build.connectionId)
  const { takeBack, ...step } = defineStep(build)
  return {
    ...step,
    timeoutMs: 15 * MINUTE_MS,
    async run(context) {
      const { link } = await there(context, PATIENCE_MS)
      const { signal } = context
      await builderOf(link).define(build.hostRef, await startingRight(build, link, signal), { signal, timeoutMs: MINUTE_MS })
    },
    probe: async (context) => await step.probe(await there(context, LOOK_PATIENCE_MS)),
    ...(takeBack && {
      takeBack: {
        ...takeBack,
        timeoutMs: 15 * MINUTE_MS,
        run: async (context: StepContext) => await takeBack.run(await there(context, PATIENCE_MS)),
        probe: async (context: StepContext) => await takeBack.probe(await there(context, LOOK_PATIENCE_MS)),
      },
    }),
  }
}

/** By BIOS or UEFI, as its first disk wants it: no cloud says so of every machine. */
async function startingRight(
  { hostRef, definition }: OutOfCloudTask['build'],
  link: ProviderConnection,
  signal: AbortSignal,
): Promise<MachineDefinition> {
  const boot = definition.kind === 'new' ? definition.disks[0] : undefined
  if (definition.kind !== 'new' || !boot) return definition
  const range = await openRange(keeperOf({ link }), hostRef, boot, 0, BOOT_BYTES, { signal })
  const parts: Buffer[] = []
  try {
    for (let piece = await range.read(); piece !== null; piece = await range.read()) {
      parts.push(piece instanceof Uint8Array ? Buffer.from(piece) : Buffer.alloc(piece.zeros))
    }
  } finally {
    range.close()
  }
  return { ...definition, spec: { ...definition.spec, firmware: firmwareOf(Buffer.concat(parts)) } }
}

/** The host's own word that it is there. */
function confirmStep({ build }: OutOfCloudTask, ports: OutOfCloudPorts): Step {
  const there = atLink(ports, build.connectionId)
  const isThere = async (context: StepContext) => {
    const { link } = await there(context, LOOK_PATIENCE_MS)
    return await builderOf(link).isDefined(build.hostRef, build.definition.uuid, { signal: context.signal })
  }
  return {
    id: 'confirm',
    weight: 1,
    timeoutMs: MINUTE_MS,
    cancel: 'boundary',
    waitsForLink: true,
    async run(context) {
      if (!(await isThere(context))) throw transferNotVerified(build.definition.name, 'absent')
    },
    probe: async (context) => ((await isThere(context)) ? 'done' : 'not-done'),
  }
}

function builderOf({ builder }: ProviderConnection): MachineBuilder {
  if (builder) return builder
  throw noBuilderError()
}
