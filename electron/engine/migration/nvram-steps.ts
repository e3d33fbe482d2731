import { isAppError, type Json } from '../../../shared/errors/index.ts'
import type { ConnectionId, HostId, MachineId } from '../../../shared/model/index.ts'
import { type OpenFolder, OUTCOME_NOTE, type VolumeKeeper } from '../../providers/provider.ts'
import { keeperOf, volumeTakeBack } from '../build/disk-step.ts'
import type { Step } from '../tasks/task-kind.ts'
import { copyMemoSchema, DiskCopier, NOTHING_COPIED } from '../transfer/copy-disk.ts'
import { type Carriage, pathOf } from './carriage.ts'
import { LATER } from './disk-steps.ts'
import type { WherePorts } from './journey.ts'
import { nvramTaken } from './migration-errors.ts'
import { knownHost } from './sides.ts'
import { linkSoon, moverSoon } from './whereabouts.ts'

const MINUTE_MS = 60_000
const PATIENCE_MS = 10 * MINUTE_MS
/** Of a look around a step. */
const LOOK_PATIENCE_MS = 20_000

type Nvram = NonNullable<Carriage['nvram']>

/** Of whom, from where, and where to. */
export interface NvramWay {
  readonly machineId: MachineId
  readonly sourceHostId: HostId
  readonly targetHostId: HostId
}

interface Opened extends OpenFolder {
  readonly keeper: VolumeKeeper
  readonly hostRef: string
  readonly connectionId: ConnectionId
}

/**
 * What UEFI keeps of a machine that is off, as a file like any other: proven by its SHA-256, and taken away again when the move does not come
 * about. Its folder is a pool for that long. One that was never started has none, and needs none.
 */
export function nvramStep({ machineId, sourceHostId, targetHostId }: NvramWay, { from, to }: Nvram, ports: WherePorts): Step {
  const back = ({ hostRef, pool }: Opened) => volumeTakeBack(hostRef, { pool, volume: to.file }, ports.clock)
  return {
    id: 'copy-nvram',
    weight: 1,
    timeoutMs: 30 * MINUTE_MS,
    cancel: 'now',
    waitsForLink: true,
    async prepare({ memo, signal }): Promise<Json> {
      if (memo !== null) return memo
      // what is there is never taken for ours, nor taken away: a host may not have told of it before
      await within(
        targetHostId,
        to.folder,
        ports,
        signal,
        async ({ keeper, hostRef, pool }) => {
          const { name } = knownHost(targetHostId, ports.inventory)
          if (await keeper.find(hostRef, { pool, volume: to.file }, { signal })) throw nvramTaken(pathOf(to), name)
        },
        LOOK_PATIENCE_MS,
      )
      return { ...NOTHING_COPIED, digests: [] }
    },
    run: (context) =>
      within(sourceHostId, from.folder, ports, context.signal, (here) =>
        within(targetHostId, to.folder, ports, context.signal, async (there) => {
          const own = { pool: here.pool, volume: from.file }
          if (!(await here.keeper.find(here.hostRef, own, { signal: context.signal }))) return
          const copy = {
            target: 'nvram',
            machineId,
            from: { connectionId: here.connectionId, hostRef: here.hostRef, place: own },
            to: { connectionId: there.connectionId, hostRef: there.hostRef, place: { pool: there.pool, volume: to.file } },
            allocationBytes: 0,
          }
          // a share of so small a file is no share of the move
          await new DiskCopier(ports, copy, { ...context, progress: () => {} }).run()
        }),
      ),
    probe: ({ memo }) => Promise.resolve(memo !== null && copyMemoSchema.parse(memo).isVerified ? 'done' : 'not-done'),
    takeBack: {
      what: pathOf(to),
      timeoutMs: 30 * MINUTE_MS,
      run: (context) =>
        within(targetHostId, to.folder, ports, context.signal, async (opened) => {
          const link = await linkSoon(targetHostId, ports, PATIENCE_MS, context.signal)
          await back(opened).run({ ...context, link })
        }),
      probe: (context) =>
        within(
          targetHostId,
          to.folder,
          ports,
          context.signal,
          async (opened) => {
            const link = await linkSoon(targetHostId, ports, LOOK_PATIENCE_MS, context.signal)
            return await back(opened).probe({ ...context, link })
          },
          LOOK_PATIENCE_MS,
        ),
    },
  }
}

/** The source's file, once it is of no use. One that cannot be deleted is told of; the machine has moved all the same. */
export function dropNvramStep({ sourceHostId }: Pick<NvramWay, 'sourceHostId'>, { from }: Nvram, ports: WherePorts): Step {
  return {
    id: 'clean-nvram',
    weight: 1,
    timeoutMs: 10 * MINUTE_MS,
    cancel: 'boundary',
    keepsOthers: true,
    waitsForLink: true,
    async run({ signal, progress }) {
      try {
        await within(sourceHostId, from.folder, ports, signal, async ({ keeper, hostRef, pool }) => {
          const place = { pool, volume: from.file }
          if (await keeper.find(hostRef, place, { signal })) await keeper.remove(hostRef, place, { signal })
        })
      } catch (thrown) {
        if (!isAppError(thrown) || LATER.has(thrown.kind)) throw thrown
        progress({ note: `${OUTCOME_NOTE}source-disk-left` })
      }
    },
    // asked twice, it finds nothing the second time
    probe: () => Promise.resolve('not-done'),
  }
}

async function within<T>(
  hostId: HostId,
  folder: string,
  ports: WherePorts,
  signal: AbortSignal,
  run: (opened: Opened) => Promise<T>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const { nativeRef: hostRef, connectionId } = knownHost(hostId, ports.inventory)
  const mover = await moverSoon(hostId, ports, patienceMs, signal)
  const keeper = keeperOf({ link: await linkSoon(hostId, ports, patienceMs, signal) })
  if (!mover.openFolder) throw new Error('planned for hosts that open folders')
  const opened = await mover.openFolder(hostRef, folder, { signal })
  try {
    return await run({ ...opened, keeper, hostRef, connectionId })
  } finally {
    await opened.close()
  }
}
